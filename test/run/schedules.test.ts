/** When the turns of a schedule come, whom they hit, and what becomes of it, event by event. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { ranked } from '../../src/fault/draw.ts';
import { label } from '../../src/fault/instance.ts';
import type { EventBody } from '../../src/run/events.ts';
import { fold } from '../../src/run/fold.ts';
import { faultsMeant, isUnderWay, type Run } from '../../src/run/run.ts';
import { nextInject, recordedInject } from '../../src/run/scheduled-inject.ts';
import {
  countsOf,
  describeNext,
  gapMs,
  planSchedule,
  type Schedule,
  schedulesMeant,
  turnSeed,
} from '../../src/run/schedules.ts';
import { defaultLimitMs, repeatProblem, shortestGapMs } from '../../src/story/repeat.ts';
import { spec } from '../runner/scripts.ts';
import { AT, event, injecting as injects, recovered, row, STARTED } from '../story/things.ts';

const REPEAT = { every_ms: 60_000, jitter_ms: 20_000, for_ms: 1_800_000 };

const atEvent = (seq: number) => new Date(Date.parse(AT) + seq * 1000).toISOString();

/** One event a second. */
function runOf(...bodies: EventBody[]): Run {
  return [STARTED, ...bodies]
    .map((body, index) => ({ ...event(index + 1, body), at: atEvent(index + 1) }))
    .reduce<Run | null>(fold, null) as Run;
}

const started = (patch: object = {}): EventBody => ({
  type: 'schedule.started',
  schedule: 's1',
  chapter: null,
  inject: recordedInject({ ...spec({ service: 'web', duration_ms: 20_000 }), duration_ms: 20_000 }),
  ...REPEAT,
  ends_at: '2026-11-24T10:30:00.000Z',
  seed: 7,
  force: false,
  ...patch,
});
const injecting = (number: number, schedule = 's1') => injects(number, { seed: 7, schedule });
const skipped = (turn: number): EventBody => ({
  type: 'schedule.skipped',
  schedule: 's1',
  turn,
  code: 'last_healthy',
  message: 'web-1 is the last healthy instance of web.',
});
const ended = (because: 'time' | 'recovered' = 'time'): EventBody => ({
  type: 'schedule.ended',
  schedule: 's1',
  because,
  by: 'watchdog',
});
const only = (run: Run) => run.schedules[0] as Schedule;

