/**
 * What was measured in one short stretch of time, and the arithmetic on such windows. Pure.
 * Latencies stand in a histogram with six buckets an octave, so that any stretch of windows can be merged and its
 * percentiles taken: they are then within 6 % of the true ones. Time that was not measured has no window at all.
 */

/** How long a window is meant to be; `dt_ms` says how long it was. */
export const WINDOW_MS = 250;

/** Sparse: bucket, count, bucket, count, … with the buckets ascending. */
export type Histogram = readonly number[];

export interface Window {
  /** Epoch milliseconds of its start. */
  at: number;
  dt_ms: number;
  /** Operations that came back well in this window, whenever they began. */
  ok: number;
  /** Operations that came back as an error, by kind: `refused`, `reset`, `status 503`. */
  errors: Record<string, number>;
  timeouts: number;
  /** Operations that were due and not issued, since too many were under way. */
  dropped: number;
  /** Under way at its end. */
  in_flight: number;
  /**
   * Latencies from the intended start, of the operations that came back well and, with the time waited, of those that
   * timed out. Errors have none. Empty where the load tells no latencies.
   */
  histogram: Histogram;
  /** Milliseconds, or null where there is no latency. */
  p50_ms: number | null;
  p99_ms: number | null;
  p999_ms: number | null;
  /** The load was still changing its rate on purpose: nothing to compare with. */
  ramping?: true;
}

export type Counts = Pick<
  Window,
  'at' | 'dt_ms' | 'ok' | 'errors' | 'timeouts' | 'dropped' | 'in_flight' | 'histogram' | 'ramping'
>;

export const BUCKETS = 150;
const PER_OCTAVE = 6;
/** The first bucket begins at 2^-6 ms (16 microseconds), the last one ends at 2^19 ms (nearly nine minutes). */
const LOWEST_OCTAVE = -6;

const SHARES = [0.5, 0.99, 0.999];

/** What lies outside the range counts in the first or last bucket. */
export function bucketOf(latencyMs: number): number {
  if (!(latencyMs > 0.016)) return 0;
  return Math.min(BUCKETS - 1, Math.floor((Math.log2(latencyMs) - LOWEST_OCTAVE) * PER_OCTAVE));
}

/** Where a bucket ends, in milliseconds. */
export function bucketEndMs(bucket: number): number {
  return 2 ** ((bucket + 1) / PER_OCTAVE + LOWEST_OCTAVE);
}

/** The geometric middle of a bucket, in milliseconds. */
export function latencyOf(bucket: number): number {
  return 2 ** ((bucket + 0.5) / PER_OCTAVE + LOWEST_OCTAVE);
}

/** `share` from 0 to 1; null for an empty histogram. */
export function percentile(histogram: Histogram, share: number): number | null {
  const wanted = Math.max(1, Math.ceil(share * countOf(histogram)));
  let seen = 0;
  for (let i = 0; i < histogram.length; i += 2) {
    seen += histogram[i + 1] as number;
    if (seen >= wanted) return latencyOf(histogram[i] as number);
  }
  return null;
}

/** The 50th, 99th and 99.9th percentile in one go: a day has 345,600 windows, and each of them is asked for these three. */
function quantiles(histogram: Histogram): [number | null, number | null, number | null] {
  const count = countOf(histogram);
  if (count === 0) return [null, null, null];
  const found: [number, number, number] = [0, 0, 0];
  let which = 0;
  let seen = 0;
  for (let i = 0; i < histogram.length && which < 3; i += 2) {
    seen += histogram[i + 1] as number;
    for (; which < 3 && seen >= Math.max(1, Math.ceil((SHARES[which] as number) * count)); which++)
      found[which] = latencyOf(histogram[i] as number);
  }
  return found;
}

export function countOf(histogram: Histogram): number {
  let count = 0;
  for (let i = 1; i < histogram.length; i += 2) count += histogram[i] as number;
  return count;
}

/** How many took longer, by the middle of their bucket. */
export function slowerThan(histogram: Histogram, limitMs: number): number {
  const limit = (Math.log2(limitMs) - LOWEST_OCTAVE) * PER_OCTAVE - 0.5;
  let slower = 0;
  for (let i = histogram.length - 2; i >= 0 && (histogram[i] as number) > limit; i -= 2)
    slower += histogram[i + 1] as number;
  return slower;
}

