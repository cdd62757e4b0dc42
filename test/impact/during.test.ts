import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { heldDuring } from '../../src/impact/during.ts';
import { impactFigures } from '../../src/impact/figures.ts';
import { assess, impact } from '../../src/impact/impact.ts';
import type { Threshold } from '../../src/impact/steady-state.ts';
import type { Workload } from '../../src/impact/workload.ts';
import type { SteadyState } from '../../src/story/story.ts';
import { faultAt, type Made, START, series } from './windows-made.ts';

const OUT: Made = { ok: 0, refused: 100 };
const THRESHOLDS: Threshold[] = [
  {
    measure: 'throughput',
    operator: '>=',
    value: 50,
    unit: '% of baseline',
    text: '>= 50% of baseline',
  },
  { measure: 'errors', operator: '<=', value: 1, unit: '%', text: '<= 1%' },
  { measure: 'p99', operator: '<=', value: 250, unit: 'ms', text: '<= 250ms' },
];
const OBJECTIVE = { text: '99.9% over 30d', share: 0.999, period_ms: 30 * 86_400_000 };
const STEADY: SteadyState = {
  thresholds: THRESHOLDS,
  objective: OBJECTIVE,
  probes: [],
  recover_within_ms: 30_000,
};
const HTTP: Workload = {
  kind: 'http',
  simulated: false,
  baseline: null,
  reference: null,
  started_at: new Date(START).toISOString(),
};

