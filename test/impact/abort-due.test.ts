import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { AbortCondition } from '../../src/impact/abort-condition.ts';
import { abortHorizonMs, heldNow } from '../../src/impact/abort-due.ts';
import { type Baseline, baselineOf } from '../../src/impact/baseline.ts';
import type { Threshold } from '../../src/impact/steady-state.ts';
import { endOf, type Window } from '../../src/impact/windows.ts';
import { type Made, made, START, series } from './windows-made.ts';

type Row = [Threshold['measure'], Threshold['operator'], number, Threshold['unit']];

function condition([measure, operator, value, unit]: Row, forMs = 3000): AbortCondition {
  const text = `${operator} ${value}`;
  return {
    on: 'workload',
    threshold: { measure, operator, value, unit, text },
    for_ms: forMs,
    text: `${measure} ${text} for ${forMs / 1000}s`,
  };
}

const ERRORS = condition(['errors', '>', 20, '%']);
const BASELINE = baselineOf(series(40, () => ({}))) as Baseline;
const OUT: Made = { ok: 0, refused: 100 };
const FAULT_MS = START + 10_000;

/** Ten good seconds, then by the script; `index` 0 is the first window after the fault. */
const sinceFault = (count: number, script: (index: number) => Made | null) =>
  series(40 + count, (index) => (index < 40 ? {} : script(index - 40)));

function held(
  windows: readonly Window[],
  conditions: AbortCondition[],
  more: { nowMs?: number; baseline?: Baseline | null; sinceMs?: number } = {},
) {
  const last = windows.at(-1);
  return heldNow(windows, conditions, {
    baseline: BASELINE,
    sinceMs: FAULT_MS,
    nowMs: last ? endOf(last) : FAULT_MS,
    ...more,
  });
}

