/** When an alert fired, and when it resolved, from what was seen of it. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ProbeNote } from '../../src/impact/probe-impact.ts';
import { dueAlerts } from '../../src/run/due-alerts.ts';
import { judgeAlert } from '../../src/run/judge-alert.ts';
import type { Fault, Run } from '../../src/run/run.ts';
import { type AlertSpec, alertKey } from '../../src/story/alert-spec.ts';
import type { Chapter } from '../../src/story/story.ts';
import { fault } from '../story/things.ts';

const START = Date.parse('2026-11-24T10:00:00.000Z');
const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const ALERT: AlertSpec = {
  name: 'StoreSlow',
  labels: { team: 'shop' },
  within_ms: 10_000,
  from: { source: 'webhook', port: 9095 },
};
const live = (): Fault => fault({ injecting_at: iso(10), injected_at: iso(10) });
const over = (undone: number, recovered = undone + 1): Fault => ({
  ...live(),
  phase: 'recovered',
  recovering_at: iso(undone),
  recovered_at: iso(recovered),
  outcome: 'verified',
});
type Change = [seconds: number, state: 'met' | 'not_met' | 'unknown'];

/** Looked at until `until`, with these changes. */
function notes(until: number, ...changes: Change[]): ProbeNote[] {
  return changes.flatMap(([seconds, state], index): ProbeNote[] => {
    const to = changes[index + 1]?.[0] ?? until;
    return [
      { at: START + seconds * 1000, probe: alertKey(ALERT), state, text: `it is ${state}` },
      { at: START + to * 1000, note: 'alive', since: START + seconds * 1000 },
    ];
  });
}
const judged = (faults: Fault[], seen: ProbeNote[], now: number) => {
  const { state, measured, text } = judgeAlert(ALERT, faults, seen, START + now * 1000);
  return { state, measured, text };
};

describe('an alert', () => {
  it('is met where it fires in time, with how long that took, and until it resolved', () => {
    expect(judged([live()], notes(16, [5, 'not_met'], [14, 'met']), 16)).to.deep.equal({
      state: 'met',
      measured: 4000,
      text: 'fired 4s after the fault',
    });
    const firing = notes(22, [5, 'not_met'], [14, 'met']);
    expect(judged([over(20)], firing, 22).text).to.equal(
      'fired 4s after the fault, still firing 2s after the undo',
    );
    const resolved = notes(40, [5, 'not_met'], [14, 'met'], [27, 'not_met']);
    expect(judged([over(20)], resolved, 40).text).to.equal(
      'fired 4s after the fault, resolved 7s after the undo',
    );
  });

  it('deviates where it comes late, or never', () => {
    expect(judged([live()], notes(30, [5, 'not_met'], [25, 'met']), 30)).to.include({
      state: 'deviated',
      measured: 15_000,
    });
    expect(judged([over(25)], notes(30, [5, 'not_met']), 30)).to.deep.equal({
      state: 'deviated',
      measured: null,
      text: 'did not fire within 10s',
    });
    expect(judged([live()], notes(30, [5, 'not_met']), 30).state, 'so far').to.equal('deviated');
  });

  it('is not measured while it has time, or had none', () => {
    expect(judged([live()], notes(14, [5, 'not_met']), 14)).to.include({
      state: 'not_measured',
      text: 'has not fired so far, 4s after the fault',
    });
    expect(judged([over(13)], notes(30, [5, 'not_met']), 30)).to.include({
      state: 'not_measured',
      text: 'did not fire in the 4s until the fault was over; it has 10s',
    });
  });

  it('is not measured where it fired before, or where nobody could tell', () => {
    expect(judged([live()], notes(20, [5, 'met']), 20).text).to.equal(
      'it fired already before the fault',
    );
    expect(judged([over(25)], [], 30).text).to.equal('not looked at for 10s');
    expect(judged([over(25)], notes(30, [5, 'unknown']), 30)).to.include({
      state: 'not_measured',
      text: 'not looked at for 10s: it is unknown',
    });
    const resolvedBefore = notes(30, [1, 'met'], [5, 'not_met'], [14, 'met']);
    expect(judged([live()], resolvedBefore, 30).state, 'it had resolved').to.equal('met');
  });

  it('is looked at from its chapter on, and until it has resolved after the fault', () => {
    const chapters = [
      { id: 'c1', hypothesis: [{ expect: 'alert', alert: ALERT }] },
      { id: 'c2', hypothesis: [] },
    ] as Partial<Chapter>[] as Chapter[];
    const run = (chapter: string, faults: Fault[]): Run =>
      ({
        position: { chapter },
        attempts: { c1: { first_fault: 1, judged: null } },
        faults: faults.map((each) => ({ ...each, chapter: 'c1' })),
        finished_at: null,
      }) as unknown as Run;
    const due = (of: Run, isFiring: boolean, now: number) =>
      dueAlerts(of, chapters, isFiring, START + now * 1000);
    expect(due(run('c1', []), false, 0)).to.deep.equal(['chapter']);
    expect(due(run('c2', [live()]), false, 20)).to.deep.equal(['fault']);
    expect(due(run('c2', [over(20)]), false, 25), 'one may come late').to.deep.equal(['fault']);
    expect(due(run('c2', [over(20)]), false, 60)).to.deep.equal([]);
    expect(due(run('c2', [over(20)]), true, 60), 'it has not resolved').to.deep.equal(['fault']);
    expect(due(run('c2', [over(20)]), true, 2000), 'nor ever will').to.deep.equal([]);
    expect(due({ ...run('c1', [live()]), finished_at: iso(9) }, true, 20)).to.deep.equal([]);
  });
});
