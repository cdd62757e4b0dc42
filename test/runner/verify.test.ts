/** Stopping a load whose writes are read back: what is written down, what a command ends with, and that all else is done first. */
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import type { Verified } from '../../src/impact/verified.ts';
import type { Refusal } from '../../src/terms/outcomes.ts';
import { open, type Theatre } from './theatre.ts';

const NONE = { count: 0, keys: [] };
const WELL: Verified = {
  acknowledged: 9,
  keys: 9,
  lost: NONE,
  stale: NONE,
  foreign: NONE,
  unreadable: { count: 2, keys: [1, 2] },
  since: '2026-11-24T12:00:00.000Z',
  incomplete: false,
};
const LOST: Verified = { ...WELL, lost: { count: 1, keys: [7] } };
const stop = { do: 'workload', to: 'stop' } as const;
const start = { do: 'workload', to: 'start' } as const;

describe('stage: a load whose writes are read back', () => {
  let theatre: Theatre;
  beforeEach(() => {
    theatre = open(
      [
        { on_enter: [{ do: 'workload', to: 'start' }] },
        { on_enter: [{ do: 'workload', to: 'stop' }] },
        {},
      ],
      { engine: 'process' },
    );
  });

  const reading = (done: number) => ({ state: 'reading', done, of: 9 }) as const;

  it('is waited for, and written down after the stop', async () => {
    await theatre.code(start);
    theatre.readBacks = [
      { state: 'reading', done: 0, of: 0 },
      reading(0),
      reading(5),
      { state: 'done', verified: WELL },
    ];
    expect(await theatre.code(stop)).to.equal('well');
    expect(theatre.types().slice(-2)).to.deep.equal(['workload.stopped', 'workload.verified']);
    expect(theatre.run).to.deep.include({ workload: null, verified: WELL });
    await theatre.code(start);
    expect(theatre.run?.verified, 'is of the load that was stopped last').to.equal(null);
  });

  it('deviates where writes were lost, after the load has stopped, and a chapter that fails for it can be passed', async () => {
    await theatre.code({ do: 'next' });
    theatre.readBacks = [{ state: 'done', verified: LOST }];
    const outcome = await theatre.give({ do: 'next' });
    expect(outcome).to.include({ ended: 'refused', code: 'deviated' });
    const error = (outcome as unknown as { error: Refusal }).error;
    expect(error.message).to.include(
      '9 acknowledged writes on 9 keys read back: 1 lost (7), 2 not readable',
    );
    expect(error.data).to.deep.equal({ verified: LOST });
    expect(theatre.types().slice(-3)).to.deep.equal([
      'workload.stopped',
      'workload.verified',
      'chapter.failed',
    ]);
    expect(theatre.run).to.deep.include({ workload: null, verified: LOST });
    expect(await theatre.code({ do: 'retry' })).to.equal('well');
  });

  for (const [what, command, last] of [
    ['reset', { do: 'reset' }, 'run.finished'],
    ['back', { do: 'back' }, 'chapter.left'],
  ] as const) {
    it(`lets \`chapter ${what}\` do all the rest before it says so`, async () => {
      await theatre.code({ do: 'next' });
      theatre.readBacks = [{ state: 'done', verified: LOST }];
      expect(await theatre.code(command)).to.equal('deviated');
      expect(theatre.types().at(-1)).to.equal(last);
      if (what === 'reset') expect(theatre.run).to.include({ stack_started: false });
    });
  }

  it('is not verified where nobody has the book any more: that is said, and nothing is written down', async () => {
    await theatre.code({ do: 'next' });
    theatre.readBacks = [reading(3), { state: 'gone' }];
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    expect(theatre.run?.verified).to.equal(null);
    expect(theatre.events('action.done').at(-1)?.found).to.include({ verified: 'unknown' });
  });
});