describe('abort_if: whether a condition holds', () => {
  it('does after it has for long enough, and not a window before', () => {
    const certain = condition(['errors', '>=', 100, '%']);
    const firsts = [1500, 3000, 5000].map((forMs) => {
      const windows = sinceFault(40, () => OUT);
      return windows.findIndex((_, index) =>
        held(windows.slice(0, index + 1), [{ ...certain, for_ms: forMs }]),
      );
    });
    // Whole seconds are judged, so that 1.5 s takes two of them.
    expect(firsts).to.deep.equal([40 + 7, 40 + 11, 40 + 19]);
  });

  it('says what was measured', () => {
    expect(
      held(
        sinceFault(12, () => ({ ok: 60, refused: 40 })),
        [ERRORS],
      ),
    ).to.deep.equal({
      condition: ERRORS,
      measured: 'errors 40% over the last 3s',
      value: 40,
    });
    const throughput = condition(['throughput', '<', 20, '% of baseline']);
    expect(
      held(
        sinceFault(12, () => ({ ok: 10 })),
        [ERRORS, throughput],
      )?.measured,
    ).to.equal('throughput 10% of baseline over the last 3s');
    expect(
      held(
        sinceFault(12, () => ({ latencyMs: 4000 })),
        [condition(['p99', '>', 2000, 'ms'])],
      )?.measured,
    ).to.match(/^p99 3\.[89]s over the last 3s$/);
  });

  it('does not for one bad window, nor for a stack that is bad for one second of four', () => {
    const once = sinceFault(20, (index) => (index === 8 ? OUT : {}));
    const flapping = sinceFault(160, (index) => (index % 16 < 4 ? OUT : {}));
    for (const windows of [once, flapping])
      for (let count = 41; count <= windows.length; count++)
        expect(held(windows.slice(0, count), [ERRORS]), String(count)).to.equal(null);
  });

  it('does not for what was before the fault, nor for what is no longer new', () => {
    const before = series(60, () => OUT);
    expect(held(before, [ERRORS], { sinceMs: START + 13_000 })).to.equal(null);
    expect(held(before, [ERRORS], { sinceMs: START + 12_000 })).not.to.equal(null);
    const windows = sinceFault(20, () => OUT);
    const end = endOf(windows.at(-1) as Window);
    expect(held(windows, [ERRORS], { nowMs: end + 1900 })).not.to.equal(null);
    expect(held(windows, [ERRORS], { nowMs: end + 2100 })).to.equal(null);
  });

  it('never does across a gap', () => {
    const windows = sinceFault(40, (index) => (index % 13 > 10 ? null : OUT));
    for (let count = 41; count <= windows.length; count++)
      expect(held(windows.slice(0, count), [ERRORS]), String(count)).to.equal(null);
    expect(
      held(
        sinceFault(25, (index) => (index === 10 ? null : OUT)),
        [ERRORS],
      ),
      'one lost window of 250 ms is no gap',
    ).not.to.equal(null);
  });

  it('needs a baseline where it is a share of it, and none where it is a number', () => {
    const windows = sinceFault(20, () => ({ ok: 1 }));
    expect(
      held(windows, [condition(['throughput', '<', 50, '% of baseline'])], { baseline: null }),
    ).to.equal(null);
    expect(
      held(windows, [condition(['throughput', '<', 50, 'ops/s'])], { baseline: null }),
    ).not.to.equal(null);
  });

  it('counts a second that tells nothing neither way', () => {
    const slow = condition(['p99', '>', 2000, 'ms']);
    const SLOW: Made = { ok: 10, latencyMs: 4000 };
    const isSlow = (index: number) => index % 12 < 4;
    const firstOf = (between: Made) => {
      const windows = sinceFault(60, (index) => (isSlow(index) ? SLOW : between));
      return windows.findIndex((_, index) => held(windows.slice(0, index + 1), [slow]));
    };
    expect(firstOf({ ok: 0 }), 'three slow seconds, with silence between them').to.be.within(
      40 + 12,
      40 + 27,
    );
    expect(firstOf({}), 'good seconds between them').to.equal(-1);
    expect(
      held(
        sinceFault(40, () => ({ ok: 0 })),
        [slow, ERRORS],
      ),
      'nothing came back at all',
    ).to.equal(null);
  });

  it('judges a slow load over as much time as its baseline was', () => {
    const baseline = baselineOf(series(80, (index) => ({ ok: index % 2 }))) as Baseline;
    expect(baseline.grain_ms).to.be.above(1000);
    // One operation in 250 ms that fails now and then is chance.
    const windows = sinceFault(60, (index) =>
      index % 4 === 0 ? { ok: 0, refused: 1 } : { ok: index % 2 },
    );
    expect(held(windows, [condition(['errors', '>', 60, '%'], 1000)], { baseline })).to.equal(null);
  });

  it('never rests on one window alone, however long it is', () => {
    const long = [made(FAULT_MS, { ok: 0, refused: 100 }, 10_000)];
    expect(held(long, [ERRORS])).to.equal(null);
    expect(
      held([...long, made(FAULT_MS + 10_000, { ok: 0, refused: 100 }, 10_000)], [ERRORS]),
    ).not.to.equal(null);
  });

  const scripts = fc.array(
    fc.record({
      ok: fc.nat({ max: 100 }),
      refused: fc.nat({ max: 100 }),
      missing: fc.nat({ max: 20 }),
    }),
    { maxLength: 60 },
  );
  const madeBy = (script: { ok: number; refused: number; missing: number }[]) =>
    sinceFault(script.length, (index) => {
      const { ok, refused, missing } = script[index] as (typeof script)[number];
      return missing === 0 ? null : { ok, refused };
    });

  it('agrees with whoever asks within two seconds', () => {
    fc.assert(
      fc.property(
        scripts,
        fc.integer({ min: 500, max: 6000 }),
        fc.integer({ min: 10, max: 90 }),
        (script, forMs, percent) => {
          const windows = madeBy(script);
          const conditions = [condition(['errors', '>', percent, '%'], forMs)];
          for (let count = 41; count <= windows.length; count++) {
            const seen = windows.slice(0, count);
            if (!held(seen, conditions)) continue;
            const nowMs = endOf(seen.at(-1) as Window);
            // What the first one saw fresh, a later one sees for as long as it is fresh.
            const fresh = held(seen, conditions, { nowMs: nowMs + 250 });
            const later = windows.filter((window) => endOf(window) <= nowMs + 250);
            if (fresh) expect(held(later, conditions, { nowMs: nowMs + 250 })).not.to.equal(null);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('holds only where each second of some stretch that long does', () => {
    fc.assert(
      fc.property(scripts, fc.integer({ min: 10, max: 90 }), (script, percent) => {
        const windows = madeBy(script);
        const found = held(windows, [condition(['errors', '>', percent, '%'])]);
        const bad = script.filter(
          ({ ok, refused, missing }) =>
            missing > 0 && refused > 0 && refused / (ok + refused) > percent / 100,
        ).length;
        // A second above the limit has at least one window above it.
        if (found) expect(bad).to.be.at.least(3);
        if (found) expect(found.value).to.be.above(percent);
      }),
      { numRuns: 500 },
    );
  });

  it('needs no more of the past than it asks for', () => {
    fc.assert(
      fc.property(scripts, fc.integer({ min: 500, max: 6000 }), (script, forMs) => {
        const windows = madeBy(script);
        const conditions = [condition(['errors', '>', 30, '%'], forMs)];
        const nowMs = windows.length > 0 ? endOf(windows.at(-1) as Window) : START;
        const recent = windows.filter((window) => window.at >= nowMs - abortHorizonMs(conditions));
        // Seconds in which nothing ended could reach further back; there are none here that last.
        fc.pre(script.every(({ ok, refused }) => ok + refused > 0));
        expect(held(recent, conditions)).to.deep.equal(held(windows, conditions));
      }),
      { numRuns: 300 },
    );
  });
});