describe('a schedule: when', () => {
  const repeats = fc
    .record({
      every_ms: fc.integer({ min: 1000, max: 600_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ every_ms, share }) => ({ every_ms, jitter_ms: Math.floor(share * (every_ms - 1000)) }));

  it('comes as often as was said, give or take, the same for the same seed', () => {
    fc.assert(
      fc.property(
        repeats,
        fc.nat(2 ** 32 - 1),
        fc.integer({ min: 1, max: 500 }),
        (every, seed, turn) => {
          const gap = gapMs({ ...every, seed }, turn);
          expect(gap).to.be.within(
            every.every_ms - every.jitter_ms,
            every.every_ms + every.jitter_ms,
          );
          expect(gap).to.equal(gapMs({ ...every, seed }, turn));
        },
      ),
    );
    const gaps = Array.from({ length: 200 }, (_, turn) => gapMs({ ...REPEAT, seed: 3 }, turn + 1));
    expect(Math.min(...gaps)).to.be.below(45_000);
    expect(Math.max(...gaps)).to.be.above(75_000);
  });

  it('limits each fault so that it is over before the next may come', () => {
    fc.assert(
      fc.property(repeats, fc.option(fc.integer({ min: 100, max: 600_000 })), (every, ofKind) => {
        const repeat = { ...every, for_ms: every.every_ms * 10 };
        const limit = defaultLimitMs(ofKind, repeat) as number;
        expect(limit).to.be.below(shortestGapMs(repeat));
        expect(repeatProblem(repeat, limit)).to.equal(null);
      }),
    );
    expect(defaultLimitMs(null), 'once').to.equal(null);
    expect(defaultLimitMs(null, REPEAT)).to.equal(20_000);
    expect(defaultLimitMs(5000, REPEAT)).to.equal(5000);
  });

  it('says why it cannot be', () => {
    expect(repeatProblem(REPEAT, 40_000)).to.equal(
      'each fault would last 40s, and the next may come after 40s: its duration must be shorter',
    );
    expect(repeatProblem({ ...REPEAT, jitter_ms: 60_000 }, null)).to.match(/leaves no time/);
    expect(repeatProblem({ ...REPEAT, jitter_ms: 59_500 }, null)).to.match(/leaves only 500ms/);
    expect(repeatProblem({ ...REPEAT, for_ms: 59_000 }, null)).to.match(/over before the second/);
    expect(repeatProblem({ ...REPEAT, for_ms: 8 * 86_400_000 }, null)).to.match(/too long/);
  });

  it('takes a turn, waits for its fault, or ends', () => {
    const free = runOf(started(), injecting(1), recovered(1));
    const plan = (run: Run, nextInMs: number, endsInMs: number) =>
      planSchedule(only(run), run, { nextInMs, endsInMs });
    expect(plan(free, 5000, 9000)).to.deep.equal({ step: 'turn', in_ms: 5000 });
    expect(plan(free, -5000, 9000), 'late').to.deep.equal({ step: 'turn', in_ms: 0 });
    expect(plan(free, 9000, 9000), 'none can come').to.deep.equal({ step: 'end', in_ms: 0 });
    expect(plan(free, -5000, -1)).to.deep.equal({ step: 'end', in_ms: 0 });
    const held = runOf(started(), injecting(1));
    expect(plan(held, -5000, 9000)).to.deep.equal({ step: 'wait', fault: 'f1' });
    expect(plan(held, -5000, -9000), 'its last').to.deep.equal({ step: 'wait', fault: 'f1' });
    const sick = runOf(started(), injecting(1), {
      type: 'fault.unverified',
      fault: 'f1',
      reason: '',
    });
    expect(plan(sick, -5000, 9000)).to.deep.equal({ step: 'wait', fault: 'f1' });
    expect(plan(sick, -5000, -1), 'it stays live by itself').to.deep.equal({
      step: 'end',
      in_ms: 0,
    });
  });
});

describe('a schedule: whom', () => {
  it('takes another target each time where there are several, by a seed of its own', () => {
    const rows = [1, 2, 3].map((number) => row('web', number));
    const pick = { by: 'random' } as const;
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), (seed) => {
        let last: string[] = [];
        for (let turn = 1; turn <= 20; turn++) {
          const [first] = ranked(rows, { pick, avoid: last }, turnSeed({ seed }, turn));
          const name = label(first as (typeof rows)[number]);
          expect(last).not.to.include(name);
          last = [name];
        }
      }),
    );
    const [alone] = ranked(rows.slice(0, 1), { pick, avoid: ['web-1'] }, 1);
    expect(label(alone as (typeof rows)[number]), 'where there is no other').to.equal('web-1');
    expect(turnSeed({ seed: 7 }, 1), 'so that --dry-run and --seed show the first').to.equal(7);
    expect(
      new Set(Array.from({ length: 1000 }, (_, turn) => turnSeed({ seed: 7 }, turn + 1))).size,
    ).to.equal(1000);
  });

  it('injects what was asked for, without a countdown, and without the program that picks', () => {
    const schedule = only(runOf(started(), injecting(2)));
    const next = nextInject(schedule, { chapters: [] });
    expect(next).to.deep.include({
      kind: 'kill',
      service: 'web',
      duration_ms: 20_000,
      countdown_ms: 0,
      avoid: ['web-2'],
      seed: turnSeed({ seed: 7 }, 2),
    });
    const pick = { by: 'command', command: { shell: 'leader --token s3cret' } } as const;
    const inject = recordedInject({ ...spec({ pick }), duration_ms: 1 });
    expect(JSON.stringify(inject)).not.to.include('s3cret');
    const told = { ...schedule, chapter: 'soak', inject };
    expect(nextInject(told, { chapters: [] }), 'the story has lost it').to.equal(null);
    const on_enter = [{ do: 'inject', inject: { ...spec({ pick }), repeat: REPEAT } }];
    expect(nextInject(told, { chapters: [{ id: 'soak', on_enter }] } as never)?.pick).to.equal(
      pick,
    );
  });
});

