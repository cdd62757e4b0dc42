/**
 * What the workload was like before the fault, and what counts as worse than that and as well again. Pure.
 * The two limits lie apart on purpose, so that a load on the edge does not go to and fro.
 */
import * as v from 'valibot';
import {
  badOf,
  coarsen,
  countOf,
  errorRatioOf,
  merge,
  rateOf,
  slowerThan,
  type Window,
} from './windows.ts';

/** Fewer windows say too little to compare with. */
export const MIN_WINDOWS = 10;
/** A minute is enough, and keeps a slow drift of the load out. */
const MAX_WINDOWS = 240;
/** A judged window holds about this many operations, or single ones would decide. */
const MIN_OPERATIONS = 10;
/** See `spreadOf`: the weight of the assumed Poisson variance, in windows. */
const PRIOR_WINDOWS = 10;

/** A schema, since a baseline that is taken from an earlier run is kept in the journal. */
export const BaselineSchema = v.object({
  /** Operations a second. */
  rate: v.number(),
  /** Standard deviation of the rate in one judged window. */
  spread: v.number(),
  /** Length of a judged window: as many of the measured ones are merged. */
  grain: v.number(),
  grain_ms: v.number(),
  error_ratio: v.number(),
  /** As large as it may truly be, with as few errors as were seen. */
  error_ratio_limit: v.number(),
  /** The same for the share of operations that were a good deal slower than the rest: every service has a few. */
  slow_ratio_limit: v.number(),
  p50_ms: v.nullable(v.number()),
  p99_ms: v.nullable(v.number()),
  p999_ms: v.nullable(v.number()),
  /** How many windows it rests on; 0 where only the rate was given. */
  windows: v.number(),
});

export type Baseline = v.InferOutput<typeof BaselineSchema>;

/**
 * Null where there are too few windows; those of a load that was still changing its rate do not count. `given`: a rate that somebody
 * set, which needs none; the rest is still measured. Or the baseline of an earlier run, whole: then nothing of this one counts.
 */
export function baselineOf(
  all: readonly Window[],
  given: number | Baseline | null = null,
): Baseline | null {
  if (typeof given === 'object' && given !== null) return given;
  const windows = all.filter(({ ramping }) => !ramping).slice(-MAX_WINDOWS);
  if (windows.length < MIN_WINDOWS) return given === null ? null : unmeasuredBaseline(given);
  const whole = merge(windows) as Window;
  const bad = badOf(whole);
  const perWindow = whole.ok / windows.length;
  const grain =
    perWindow >= MIN_OPERATIONS ? 1 : Math.ceil(MIN_OPERATIONS / Math.max(perWindow, 0.1));
  const judged = coarsen(windows, grain);
  const grain_ms = (whole.dt_ms / windows.length) * grain;
  const rates = judged.map(rateOf);
  const rate = given ?? (grain === 1 ? median(rates) : rateOf(whole));
  return {
    rate,
    spread: spreadOf(rates, rate, grain_ms),
    grain,
    grain_ms,
    error_ratio: errorRatioOf(whole),
    error_ratio_limit: atMost(bad, whole.ok + bad),
    slow_ratio_limit: atMost(
      whole.p99_ms === null ? 0 : slowerThan(whole.histogram, wellMs(whole.p99_ms)),
      countOf(whole.histogram),
    ),
    p50_ms: whole.p50_ms,
    p99_ms: whole.p99_ms,
    p999_ms: whole.p999_ms,
    windows: windows.length,
  };
}

/** More failures than this before a fault are a sick baseline: what is no worse than it proves nothing. */
export const SICK_RATIO = 0.05;

/** A baseline that only somebody set is never sick. */
export function isSick({ error_ratio, windows }: Baseline): boolean {
  return windows > 0 && error_ratio > SICK_RATIO;
}

/** In words; null for one that is well. */
export function sickBaseline(baseline: Baseline): string | null {
  const { error_ratio } = baseline;
  return isSick(baseline)
    ? `the baseline itself is sick: ${Math.round(error_ratio * 100)} % of the operations failed before the fault, too`
    : null;
}

