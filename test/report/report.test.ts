/** What a report says of a run: every history of it has one, what was expected is told from what was observed, and what is not known is said. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { seriesOf } from '../../src/impact/series.ts';
import type { StateLine } from '../../src/run/instance-states.ts';
import { lanesOf } from '../../src/run/report/lanes.ts';
import { type Report, type ReportReadings, reportOf } from '../../src/run/report/report.ts';
import { renderReport } from '../../src/view/report/index.ts';
import { reportJson } from '../../src/view/report/json.ts';
import { actionItems, verdictSentence } from '../../src/view/report/words.ts';
import { START } from '../impact/windows-made.ts';
import { histories } from '../run/run-histories.ts';
import { checkReport } from './published.ts';
import {
  at,
  entered,
  entering,
  injected,
  injecting,
  journal,
  loaded,
  NO_RECORDS,
  readings,
  recovered,
  recovering,
  STARTED,
  whole,
  windows,
} from './runs-made.ts';

const report = (more: Partial<ReportReadings> = {}): Report => reportOf(readings(more));
const caveatsIn = (made: Report) => made.caveats.map(({ caveat }) => caveat);

describe('a report', () => {
  it('can be made of every history, however it was cut off, as its schema says', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), ({ events, truth }, isHeld) => {
        const made = report({ events, isHeld, windows: [] });
        checkReport(JSON.parse(JSON.stringify(reportJson(made))));
        expect(made.verdict.live_faults).to.equal(truth.live.length);
        if (truth.live.length > 0) {
          expect(made.run.state === 'over').to.equal(truth.finished);
          expect(caveatsIn(made)).to.include('live_faults');
          expect(made.verdict.state === 'held' && made.verdict.not_measured === 0).to.equal(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('says first what deviated, with the figures', () => {
    const made = report();
    expect(made.verdict).to.deep.include({ state: 'deviated', deviated: 1, met: 3, faults: 1 });
    expect(made.verdict.operations_lost).to.equal(40 * 33);
    expect(verdictSentence(made)).to.equal(
      'Deviated: 1 of 4 expectations was not met; 1 fault, 1,320 operations lost, well again 10s after the fault.',
    );
    expect(actionItems(made)).to.deep.equal([
      'Deviated: errors 33% (wanted: <= 5%) (during f1: kill web-1)',
    ]);
    expect(caveatsIn(made)).to.deep.equal([]);
  });

  it('that holds has nothing to do', () => {
    const made = report({ events: whole(2) });
    expect(verdictSentence(made)).to.match(/^Held: all 4 expectations were met; /);
    expect(actionItems(made)).to.deep.equal([]);
  });

  it('does not hold whole while a fault is live of which nobody knows whether it happened', () => {
    const again = { ...injecting, fault: 'f2' } as typeof injecting;
    const events = journal(
      [0, STARTED],
      [1, entering(0)],
      [2, injecting],
      [3, injected],
      [4, recovering],
      [5, recovered],
      [6, again],
    );
    const made = report({ events, windows: [] });
    expect(made.items.find(({ fault, kind }) => fault === 'f2' && kind === 'recovery')).to.include({
      state: 'not_measured',
      text: 'live, if it happened',
    });
    expect(made.verdict.not_measured).to.be.above(0);
  });

  it('of a run that expects nothing is not measured, and never held', () => {
    const events = journal([0, STARTED], [1, entering(0)], [2, entered(0)]);
    const made = report({ events, windows: [] });
    expect(made.verdict.state).to.equal('not_measured');
    expect(verdictSentence(made)).to.equal(
      'Not measured so far: the run expected nothing that could be checked; no fault was injected.',
    );
  });

  it('tells what a threshold could not be measured for, and why', () => {
    const events = whole().filter(({ type }) => !/^(workload|steady_state)/.test(type));
    const made = report({ events: renumbered(events), windows: [] });
    expect(actionItems(made)).to.deep.equal([
      'Not measured: errors not measured: no workload ran (wanted: <= 5%) (during f1: kill web-1)',
    ]);
    expect(made.faults[0]).to.deep.include({ impact: null, series: null });
  });

  it('of a run under way tells the thresholds of a live fault as they are so far', () => {
    const events = whole().slice(0, 9);
    const made = report({ events, isHeld: true, nowMs: START + 29_000 });
    expect(made.run.state).to.equal('under_way');
    expect(caveatsIn(made)).to.deep.equal(['under_way', 'live_faults']);
    const during = made.items.find(({ when }) => when === 'during');
    expect(during).to.include({ state: 'deviated', unit: '%' });
    expect(during?.measured).to.be.closeTo(33, 0.1);
  });

  it('says that a chapter, a fault, a stack was cut off, but not while somebody works on it', () => {
    const events = journal(
      [0, STARTED],
      [1, { type: 'stack.starting' }],
      [2, entering(1)],
      [3, injecting],
    );
    expect(caveatsIn(report({ events, windows: [] }))).to.deep.equal([
      'under_way',
      'live_faults',
      'cut_off',
      'cut_off',
      'cut_off',
    ]);
    expect(caveatsIn(report({ events, windows: [], isHeld: true }))).to.not.include('cut_off');
  });

  it('has what people saw among the events, on the charts and in every text', async () => {
    const note = {
      v: 1 as const,
      at: new Date(START + 25_000).toISOString(),
      author: 'ops <b>',
      text: 'pager went off | <i>',
      chapter: 'two',
      after_seq: 9,
    };
    const made = report({ events: whole(), notes: [note] });
    expect(reportJson(made).notes).to.deep.equal([
      { at: note.at, author: note.author, text: note.text, chapter: 'two' },
    ]);
    const host = { bin: 'gameday', separator: ' ' };
    const html = await renderReport('html', made, NO_RECORDS, host);
    const timeline = html.slice(html.indexOf('Timeline'));
    const places = ['f1: done', 'Note of ops &lt;b&gt;: pager went off', 'f1: recovering'].map(
      (words) => timeline.indexOf(words),
    );
    expect(places).to.deep.equal(places.toSorted((one, other) => one - other));
    expect(places).to.not.include(-1);
    expect(html).to.not.include('<i>');
    const markdown = await renderReport('markdown', made, NO_RECORDS, host);
    expect(markdown).to.include('Note of ops &lt;b\\>: pager went off \\| &lt;i\\>');
  });

  it('marks on the charts when an alert fired and when it had resolved', async () => {
    const span = (state: 'met' | 'not_met' | 'unknown', fromS: number, toS: number) => {
      return { state, from_ms: START + fromS * 1000, to_ms: START + toS * 1000, text: '' };
    };
    const spans = [
      span('not_met', 0, 22),
      span('met', 22, 24),
      span('unknown', 24, 25),
      span('met', 25, 30),
      span('not_met', 30, 60),
    ];
    const made = { ...report({ events: whole() }), alerts: [{ alert: 'StoreSlow', spans }] };
    const host = { bin: 'gameday', separator: ' ' };
    const svg = await renderReport('svg', made, NO_RECORDS, host);
    const groups = [...svg.matchAll(/<g [^>]*data-mark="dot"[^>]*>(.*?)<\/g>/gs)];
    const dots = (paint: string) =>
      groups
        .filter(([group]) => group.slice(0, group.indexOf('>')).includes(paint))
        .map(([, inner = '']) => inner.split('<path').length - 1);
    // Of the three charts and not of the lanes.
    expect(dots('fill="#b42318"')).to.deep.equal([1, 1, 1]);
    expect(dots('stroke="#b42318"')).to.deep.equal([1, 1, 1]);
  });

  it('takes the last attempt of a chapter, and counts them', () => {
    const events = journal(
      [0, STARTED],
      [1, entering(0)],
      [
        2,
        {
          type: 'chapter.failed',
          chapter: 'welcome',
          index: 0,
          action: 0,
          code: 'deviated',
          message: 'no',
        },
      ],
      [3, entering(0, 'retry')],
      [
        4,
        {
          type: 'action.done',
          chapter: 'welcome',
          index: 0,
          action: 0,
          found: { found: 'probe', probe: 'page', text: 'ok' },
        },
      ],
      [5, entered(0)],
    );
    const made = report({ events, windows: [] });
    expect(made.items.map(({ name, state }) => [name, state])).to.deep.equal([['page', 'met']]);
    expect(made.chapters[0]).to.include({ attempts: 2, phase: 'entered', failure: null });
  });

  it('a recovery that is not verified, writes that are lost, and an abort deviate', () => {
    const none = { count: 0, keys: [] };
    const verified = {
      acknowledged: 9,
      keys: 9,
      lost: { count: 1, keys: [2] },
      stale: none,
      foreign: none,
      unreadable: none,
      since: at(0),
      incomplete: false,
    };
    const events = journal(
      [0, STARTED],
      [1, loaded],
      [10, injecting],
      [20, injected],
      [
        30,
        {
          type: 'run.aborted',
          condition: 'errors > 20%',
          measured: 'errors 43%',
          value: 43,
          faults: ['f1'],
          by: 'watchdog',
        },
      ],
      [40, recovering],
      [50, { type: 'fault.unverified', fault: 'f1', reason: 'web-1 is unhealthy' }],
      [60, { type: 'workload.stopped', reason: 'asked' }],
      [70, { type: 'workload.verified', verified }],
    );
    const deviated = report({ events, windows: [] }).items.filter(
      (each) => each.state === 'deviated',
    );
    expect(deviated.map(({ kind }) => kind).toSorted()).to.deep.equal([
      'abort',
      'recovery',
      'writes',
    ]);
  });

  it('says that somebody halted, and what that ended', () => {
    const halted = {
      type: 'run.halted',
      halted_by: 'ann',
      since: at(25),
      reason: 'the pager rang',
      faults: ['f1'],
      by: 'command',
    };
    const events = journal(
      [0, STARTED],
      [10, injecting],
      [20, injected],
      [30, halted],
      [40, recovering],
      [50, recovered],
    );
    const { caveats } = reportJson(report({ events, windows: [] })) as {
      caveats: { sentence: string }[];
    };
    expect(caveats.map(({ sentence }) => sentence)).to.include(
      'Halted by ann (the pager rang): f1 recovered at once.',
    );
  });

  it('names a simulated workload, and gives no figure for it', () => {
    const events = journal(
      [0, STARTED],
      [1, { ...loaded, simulated: true, kind: 'simulated', baseline: 100 } as typeof loaded],
      [10_000, injecting],
      [10_010, injected],
      [20_000, recovering],
      [21_000, recovered],
    );
    const made = report({ events, windows: [] });
    expect(caveatsIn(made)).to.include('simulated');
    expect(made.verdict).to.include({
      operations_lost: null,
      longest_recovery_ms: null,
      simulated: true,
    });
    expect(verdictSentence(made)).to.include('simulated, not measured');
    expect(made.series?.points.length, 'the curve').to.be.above(10);
  });

  it('tells how long nothing was measured under load', () => {
    const made = report({ windows: windows.filter((_, index) => index < 100 || index >= 140) });
    expect(made.caveats.find(({ caveat }) => caveat === 'not_measured_for')).to.include({
      gap_ms: 10_000,
    });
    expect(made.series?.points.filter(({ ops_per_s }) => ops_per_s === null)).to.have.length.above(
      15,
    );
    expect(caveatsIn(report({ windows: [] }))).to.include('nothing_measured');
  });

  it('shows events of a newer version by their type', () => {
    const events = journal([0, STARTED]);
    const later = { v: 2, seq: 2, at: at(5), type: 'note.written', text: 'the pager rang' };
    const made = {
      ...report({ events, windows: [] }),
      timeline: { left_out: 0, events: [later as never] },
    };
    const { timeline } = reportJson(made) as { timeline: { events: { text: string }[] } };
    expect(timeline.events[0]?.text).to.equal('note.written, text the pager rang');
  });

  it('keeps the first and the last of very many events', () => {
    const more = Array.from({ length: 5000 }, (_, index): [number, never] => [
      index,
      { type: 'stack.marked', because: 'run', logs: null, restarts: {} } as never,
    ]);
    const { timeline } = report({ events: journal([0, STARTED], ...more), windows: [] });
    expect(timeline.events).to.have.length(2000);
    expect(timeline.left_out).to.equal(3001);
    expect([timeline.events[0]?.seq, timeline.events.at(-1)?.seq]).to.deep.equal([1, 5001]);
  });
});

describe('lanes', () => {
  const line = (ms: number, state: string): StateLine => {
    const it = { instance: 'web-1', id: 'w', service: 'web', incarnation: null };
    return { ...it, at: at(ms), state, health: 'none' };
  };
  const mark = (ms: number, note: 'begin' | 'alive' | 'end'): StateLine => ({
    at: at(ms),
    note,
    pid: 1,
  });
  const spans = (...lines: StateLine[]) =>
    lanesOf(lines, START + 60_000)?.lanes[0]?.spans.map(({ from_ms, to_ms, state, watched }) => [
      from_ms - START,
      to_ms - START,
      state,
      watched,
    ]);

  it('tell what somebody watched from what only was so once', () => {
    expect(
      spans(
        line(0, 'running'),
        mark(10_000, 'begin'),
        line(20_000, 'exited'),
        mark(24_000, 'alive'),
        mark(30_000, 'end'),
      ),
    ).to.deep.equal([
      [0, 10_000, 'running', false],
      [10_000, 20_000, 'running', true],
      [20_000, 30_000, 'exited', true],
      [30_000, 60_000, 'exited', false],
    ]);
  });

  it('know nothing of the silence of a watchdog that was killed', () => {
    expect(
      spans(line(0, 'running'), mark(0, 'begin'), mark(15_000, 'alive'), mark(50_000, 'begin')),
    ).to.deep.equal([
      [0, 15_000, 'running', true],
      [15_000, 60_000, 'running', false],
    ]);
  });

  it('are none where nobody looked', () => {
    expect(lanesOf([mark(0, 'begin')], START)).to.equal(null);
  });
});

describe('a series', () => {
  it('has no gap where every window was measured, wherever they lie', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 240, max: 2000 }),
        fc.integer({ min: 0, max: 999 }),
        fc.integer({ min: 20, max: 600 }),
        (dt, offset, most) => {
          const made = windows.map((window, index) => ({
            ...window,
            at: START + offset + index * dt,
            dt_ms: dt,
          }));
          const end = START + offset + made.length * dt;
          const { points, step_ms } = seriesOf(made, START + offset, end, most);
          // The last one may be a rest.
          expect(points.slice(0, -1).every(({ ops_per_s }) => ops_per_s !== null)).to.equal(true);
          expect(points.length * step_ms).to.be.at.least(end - START - offset);
        },
      ),
    );
  });

  it('has at most so many points, over a day too', () => {
    const { points, step_ms } = seriesOf([], START, START + 86_400_000, 600);
    expect(points).to.have.length.at.most(600);
    expect(step_ms).to.equal(300_000);
  });
});

function renumbered(events: readonly { seq: number }[]) {
  return events.map((event, index) => ({ ...event, seq: index + 1 })) as never;
}
