import { expect } from 'chai';
import { describe, it } from 'mocha';
import { impactFigures } from '../../src/impact/figures.ts';
import type { Workload } from '../../src/impact/workload.ts';
import type { SteadyState } from '../../src/story/story.ts';
import { impactJson, impactLines } from '../../src/view/impact.ts';
import { faultAt, START, series } from '../impact/windows-made.ts';

const HTTP: Workload = {
  kind: 'http',
  simulated: false,
  baseline: null,
  reference: null,
  started_at: new Date(START).toISOString(),
};
const STEADY: SteadyState = {
  thresholds: [{ measure: 'errors', operator: '<=', value: 1, unit: '%', text: '<= 1%' }],
  objective: null,
  probes: [],
  recover_within_ms: 30_000,
};
const windows = series(140, (index) => (index >= 40 && index < 60 ? { ok: 0, refused: 100 } : {}));
const report = (fault = faultAt(10_000, 15_000, { doneMs: 22_000 }), workload = HTTP) =>
  impactFigures(fault, workload, {
    windows,
    faults: [fault],
    steadyState: STEADY,
    nowMs: START + 35_000,
  });

describe('view: what was felt', () => {
  it('is the sentence, the rate with the fault marked, and what was not met', () => {
    const [sentence, bars, marks, legend, unmet, ...rest] = impactLines([report()]);
    expect(sentence).to.match(/^etcd-2 killed: 2,000 operations lost/);
    expect(bars).to.match(/^ {2}█+▁+█+$/);
    expect(marks).to.match(/^ +×─+○ *$/);
    expect(legend).to.equal('  × fault, ○ undo; baseline 400 ops/s');
    for (const line of [bars, marks, legend]) expect(line?.length).to.be.at.most(80);
    // Each mark stands below its own moment.
    expect((marks as string).indexOf('×')).to.equal((bars as string).indexOf('▁'));
    expect((marks as string).indexOf('○')).to.equal((bars as string).lastIndexOf('▁') + 1);
    expect(unmet).to.equal('  during the fault: errors rose to 100% (wanted: <= 1%)');
    expect(rest).to.deep.equal([]);
  });

  it('says nothing of a fault that has just begun, and what it can of one that is over', () => {
    const early = {
      windows: windows.slice(0, 40),
      faults: [],
      steadyState: STEADY,
      nowMs: START + 10_100,
    };
    expect(impactLines([impactFigures(faultAt(10_000), HTTP, early)])).to.deep.equal([]);
    const over = impactFigures(faultAt(1000, 2000, { doneMs: 3000 }), HTTP, {
      ...early,
      nowMs: START + 9000,
    });
    expect(impactLines([over])[0]).to.include('not measured long enough before the fault');
  });

  it('labels what is simulated in every place', () => {
    const simulated = report(undefined, {
      ...HTTP,
      kind: 'simulated',
      simulated: true,
      baseline: 500,
    });
    const [sentence, , , legend] = impactLines([simulated]);
    expect(sentence).to.match(/^simulated, not measured: /);
    expect(legend).to.match(/simulated baseline 500 ops\/s$/);
    expect(impactJson(simulated)).to.include({ simulated: true, state: 'simulated' });
  });

  it('has every figure in JSON, by names that do not change', () => {
    const json = impactJson(report());
    expect(Object.keys(json).sort()).to.deep.equal([
      'after',
      'also_live',
      'baseline',
      'baseline_from',
      'before',
      'caught_up_after_undo_ms',
      'depth',
      'detect_ms',
      'dropped',
      'during',
      'error_budget_used',
      'errors',
      'fault',
      'gap_ms',
      'late',
      'lost_ratio',
      'measured_ms',
      'objective',
      'operations_lost',
      'rate_ratio',
      'recovered_after_injection_ms',
      'recovered_after_undo_ms',
      'resilience',
      'sentence',
      'shortfall',
      'silent_ms',
      'simulated',
      'sparkline',
      'state',
      'steady_state',
      'timeouts',
      'worse_by',
    ]);
    expect(json.steady_state).to.deep.equal([
      { threshold: 'errors <= 1%', met: false, worst: 100, unit: '%' },
    ]);
    expect(json.sparkline).to.have.all.keys('bars', 'marks');
    // The keys of a simulated one and of one that was not measured are the same: a script need not ask first.
    const fault = faultAt(1000);
    const none = impactFigures(fault, HTTP, {
      windows: [],
      faults: [],
      steadyState: STEADY,
      nowMs: START,
    });
    for (const other of [none, report(undefined, { ...HTTP, simulated: true })])
      expect(impactJson(other)).to.have.all.keys(...Object.keys(json));
  });
});