function unmeasuredBaseline(rate: number): Baseline {
  const none = {
    error_ratio: 0,
    error_ratio_limit: 0,
    slow_ratio_limit: 0,
    p50_ms: null,
    p99_ms: null,
    p999_ms: null,
  };
  const grain = Math.max(1, Math.ceil((MIN_OPERATIONS * 4) / Math.max(rate, 0.4)));
  return {
    rate,
    spread: spreadOf([], rate, grain * 250),
    grain,
    grain_ms: grain * 250,
    ...none,
    windows: 0,
  };
}

/**
 * The standard deviation of the rate. A few windows underestimate it, so the variance is shrunk towards that of random
 * (Poisson) arrivals, which counts as ten further windows.
 */
function spreadOf(rates: readonly number[], rate: number, windowMs: number): number {
  const random = Math.sqrt((rate * 1000) / windowMs);
  const middle = median(rates);
  const seen = 1.4826 * median(rates.map((each) => Math.abs(each - middle)));
  const weighed = Math.sqrt(
    (PRIOR_WINDOWS * random ** 2 + rates.length * seen ** 2) / (PRIOR_WINDOWS + rates.length),
  );
  return Math.max(weighed, seen, 0.02 * rate);
}

/** Upper limit of the true share when `seen` of `all` failed; three of them where none did (the rule of three). */
function atMost(seen: number, all: number): number {
  const most = seen + 1 + 2 * Math.sqrt(seen + 1);
  return Math.min(1, most / Math.max(all, most));
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export type Reason = 'throughput' | 'errors' | 'latency';

/** By what a window is surely worse than the baseline; empty: it is not. */
export function worseBy(window: Window, baseline: Baseline): Reason[] {
  const reasons: Reason[] = [];
  const { rate, p99_ms } = baseline;
  if (rateOf(window) < rate - Math.max(0.1 * rate, 4 * spreadIn(window, baseline)))
    reasons.push('throughput');
  // One failure alone can be chance in however small a window.
  if (badOf(window) > Math.max(1, errorsWithin(window, baseline, 0.01, 4))) reasons.push('errors');
  // Of so few operations, the slowest is the 99th percentile: one alone says no more than one failure does.
  if (
    p99_ms !== null &&
    slowerThan(window.histogram, worseMs(p99_ms)) > Math.max(1, slowWithin(window, baseline, 4))
  )
    reasons.push('latency');
  return reasons;
}

/** As good as the baseline. A window can be neither worse nor well. */
export function isWell(window: Window, baseline: Baseline): boolean {
  const { rate, p99_ms } = baseline;
  return (
    rateOf(window) >= Math.min(0.95 * rate, rate - 2 * spreadIn(window, baseline)) &&
    badOf(window) <= errorsWithin(window, baseline, 0.005, 2) &&
    (p99_ms === null ||
      slowerThan(window.histogram, wellMs(p99_ms)) <= slowWithin(window, baseline, 2))
  );
}

/** Slower than this is worse than a baseline with that 99th percentile. */
function worseMs(p99_ms: number): number {
  return Math.max(3 * p99_ms, p99_ms + 50);
}

/** Up to this it is as good. */
function wellMs(p99_ms: number): number {
  return Math.max(2 * p99_ms, p99_ms + 25);
}

/** How many operations may be that slow: one in a hundred, those that were before, and what chance adds to so few. */
function slowWithin(window: Window, baseline: Baseline, deviations: number): number {
  const all = countOf(window.histogram);
  return (
    all * (baseline.slow_ratio_limit + 0.01) +
    deviations * Math.sqrt(all * baseline.slow_ratio_limit)
  );
}

/** A longer window wavers less. */
function spreadIn(window: Window, baseline: Baseline): number {
  return baseline.spread * Math.sqrt(baseline.grain_ms / Math.max(window.dt_ms, 1));
}

/** How many operations may fail: those that failed before, `margin` more of all, and what chance adds to so few. */
function errorsWithin(
  window: Window,
  baseline: Baseline,
  margin: number,
  deviations: number,
): number {
  const all = window.ok + badOf(window);
  return (
    all * (baseline.error_ratio_limit + margin) +
    deviations * Math.sqrt(all * baseline.error_ratio_limit)
  );
}