describe('a schedule: as the run knows it', () => {
  it('counts its turns, from when on the next is due, and what came of them', () => {
    const run = runOf(
      started(),
      injecting(1),
      recovered(1),
      skipped(2),
      injecting(2),
      recovered(2),
    );
    const schedule = only(run);
    expect(countsOf(schedule)).to.equal('3 turns, 2 recovered, 1 skipped');
    expect(schedule.last_targets).to.deep.equal(['web-2']);
    expect(schedule.last_skip).to.deep.include({ turn: 2, code: 'last_healthy' });
    const turnAt = Date.parse(atEvent(6));
    expect(Date.parse(schedule.next_at)).to.equal(turnAt + gapMs(schedule, 3));
    expect(isUnderWay(run)).to.equal(true);
    expect(isUnderWay(runOf(started(), injecting(1), ended(), recovered(1)))).to.equal(false);
  });

  it('counts its last fault also after it has ended, and keeps the newest few', () => {
    const run = runOf(started(), injecting(1), ended('recovered'), recovered(1));
    expect(only(run)).to.deep.include({ recovered: 1 });
    expect(only(run).ended).to.deep.include({ because: 'recovered', by: 'watchdog' });
    const many = Array.from({ length: 9 }, (_, index) => [
      started({ schedule: `s${index + 1}` }),
      { ...ended(), schedule: `s${index + 1}` } as EventBody,
    ]).flat();
    const left = runOf(...many, started({ schedule: 's10' }));
    expect(left.schedules.map(({ id }) => id)).to.deep.equal(['s5', 's6', 's7', 's8', 's9', 's10']);
    expect(left.schedule_count).to.equal(10);
  });

  it('refuses a journal in which it cannot be so', () => {
    expect(() => runOf(skipped(1))).to.throw(RangeError);
    expect(() => runOf(started(), ended(), ended())).to.throw(RangeError);
    expect(() => runOf(injecting(1))).to.throw(RangeError);
  });

  it('is meant by its id, by its fault, by its kind, and by all', () => {
    const run = runOf(started(), injecting(1));
    const meant = (selector: Parameters<typeof schedulesMeant>[1]) =>
      schedulesMeant(run, selector).map(({ id }) => id);
    const by = (patch: object) => ({ ids: [], kind: null, service: null, ...patch });
    for (const which of ['all', 's1', 'f1', by({ kind: 'kill' }), by({ service: 'web-1' })])
      expect(meant(which), JSON.stringify(which)).to.deep.equal(['s1']);
    for (const which of ['f9', by({ kind: 'pause' }), by({ service: 'cache' })])
      expect(meant(which), JSON.stringify(which)).to.deep.equal([]);
    expect(faultsMeant(run, 's1').map(({ id }) => id)).to.deep.equal(['f1']);
    expect(() => faultsMeant(run, 's2')).to.throw(/no fault "s2"/);
  });

  it('says what comes next', () => {
    const at = (run: Run, time: string) => describeNext(only(run), run, Date.parse(time));
    const run = runOf(started(), injecting(1), recovered(1));
    const nextMs = Date.parse(only(run).next_at);
    expect(at(run, new Date(nextMs - 3000).toISOString())).to.match(
      /^the next turn comes in 3s, and none after (\d+m )?\d+m?s?$/,
    );
    expect(at(run, '2026-11-24T10:30:00.000Z')).to.equal('its time is over, so it ends now');
    const held = runOf(started(), injecting(1));
    expect(at(held, '2026-11-24T10:20:00.000Z')).to.equal(
      'the next turn comes after f1 is recovered, and none after 10m',
    );
    expect(at(held, '2026-11-24T10:31:00.000Z')).to.equal('it ends when f1 is recovered');
  });
});