export function mergeHistograms(histograms: Iterable<Histogram>): Histogram {
  const dense = new Float64Array(BUCKETS);
  for (const each of histograms)
    for (let i = 0; i < each.length; i += 2)
      (dense[each[i] as number] as number) += each[i + 1] as number;
  return sparse(dense);
}

/** From a count for each bucket. */
export function sparse(dense: ArrayLike<number>): number[] {
  const histogram: number[] = [];
  for (let bucket = 0; bucket < dense.length; bucket++)
    if (dense[bucket]) histogram.push(bucket, dense[bucket] as number);
  return histogram;
}

export function windowOf(counts: Counts): Window {
  const { at, dt_ms, ok, errors, timeouts, dropped, in_flight, histogram, ramping } = counts;
  const [p50_ms, p99_ms, p999_ms] = quantiles(histogram);
  const window = {
    at,
    dt_ms,
    ok,
    errors,
    timeouts,
    dropped,
    in_flight,
    histogram,
    p50_ms,
    p99_ms,
    p999_ms,
  };
  return ramping ? { ...window, ramping } : window;
}

/** A window, or a stretch of them. */
type Span = Pick<Window, 'at' | 'dt_ms'>;

export function endOf(window: Span): number {
  return window.at + window.dt_ms;
}

/** Measured milliseconds of all of them, without the gaps. */
export function lengthOf(windows: readonly Window[]): number {
  return windows.reduce((sum, window) => sum + window.dt_ms, 0);
}

/** Operations a second that came back well. */
export function rateOf(window: Window): number {
  return (window.ok * 1000) / window.dt_ms;
}

/** Operations that did not come back well: errors, time-outs, dropped. */
export function badOf(window: Window): number {
  let bad = window.timeouts + window.dropped;
  for (const kind in window.errors) bad += window.errors[kind] as number;
  return bad;
}

/** From 0 to 1; 0 where nothing ended. */
export function errorRatioOf(window: Window): number {
  const bad = badOf(window);
  return bad === 0 ? 0 : bad / (window.ok + bad);
}

/** One window for all of them: `dt_ms` is the time measured, without the gaps between them. Null for none. */
export function merge(windows: readonly Window[]): Window | null {
  const [first] = windows;
  if (!first || windows.length === 1) return first ?? null;
  const errors: Record<string, number> = {};
  const sum = { dt_ms: 0, ok: 0, timeouts: 0, dropped: 0 };
  for (const window of windows) {
    sum.dt_ms += window.dt_ms;
    sum.ok += window.ok;
    sum.timeouts += window.timeouts;
    sum.dropped += window.dropped;
    for (const kind in window.errors)
      errors[kind] = (errors[kind] ?? 0) + (window.errors[kind] as number);
  }
  const in_flight = (windows.at(-1) as Window).in_flight;
  return windowOf({
    at: first.at,
    ...sum,
    errors,
    in_flight,
    histogram: mergeHistograms(windows.map((window) => window.histogram)),
  });
}

/** Windows are cut one after the other; more time than this between two of them was not measured. */
const GAP_MS = 250;

export function isGap(before: Span, after: Span): boolean {
  return after.at - endOf(before) > GAP_MS;
}

/** Merges up to `count` neighbours into one, never across a gap. */
export function coarsen(windows: readonly Window[], count: number): Window[] {
  if (count <= 1) return [...windows];
  const groups: Window[][] = [];
  for (const window of windows) {
    const group = groups.at(-1);
    if (!group || group.length >= count || isGap(group.at(-1) as Window, window))
      groups.push([window]);
    else group.push(window);
  }
  return groups.map((group) => merge(group) as Window);
}

/** Milliseconds from `fromMs` to `toMs` that no window covers. */
export function unmeasured(windows: readonly Span[], fromMs: number, toMs: number): number {
  let missing = 0;
  let covered = fromMs;
  for (const window of windows) {
    if (endOf(window) <= covered || window.at >= toMs) continue;
    if (window.at - covered > GAP_MS) missing += window.at - covered;
    covered = endOf(window);
  }
  return toMs - covered > GAP_MS ? missing + toMs - covered : missing;
}
