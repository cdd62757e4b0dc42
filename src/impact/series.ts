/** What was measured over a long time, in so few points that it can be drawn. Pure. What was not measured is null, never 0. */
import { BUCKETS, badOf, percentile, rateOf, sparse, type Window } from './windows.ts';

/** Lengths of a point, so that its ends are times that a person can read. */
const STEPS_MS = [500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000];
/** A point of which less than this share was measured says nothing. */
const LEAST_SHARE = 0.3;

export interface Point {
  /** Epoch milliseconds of its start. */
  at: number;
  /** Operations a second that came back well; the lowest and the highest window in it. */
  ops_per_s: number | null;
  lowest: number | null;
  highest: number | null;
  p50_ms: number | null;
  p99_ms: number | null;
  p999_ms: number | null;
  /** Operations a second that did not come back well, and their share of all, 0 to 1. */
  errors_per_s: number | null;
  error_ratio: number | null;
}

export interface Series {
  /** Length of a point. */
  step_ms: number;
  points: Point[];
}

/** Adds windows up as they come, so that a long measurement is never held whole. */
export class SeriesSum {
  readonly #fromMs: number;
  readonly #stepMs: number;
  readonly #sums: (Sum | undefined)[];

  /** `most`: no more points than that, unless each is longer than five minutes. `windowMs`: how long a window usually is. */
  constructor(
    fromMs: number,
    toMs: number,
    { most, windowMs }: { most: number; windowMs: number },
  ) {
    const spanMs = Math.max(1, toMs - fromMs);
    // Windows lie anywhere: each point has to be long enough to hold the middle of one.
    const leastMs = Math.max(spanMs / most, 2 * windowMs);
    this.#fromMs = fromMs;
    this.#stepMs = STEPS_MS.find((each) => each >= leastMs) ?? Math.ceil(leastMs);
    this.#sums = Array(Math.ceil(spanMs / this.#stepMs));
  }

  /** One that lies outside is left out. */
  add(window: Window): void {
    const { at, dt_ms, ok, histogram } = window;
    const index = Math.floor((at + dt_ms / 2 - this.#fromMs) / this.#stepMs);
    if (index < 0 || index >= this.#sums.length) return;
    const rate = rateOf(window);
    this.#sums[index] ??= { ms: 0, ok: 0, bad: 0, lowest: rate, highest: rate, latencies: null };
    const sum = this.#sums[index];
    sum.ms += dt_ms;
    sum.ok += ok;
    sum.bad += badOf(window);
    sum.lowest = Math.min(sum.lowest, rate);
    sum.highest = Math.max(sum.highest, rate);
    if (histogram.length > 0) sum.latencies ??= new Float64Array(BUCKETS);
    for (let i = 0; sum.latencies && i < histogram.length; i += 2)
      (sum.latencies[histogram[i] as number] as number) += histogram[i + 1] as number;
  }

  series(): Series {
    const points = Array.from(this.#sums, (sum, index) =>
      pointOf(this.#fromMs + index * this.#stepMs, sum, this.#stepMs),
    );
    return { step_ms: this.#stepMs, points };
  }
}

interface Sum {
  ms: number;
  ok: number;
  bad: number;
  lowest: number;
  highest: number;
  /** A count for each bucket. */
  latencies: Float64Array | null;
}

export function seriesOf(
  windows: readonly Window[],
  fromMs: number,
  toMs: number,
  most: number,
): Series {
  const sum = new SeriesSum(fromMs, toMs, { most, windowMs: usualLength(windows) });
  for (const window of windows) sum.add(window);
  return sum.series();
}

/** 0 for none. */
export function usualLength(windows: readonly Window[]): number {
  const lengths = windows.map(({ dt_ms }) => dt_ms).toSorted((a, b) => a - b);
  return lengths[lengths.length >> 1] ?? 0;
}

const NOTHING = {
  ops_per_s: null,
  lowest: null,
  highest: null,
  p50_ms: null,
  p99_ms: null,
  p999_ms: null,
  errors_per_s: null,
  error_ratio: null,
};

function pointOf(at: number, sum: Sum | undefined, stepMs: number): Point {
  if (!sum || sum.ms < LEAST_SHARE * stepMs) return { at, ...NOTHING };
  const { ms, ok, bad, lowest, highest, latencies } = sum;
  const histogram = latencies ? sparse(latencies) : [];
  return {
    at,
    ops_per_s: rounded((ok * 1000) / ms),
    lowest: rounded(lowest),
    highest: rounded(highest),
    p50_ms: rounded(percentile(histogram, 0.5)),
    p99_ms: rounded(percentile(histogram, 0.99)),
    p999_ms: rounded(percentile(histogram, 0.999)),
    errors_per_s: rounded((bad * 1000) / ms),
    error_ratio: rounded(bad / Math.max(1, ok + bad)),
  };
}

/** Three digits are as good as what was measured. */
function rounded<T extends number | null>(value: T): T {
  return (value && Number(value.toPrecision(3))) as T;
}
