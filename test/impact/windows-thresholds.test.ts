import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Threshold } from '../../src/impact/steady-state.ts';
import { checkSteadyState } from '../../src/impact/thresholds.ts';
import { series } from './windows-made.ts';

const threshold = (
  measure: Threshold['measure'],
  operator: Threshold['operator'],
  value: number,
  unit: Threshold['unit'],
): Threshold => ({
  measure,
  operator,
  value,
  unit,
  text: `${operator} ${value} ${unit}`,
});
const check = (
  windows: ReturnType<typeof series>,
  baseline: number | null,
  ...thresholds: Threshold[]
) =>
  checkSteadyState(windows, { thresholds, objective: null, recover_within_ms: 30_000 }, baseline);

describe('windows against the steady state', () => {
  const windows = series(8, () => ({ ok: 98, refused: 2, latencyMs: 40 }));

  it('meet it or do not, each threshold by itself', () => {
    const checked = check(
      windows,
      784,
      threshold('throughput', '>=', 50, '% of baseline'),
      threshold('throughput', '>=', 51, '% of baseline'),
      threshold('throughput', '>', 392, 'ops/s'),
      threshold('errors', '<=', 2, '%'),
      threshold('errors', '<', 2, '%'),
      threshold('p99', '<=', 50, 'ms'),
      threshold('p99', '<', 30, 'ms'),
    );
    expect(checked.map(({ met }) => met)).to.deep.equal([
      true,
      false,
      false,
      true,
      false,
      true,
      false,
    ]);
    expect(checked[0]?.text).to.equal('throughput 50% of baseline (wanted: >= 50 % of baseline)');
    expect(checked[2]).to.deep.include({
      measured: 392,
      text: 'throughput 392 ops/s (wanted: > 392 ops/s)',
    });
    expect(checked[3]?.text).to.equal('errors 2% (wanted: <= 2 %)');
  });

  it('do not meet what cannot be told', () => {
    const [share, rate] = check(
      windows,
      null,
      threshold('throughput', '>=', 50, '% of baseline'),
      threshold('throughput', '>=', 50, 'ops/s'),
    );
    expect(share).to.include({
      met: false,
      measured: null,
      text: 'throughput not measured: no baseline yet (wanted: >= 50 % of baseline)',
    });
    expect(rate?.met).to.equal(true);
    for (const { met, measured } of check(
      [],
      100,
      threshold('errors', '<=', 1, '%'),
      threshold('p99', '<=', 50, 'ms'),
    )) {
      expect([met, measured]).to.deep.equal([false, null]);
    }
    // Nothing came back, so nobody knows how fast it is.
    expect(
      check(
        series(4, () => ({ ok: 0, refused: 9 })),
        100,
        threshold('p99', '<=', 50, 'ms'),
      )[0],
    ).to.include({ met: false, measured: null });
  });
});
