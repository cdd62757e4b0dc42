/** The figures of a stretch of windows against a baseline: how deep it fell, what was lost, how slow it was. Pure. */
import { type Baseline, worseBy } from './baseline.ts';
import { badOf, lengthOf, merge, rateOf, type Window } from './windows.ts';

export function depthOf(
  windows: readonly Window[],
  fromMs: number,
  toMs: number,
  rate: number,
): number | null {
  // The window in which the fault fell is half a good one.
  const inside = windows.filter(
    (window) => window.at < toMs && (window.at >= fromMs || windows.length === 1),
  );
  // One after the other, since a day has more windows than a call may have arguments.
  const lowest = inside.reduce(
    (least, window) => Math.min(least, rateOf(window)),
    Number.POSITIVE_INFINITY,
  );
  return inside.length > 0 ? ratio(lowest, rate) : null;
}

/** `whole`: the windows as one. `trailing`: the first good windows, in which a single late failure may stand. */
export function losses(
  windows: readonly Window[],
  whole: Window | null,
  trailing: readonly Window[],
  baseline: Baseline,
) {
  if (!whole) return { operations_lost: 0, lost_ratio: 0, errors: {}, timeouts: 0, dropped: 0 };
  const lostIn = (window: Window) => badOf(window) - baseline.error_ratio * endedIn(window);
  const lostOf = (some: readonly Window[]) => some.reduce((sum, window) => sum + lostIn(window), 0);
  const operations_lost = Math.max(0, Math.round(lostOf(windows) + lostOf(trailing)));
  const { errors, timeouts, dropped } = merge([whole, ...trailing]) as Window;
  return {
    operations_lost,
    lost_ratio: Math.min(1, operations_lost / Math.max(1, endedIn(whole))),
    errors,
    timeouts,
    dropped,
  };
}

export function slowness(
  windows: readonly Window[],
  baseline: Baseline,
): { p99_ms: number; for_ms: number } | null {
  const { p99_ms } = baseline;
  if (p99_ms === null) return null;
  const slow = windows.filter((window) => worseBy(window, baseline).includes('latency'));
  const worst = merge(slow)?.p99_ms;
  if (worst == null) return null;
  // A window in which nothing came back is part of the wait that the next one then shows.
  const silent = windows.filter(
    (window) => window.ok === 0 && window.timeouts === 0 && window.in_flight > 0,
  );
  return { p99_ms: worst, for_ms: lengthOf(slow) + lengthOf(silent) };
}

export function resilienceOf(windows: readonly Window[], rate: number): number | null {
  const length = lengthOf(windows);
  if (length === 0 || rate <= 0) return null;
  return (
    windows.reduce((sum, window) => sum + Math.min(1, rateOf(window) / rate) * window.dt_ms, 0) /
    length
  );
}

export function endedIn(window: Window): number {
  return window.ok + badOf(window);
}

export function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
