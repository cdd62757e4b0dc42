import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { straighten } from '../../src/impact/straighten.ts';
import {
  badOf,
  bucketOf,
  coarsen,
  countOf,
  endOf,
  errorRatioOf,
  latencyOf,
  merge,
  mergeHistograms,
  percentile,
  rateOf,
  slowerThan,
  unmeasured,
  type Window,
  windowOf,
} from '../../src/impact/windows.ts';
import { made, START, series } from './windows-made.ts';

const latency = fc.double({ min: 0.02, max: 400_000, noNaN: true });
const anyWindow = (index: number) =>
  fc
    .record({
      ok: fc.nat(500),
      refused: fc.nat(50),
      timeouts: fc.nat(50),
      dropped: fc.nat(50),
      latencyMs: latency,
      inFlight: fc.nat(9),
    })
    .map((what) => made(START + index * 250, what));
const anyWindows = fc
  .integer({ min: 1, max: 30 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => anyWindow(index))));

describe('windows: latencies in buckets', () => {
  it('give back any percentile within 6 %', () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (latencies, share) => {
          const sorted = latencies.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number;
          const told = percentile(
            mergeHistograms(latencies.map((each) => [bucketOf(each), 1])),
            share,
          ) as number;
          expect(told / exact).to.be.within(1 / 1.06, 1.06);
        },
      ),
    );
  });

  it('take what lies outside the range into the first and the last bucket', () => {
    for (const odd of [0, -5, Number.NaN, 1e-9]) expect(bucketOf(odd)).to.equal(0);
    expect(bucketOf(Number.POSITIVE_INFINITY)).to.equal(bucketOf(1e9));
    expect(latencyOf(bucketOf(1e9))).to.be.greaterThan(400_000);
  });

  it('merge to the same percentiles in whichever order', () => {
    fc.assert(
      fc.property(anyWindows, (windows) => {
        const whole = mergeHistograms(windows.map((window) => window.histogram));
        const half = windows.length >> 1;
        const halves = [windows.slice(half), windows.slice(0, half)].map((part) =>
          mergeHistograms(part.map((window) => window.histogram)),
        );
        expect(mergeHistograms(halves)).to.deep.equal(whole);
      }),
    );
  });

  it('give a window the percentiles that its latencies have, and the number of those that took longer', () => {
    fc.assert(
      fc.property(fc.array(latency, { maxLength: 2000 }), latency, (latencies, limit) => {
        const histogram = mergeHistograms(latencies.map((each) => [bucketOf(each), 1]));
        const window = windowOf({
          at: START,
          dt_ms: 250,
          ok: latencies.length,
          errors: {},
          timeouts: 0,
          dropped: 0,
          in_flight: 0,
          histogram,
        });
        const [p50_ms, p99_ms, p999_ms] = [0.5, 0.99, 0.999].map((share) =>
          percentile(histogram, share),
        );
        expect(window).to.include({ p50_ms, p99_ms, p999_ms });
        expect(slowerThan(histogram, limit)).to.equal(
          latencies.filter((each) => latencyOf(bucketOf(each)) > limit).length,
        );
      }),
    );
  });

  it('have no percentile where there is none', () => {
    expect(percentile([], 0.99)).to.equal(null);
    expect(made(START, { ok: 0 })).to.include({ p50_ms: null, p99_ms: null, p999_ms: null });
  });
});

describe('windows: merged', () => {
  const totals = (windows: readonly Window[]) => ({
    ok: windows.reduce((sum, window) => sum + window.ok, 0),
    bad: windows.reduce((sum, window) => sum + badOf(window), 0),
    ms: windows.reduce((sum, window) => sum + window.dt_ms, 0),
    latencies: windows.reduce((sum, window) => sum + countOf(window.histogram), 0),
  });

  it('lose and invent no operation', () => {
    fc.assert(
      fc.property(anyWindows, fc.integer({ min: 1, max: 12 }), (windows, count) => {
        expect(totals([merge(windows) as Window])).to.deep.equal(totals(windows));
        expect(totals(coarsen(windows, count))).to.deep.equal(totals(windows));
      }),
    );
  });

  it('count only time that was measured, and never join what a gap divides', () => {
    const windows = series(12, (index) => (index >= 4 && index < 8 ? null : { ok: 100 }));
    expect(rateOf(merge(windows) as Window)).to.equal(400);
    expect(coarsen(windows, 8).map((window) => window.dt_ms)).to.deep.equal([1000, 1000]);
    expect(unmeasured(windows, START, START + 3000)).to.equal(1000);
    expect(unmeasured(windows, START - 2000, START + 5000)).to.equal(5000);
    expect(unmeasured([], START, START + 700)).to.equal(700);
  });

  it('have a share of errors between nought and one', () => {
    expect(errorRatioOf(made(START, { ok: 0 }))).to.equal(0);
    expect(errorRatioOf(made(START, { ok: 0, refused: 3 }))).to.equal(1);
    expect(errorRatioOf(made(START, { ok: 90, refused: 4, timeouts: 3, dropped: 3 }))).to.equal(
      0.1,
    );
  });
});

describe('windows: a clock that was set back', () => {
  const hour = 3_600_000;
  const before = series(40, () => ({}));
  const after = series(40, () => ({})).map((window) => ({
    ...window,
    at: window.at + 10_000 - hour,
  }));
  const { windows, jumps, place } = straighten([...before, ...after]);

  it('leaves the windows in the order in which they were measured, one after the other', () => {
    expect(jumps).to.equal(1);
    for (const [index, window] of windows.entries())
      expect(window.at).to.equal(START + index * 250);
  });

  it('leaves events where they were among the windows', () => {
    expect(place(START + 9000)).to.equal(START + 9000);
    expect(place(START + 12_000 - hour, START + 9000)).to.equal(START + 12_000);
    expect(place(endOf(after.at(-1) as Window) + 500, START + 9000)).to.equal(START + 20_500);
  });

  it('changes nothing where it was not, also with the rounding of a clock that is slewed', () => {
    const slewed = before.map((window, index) => ({ ...window, at: window.at - (index % 3) }));
    expect(straighten(slewed).windows).to.deep.equal(slewed);
    expect(straighten(slewed).place(123)).to.equal(123);
    expect(straighten([]).windows).to.deep.equal([]);
  });
});
