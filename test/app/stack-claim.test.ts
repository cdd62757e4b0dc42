/** How long a run claims its stack, and when it lets go. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { claimStack, settleClaim } from '../../src/app/stack-claim.ts';
import type { Claim, Engine } from '../../src/engine/engine.ts';
import { fold } from '../../src/run/fold.ts';
import type { Run } from '../../src/run/run.ts';
import type { Schedule } from '../../src/run/schedules.ts';
import { event, fault, STARTED } from '../story/things.ts';

const MINUTE_MS = 60_000;
const MARGIN_MS = 10 * MINUTE_MS;
const IDLE = fold(null, event(1, STARTED)) as Run;

/** A schedule that has no turn within these minutes, each fault of a minute. */
const scheduleFor = (minutes: number) =>
  ({
    id: 's1',
    ended: null,
    ends_at: new Date(Date.now() + minutes * MINUTE_MS).toISOString(),
    inject: { duration_ms: MINUTE_MS },
  }) as Schedule;

function claimed() {
  const told: (number | 'released')[] = [];
  const claim: Claim = {
    take: async (_who, holdMs) => void told.push(holdMs),
    release: async () => void told.push('released'),
  };
  return { engine: { claim } as Engine, told };
}

describe('the claim of a stack', () => {
  it('is held beyond the last turn of a schedule, also while no fault is live', async () => {
    const { engine, told } = claimed();
    const run = { ...IDLE, schedules: [scheduleFor(30)] };
    await claimStack(engine, run, '/state', MINUTE_MS);
    expect(told.pop()).to.be.closeTo(31 * MINUTE_MS + MARGIN_MS, 5000);
    await settleClaim(engine, run, '/state');
    expect(told).to.deep.equal([]);
  });

  it('is held for a fault that is live or about to be, and for half a day where one has no end', async () => {
    const { engine, told } = claimed();
    await claimStack(engine, IDLE, '/state', MINUTE_MS);
    expect(told.pop()).to.equal(MINUTE_MS + MARGIN_MS);
    const run = { ...IDLE, faults: [fault()] };
    await claimStack(engine, run, '/state', MINUTE_MS);
    expect(told.pop()).to.equal(12 * 60 * MINUTE_MS);
    await settleClaim(engine, run, '/state');
    expect(told).to.deep.equal([]);
  });

  it('is let go of when nothing is left', async () => {
    const { engine, told } = claimed();
    await settleClaim(engine, IDLE, '/state');
    expect(told).to.deep.equal(['released']);
  });
});
