import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { judge } from '../../src/impact/verdict.ts';
import {
  BUCKETS,
  bucketOf,
  type Histogram,
  latencyOf,
  sparse,
  type Window,
  windowOf,
} from '../../src/impact/windows.ts';
import { seededRandom } from '../../src/terms/random.ts';
import { noisy, START } from './windows-made.ts';

const HOUR = 14_400;
const steady = fc.record({
  seed: fc.nat(),
  perWindow: fc.constantFrom(1.25, 25, 50, 125),
  errors: fc.constantFrom(0, 0.002, 0.02),
  before: fc.constantFrom(40, 120, 240),
});

const BEFORE = 120;
const isOut = (window: Window) =>
  windowOf({ ...window, ok: 0, errors: { refused: window.ok }, histogram: [] });
const isFailing = (window: Window) =>
  windowOf({
    ...window,
    ok: window.ok - 10,
    errors: { reset: 10 },
    histogram: lessTen(window.histogram),
  });
const isLate = (window: Window) => delayed(window, 1, 300);

/** Ten of the most common latency fewer. */
function lessTen(histogram: Histogram): Histogram {
  const most = Math.max(...histogram.filter((_, index) => index % 2));
  const at = histogram.findIndex((count, index) => index % 2 && count === most);
  return histogram.with(at, most - 10);
}

/** A share of each bucket, rounded up, took so much longer. */
function delayed(window: Window, share: number, byMs: number): Window {
  const dense = new Uint32Array(BUCKETS);
  for (let i = 0; i < window.histogram.length; i += 2) {
    const [bucket, count] = [window.histogram[i] as number, window.histogram[i + 1] as number];
    const late = Math.ceil(share * count);
    (dense[bucket] as number) += count - late;
    (dense[bucketOf(latencyOf(bucket) + byMs)] as number) += late;
  }
  return windowOf({ ...window, histogram: sparse(dense) });
}

describe('verdict: false alarms', function () {
  this.timeout(120_000);

  // A fixed seed: with chance in it, one run in some thousand would fail without a reason.
  it('does not call an hour of steady but noisy load worse', () => {
    fc.assert(
      fc.property(steady, ({ seed, perWindow, errors, before }) => {
        const windows = noisy(before + HOUR, seededRandom(seed), { perWindow, errors });
        const verdict = judge(windows, { injectedAtMs: START + before * 250, recoveredAtMs: null });
        expect(verdict.state).to.equal('unaffected');
      }),
      { numRuns: 16, seed: 7 },
    );
  });

  it('does not call an hour worse in which a few operations are always slow', () => {
    fc.assert(
      fc.property(
        steady,
        fc.constantFrom(0.001, 0.005, 0.009, 0.02),
        ({ seed, perWindow, before }, slow) => {
          const windows = noisy(before + HOUR, seededRandom(seed), { perWindow, slow });
          expect(
            judge(windows, { injectedAtMs: START + before * 250, recoveredAtMs: null }).state,
          ).to.equal('unaffected');
        },
      ),
      { numRuns: 10, seed: 7 },
    );
  });

  it('never calls an hour of to and fro recovered, in whatever rhythm', () => {
    const rhythm = fc.record({
      seed: fc.nat(),
      good: fc.integer({ min: 1, max: 11 }),
      bad: fc.integer({ min: 2, max: 12 }),
    });
    fc.assert(
      fc.property(
        rhythm,
        fc.constantFrom(isOut, isLate, isFailing),
        ({ seed, good, bad }, worsen) => {
          const windows = noisy(BEFORE + HOUR, seededRandom(seed), { perWindow: 125 }).map(
            (window, index) =>
              index >= BEFORE && (index - BEFORE) % (good + bad) < bad ? worsen(window) : window,
          );
          const verdict = judge(windows, {
            injectedAtMs: START + BEFORE * 250,
            recoveredAtMs: START + (BEFORE + 4) * 250,
          });
          expect(verdict).to.include({
            state: 'worse',
            proven: false,
            recovered_after_injection_ms: null,
          });
          expect(verdict.degradations).to.have.length(1);
        },
      ),
      { numRuns: 8, seed: 7 },
    );
  });

  it('sees in the noise a fault that only makes slower, all or a tenth of it, and its end', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(0, 0.005),
        fc.constantFrom(0.1, 1),
        fc.integer({ min: 100, max: 900 }),
        (seed, slow, share, byMs) => {
          const windows = noisy(BEFORE + 240, seededRandom(seed), { perWindow: 125, slow }).map(
            (window, index) =>
              index >= BEFORE && index < BEFORE + 40 ? delayed(window, share, byMs) : window,
          );
          const verdict = judge(windows, {
            injectedAtMs: START + BEFORE * 250,
            recoveredAtMs: START + (BEFORE + 40) * 250,
          });
          expect(verdict).to.deep.include({
            state: 'back',
            operations_lost: 0,
            worse_by: ['latency'],
          });
          expect(verdict.noticed_after_ms).to.be.within(500, 1500);
          expect(verdict.recovered_after_undo_ms).to.be.within(-1000, 5000);
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });

  it('judges a fault that has lived for a day', () => {
    const hour = noisy(HOUR, seededRandom(7), { perWindow: 25 });
    const windows = Array.from({ length: BEFORE + 24 * HOUR }, (_, index) => ({
      ...(hour[index % HOUR] as Window),
      at: START + index * 250,
    }));
    const verdict = judge(windows, { injectedAtMs: START + BEFORE * 250, recoveredAtMs: null });
    expect(verdict).to.include({ state: 'unaffected', measured_ms: 24 * 3_600_000, gap_ms: 0 });
  });

  it('sees an outage in the same noise at once, and its end', () => {
    fc.assert(
      fc.property(steady, ({ seed, perWindow, errors, before }) => {
        fc.pre(perWindow >= 25);
        const windows = noisy(before + 200, seededRandom(seed), { perWindow, errors }).map(
          (window, index) =>
            index >= before && index < before + 20
              ? { ...window, ok: 0, errors: { refused: window.ok }, histogram: [], p99_ms: null }
              : window,
        );
        const verdict = judge(windows, {
          injectedAtMs: START + before * 250,
          recoveredAtMs: START + (before + 20) * 250,
        });
        expect(verdict).to.include({ state: 'back', noticed_after_ms: 500 });
        // In noise, the first windows after it can look weak.
        expect(verdict.recovered_after_undo_ms).to.be.within(0, 5000);
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});
