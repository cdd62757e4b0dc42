/** A run as a trace: which span ends when, what it hangs below, and what is an error in it. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ProbeNote } from '../../src/impact/probe-impact.ts';
import type { Event, EventBody } from '../../src/run/events.ts';
import { recordedInject } from '../../src/run/scheduled-inject.ts';
import { RunTrace } from '../../src/run/trace.ts';
import { START } from '../impact/windows-made.ts';
import {
  entered,
  entering,
  injected,
  injecting,
  journal,
  recovered,
  recovering,
  STARTED,
  whole,
} from '../report/runs-made.ts';
import { spec } from '../runner/scripts.ts';

const FINISHED: EventBody = { type: 'run.finished' };

function spansOf(events: readonly Event[], probes: ProbeNote[] = []) {
  const trace = new RunTrace(() => probes);
  return events.flatMap((event) => trace.add(event));
}

const shapes = (events: readonly Event[], probes: ProbeNote[] = []) =>
  spansOf(events, probes).map(({ name, parent, startMs, endMs, error }) => {
    return [name, parent, startMs - START, endMs - START, error];
  });

describe('a run as a trace', () => {
  it('has what ended, when it ended, below what it belongs to', () => {
    const events = whole();
    const end = journal(...events.map((): [number, EventBody] => [0, FINISHED]), [
      70_000,
      FINISHED,
    ]).slice(-1);
    expect(shapes([...events, ...end])).to.deep.equal([
      ['chapter Chapter welcome', 'run', 100, 19_000, null],
      ['recovery of f1', 'fault f1', 30_000, 34_000, null],
      ['fault kill web-1', 'chapter 5', 19_990, 34_000, null],
      ['chapter Chapter fault', 'run', 19_000, 40_000, null],
      ['chapter Chapter end', 'run', 40_000, 70_000, null],
      ['run shop', null, 0, 70_000, null],
    ]);
    const [, , fault] = spansOf(events);
    expect(fault?.moments.map(({ name }) => name)).to.deep.equal([
      'injected',
      'steady state during: not met',
      'steady state after: met',
    ]);
  });

  it('is the same, whoever goes on with it', () => {
    const events = whole();
    const [one, other] = [new RunTrace(() => []), new RunTrace(() => [])];
    const all = events.flatMap((event) => one.add(event));
    for (const event of events.slice(0, 9)) other.add(event);
    const later = events.slice(9).flatMap((event) => other.add(event));
    expect(later).to.deep.equal(all.slice(-later.length));
    expect(other.key).to.equal(one.key);
    expect(other.key).to.be.a('string');
  });

  it('has a span for each attempt at a recovery, and one that was not verified is an error', () => {
    const unverified: EventBody = { type: 'fault.unverified', fault: 'f1', reason: 'web-1 exited' };
    expect(
      shapes(
        journal(
          [0, STARTED],
          [10, injecting],
          [20, injected],
          [30, recovering],
          [40, unverified],
          [50, recovering],
          [60, { ...recovered, outcome: 'closed', reason: 'by hand' }],
        ),
      ),
    ).to.deep.equal([
      ['recovery of f1', 'fault f1', 30, 40, 'web-1 exited'],
      ['recovery of f1', 'fault f1', 50, 60, 'closed without proof: by hand'],
      ['fault kill web-1', 'run', 10, 60, 'closed without proof: by hand'],
    ]);
    const keys = spansOf(journal([0, STARTED], [10, injecting], [60, recovered]));
    expect(keys.map(({ key }) => key)).to.deep.equal(['fault f1']);
  });

  it('marks what was cancelled, failed and deviated', () => {
    const items = [{ state: 'deviated', text: 'errors 33%' }];
    const found = shapes(
      journal(
        [0, STARTED],
        [10, entering(0)],
        [20, { type: 'chapter.cancelled', chapter: 'welcome', reason: 'Ctrl-C' }],
        [30, entering(1)],
        [35, { type: 'chapter.failed', chapter: 'fault', action: 0, code: 'x', message: 'no' }],
        [40, entering(1, 'retry')],
        [45, entered(1)],
        [50, { type: 'hypothesis.checked', chapter: 'fault', on_deviation: 'stop', items }],
        [60, { type: 'chapter.left', chapter: 'fault', index: 1, to: 0 }],
        [70, FINISHED],
      ),
    );
    expect(found.map(([name, , , , error]) => [name, error])).to.deep.equal([
      ['chapter Chapter welcome', 'cancelled: Ctrl-C'],
      ['chapter Chapter fault', 'no'],
      ['chapter Chapter fault', 'deviated: errors 33%'],
      ['run shop', 'deviated: errors 33%'],
    ]);
  });

  it('shows what each probe saw of a fault, and no more than that', () => {
    const probes: ProbeNote[] = [
      { at: START, note: 'begin' },
      { at: START + 5, probe: 'shop', state: 'met', text: 'answered' },
      { at: START + 30, probe: 'shop', state: 'not_met', text: 'refused' },
      { at: START + 45, probe: 'shop', state: 'met', text: 'answered' },
    ];
    const events = journal([0, STARTED], [10, injecting], [20, injected], [60, recovered]);
    expect(shapes(events, probes).slice(0, -1)).to.deep.equal([
      ['probe shop: met', 'fault f1', 10, 30, null],
      ['probe shop: not met', 'fault f1', 30, 45, 'refused'],
      ['probe shop: met', 'fault f1', 45, 60, null],
    ]);
  });

  it('has a span for each schedule, with its faults below it and what was skipped in it', () => {
    const inject = recordedInject({ ...spec({ service: 'web' }), duration_ms: 20 });
    const times = { every_ms: 40, jitter_ms: 0, for_ms: 100, ends_at: '2026-11-24T10:30:00.000Z' };
    const schedule = { schedule: 's1', inject, ...times, seed: 7, force: false };
    const turn = { ...injecting, schedule: 's1' } as EventBody;
    const skip = { turn: 2, code: 'last_healthy', message: 'web-1 is the last one.' };
    const ended: EventBody = {
      ...{ type: 'schedule.ended', schedule: 's1', because: 'time', by: 'watchdog' },
    };
    const events = journal(
      [0, STARTED],
      [5, entering(1)],
      [10, { type: 'schedule.started', chapter: 'fault', ...schedule }],
      [11, turn],
      [20, recovered],
      [50, { type: 'schedule.skipped', schedule: 's1', ...skip }],
      [100, ended],
    );
    expect(shapes(events)).to.deep.equal([
      ['fault kill web-1', 'schedule s1', 11, 20, null],
      ['schedule kill web', 'chapter 2', 10, 100, null],
    ]);
    expect(spansOf(events).at(-1)?.moments).to.have.length(1);
    expect(spansOf(events).at(-1)?.moments[0]).to.deep.include({ name: 'turn 2 skipped' });
    const failed = journal(
      [0, STARTED],
      [10, { type: 'schedule.started', chapter: null, ...schedule }],
      [20, { ...ended, because: 'failed' } as EventBody],
    );
    expect(shapes(failed)).to.deep.equal([
      ['schedule kill web', 'run', 10, 20, 'its first turn failed'],
    ]);
  });

  it('tells no secret that an address holds', () => {
    const bad = { ...recovered, reason: 'postgres://app:S3CRET@db is up' };
    const events = journal([0, STARTED], [10, injecting], [60, bad]);
    expect(JSON.stringify(spansOf(events)))
      .to.include('postgres://db')
      .and.not.include('S3CRET');
  });
});