describe('the steady state, held against the time of a fault', () => {
  it('says how far it was left, second by second', () => {
    const windows = series(12, (index) =>
      index >= 4 && index < 8 ? { ok: 12, refused: 88 } : { latencyMs: 20 },
    );
    const during = heldDuring(windows, THRESHOLDS, 400);
    expect(during.map(({ met, worst }) => [met, worst && Math.round(worst)])).to.deep.equal([
      [false, 12],
      [false, 88],
      [true, 19],
    ]);
    expect(during.map(({ text }) => text)).to.deep.equal([
      'throughput fell to 12% of baseline (wanted: >= 50% of baseline)',
      'errors rose to 88% (wanted: <= 1%)',
      'p99 was at most 19ms (wanted: <= 250ms)',
    ]);
    expect(during[0]).to.include({
      threshold: 'throughput >= 50% of baseline',
      unit: '% of baseline',
    });
  });

  it('does not call met what cannot be told', () => {
    const [share, , p99] = heldDuring(
      series(8, () => ({ ok: 0 })),
      THRESHOLDS,
      null,
    );
    expect(share).to.include({
      met: false,
      worst: null,
      text: 'throughput could not be told (wanted: >= 50% of baseline)',
    });
    expect(p99).to.include({ met: false, worst: null });
    expect(
      heldDuring([], THRESHOLDS, 400).every(({ met, worst }) => !met && worst === null),
    ).to.equal(true);
  });

  it('judges an outage of less than a second by itself, and no stretch across a gap', () => {
    const short = series(3, (index) => (index === 1 ? OUT : {}));
    expect(heldDuring(short, THRESHOLDS, 400)[0]?.worst).to.be.closeTo(66.7, 0.1);
    const apart = series(40, (index) => (index === 0 ? OUT : index < 20 ? null : {}));
    expect(heldDuring(apart, THRESHOLDS, 400)[0]?.worst).to.equal(0);
  });

  it('is never worse than the worst window, and never better than the whole', () => {
    const windows = fc.array(
      fc.record({ ok: fc.nat({ max: 200 }), refused: fc.nat({ max: 50 }) }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(windows, (script) => {
        const measured = series(script.length, (index) => script[index] as Made);
        const [throughput, errors] = heldDuring(measured, THRESHOLDS, 400);
        const shares = script.map(({ ok }) => ok);
        const mean = shares.reduce((sum, ok) => sum + ok, 0) / shares.length;
        expect(throughput?.worst).to.be.within(Math.min(...shares) - 1e-6, mean + 1e-6);
        const ratios = script.map(({ ok, refused }) =>
          refused === 0 ? 0 : (refused / (ok + refused)) * 100,
        );
        expect(errors?.worst).to.be.at.most(Math.max(...ratios) + 1e-6);
      }),
    );
  });

  it('ends where it was well again', () => {
    // Well for ten seconds, then bad again, long after the fault was mended.
    const windows = series(160, (index) =>
      (index >= 40 && index < 48) || index >= 150 ? OUT : {},
    );
    const fault = faultAt(10_000, 11_000, { doneMs: 16_000 });
    const early = impact(fault, windows.slice(0, 140), START + 35_000, { steadyState: STEADY });
    expect(early?.during.map(({ met }) => met)).to.deep.equal([false, false, false]);
    const { during } = assess(faultAt(20_000), windows.slice(0, 140), START + 35_000, {
      steadyState: STEADY,
    });
    expect(during.map(({ met }) => met)).to.deep.equal([true, true, true]);
  });
});

describe('the error budget', () => {
  const windows = series(140, (index) => (index >= 40 && index < 60 ? OUT : {}));
  const fault = faultAt(10_000, 15_000, { doneMs: 22_000 });
  const report = (steadyState: SteadyState, workload = HTTP) =>
    impactFigures(fault, workload, {
      windows,
      faults: [fault],
      steadyState,
      nowMs: START + 35_000,
    });

  it('is what the lost operations used of what the objective lets fail in its period', () => {
    const { figures } = report(STEADY);
    expect(figures.operations_lost).to.equal(2000);
    // 400 a second for 30 days, a thousandth of them.
    expect(figures.error_budget_used).to.be.closeTo(2000 / (400 * 30 * 86_400 * 0.001), 1e-9);
    expect(figures.sentence).to.match(
      /^etcd-2 killed: 2,000 operations lost \(100 %, 0\.19 % of the 30d error budget\), /,
    );
    expect(figures).to.include({
      objective: '99.9% over 30d',
      fault: 'f1',
      state: 'back',
      baseline: 400,
      baseline_from: 'measured',
      detect_ms: 500,
    });
  });

  it('is not made up where there is no objective', () => {
    const { figures } = report({ ...STEADY, objective: null });
    expect(figures).to.include({ objective: null, error_budget_used: null });
    expect(figures.sentence).not.to.include('budget');
  });

  it('has no figures for what was not measured', () => {
    const { figures, unmet } = impactFigures(fault, HTTP, {
      windows: [],
      faults: [fault],
      steadyState: STEADY,
      nowMs: START + 35_000,
    });
    expect(figures).to.include({
      state: 'not_measured',
      operations_lost: null,
      error_budget_used: null,
      timeouts: null,
      baseline: null,
      baseline_from: null,
    });
    expect(figures.sentence).to.include('not measured long enough');
    expect(unmet).to.deep.equal([]);
  });

  it('says what it was compared with', () => {
    const reference = {
      run: 'r3',
      kind: 'http',
      rate: 800,
      spread: 20,
      grain: 1,
      grain_ms: 250,
      error_ratio: 0,
      error_ratio_limit: 0.001,
    };
    const latencies = { slow_ratio_limit: 0.01, p50_ms: 2, p99_ms: 9, p999_ms: 12, windows: 200 };
    const earlier = report(STEADY, { ...HTTP, reference: { ...reference, ...latencies } }).figures;
    expect(earlier).to.include({ baseline: 800, baseline_from: 'r3', state: 'worse' });
    expect(earlier.before).to.deep.equal({ p50_ms: 2, p99_ms: 9, p999_ms: 12 });
    expect(report(STEADY, { ...HTTP, baseline: 300 }).figures).to.include({
      baseline: 300,
      baseline_from: 'set',
    });
  });

  it('is never said of a simulated workload, whose report is labelled as that', () => {
    const { figures, windows: drawn } = report(STEADY, {
      ...HTTP,
      kind: 'simulated',
      simulated: true,
      baseline: 500,
    });
    expect(figures).to.include({
      state: 'simulated',
      simulated: true,
      error_budget_used: null,
      operations_lost: null,
      detect_ms: null,
    });
    expect(figures.sentence).to.match(/^simulated, not measured: /);
    expect(figures.steady_state).to.deep.equal([]);
    expect(drawn.length).to.be.above(0);
  });
});
