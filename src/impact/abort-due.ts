/**
 * Whether a condition of `abort_if` holds now. Pure.
 *
 * A condition holds for 3 s when it holds in each of the three seconds. A second that has no value (no latency, since no
 * operation ended) is skipped. A gap ends the time: unmeasured time aborts nothing, and neither does a window that is older
 * than 2 s. The last two seconds are evaluated anew each time, so that two processes come to the same answer.
 */

import { formatDuration } from '../terms/duration.ts';
import type { AbortCondition } from './abort-condition.ts';
import type { Baseline } from './baseline.ts';
import type { Threshold } from './steady-state.ts';
import { isMet, measureOf, withUnit } from './thresholds.ts';
import { badOf, endOf, isGap, merge, type Window } from './windows.ts';

const SECOND_MS = 1000;
/** A condition counts if it held at most so long ago. */
const FRESH_MS = 2000;
/** One window alone may be chance, however long it is. */
const LEAST_WINDOWS = 2;

export interface Held {
  condition: AbortCondition;
  /** `errors 43% over the last 3s` */
  measured: string;
  /** In the threshold's unit. */
  value: number | null;
}

/** How much of the past is needed. Skipped seconds make it longer than the conditions themselves. */
export function abortHorizonMs(conditions: readonly AbortCondition[]): number {
  return 2 * Math.max(0, ...conditions.map(({ for_ms }) => for_ms)) + 10_000;
}

/**
 * The first of the conditions that holds, or null. `windows`: in their order, on one line of time; those that begin before
 * `sinceMs` are not about the fault. `nowMs`: on the same line.
 */
export function heldNow(
  windows: readonly Window[],
  conditions: readonly AbortCondition[],
  { baseline, sinceMs, nowMs }: { baseline: Baseline | null; sinceMs: number; nowMs: number },
): Held | null {
  const since = windows.filter((window) => window.at >= sinceMs);
  for (const condition of conditions) {
    for (let last = since.length - 1; last >= 0 && isFresh(since[last] as Window, nowMs); last--) {
      const held = heldUntil(since, last, condition, baseline);
      if (held) return held;
    }
  }
  return null;
}

function isFresh(window: Window, nowMs: number): boolean {
  return nowMs - endOf(window) <= Math.max(FRESH_MS, 2 * window.dt_ms);
}

/** Second by second backwards from the window at `last`, until it has held for long enough or did not. */
function heldUntil(
  windows: readonly Window[],
  last: number,
  { threshold, ...condition }: AbortCondition,
  baseline: Baseline | null,
): Held | null {
  const stretchMs = Math.max(Math.min(SECOND_MS, condition.for_ms), baseline?.grain_ms ?? 0);
  const held: Window[] = [];
  let heldMs = 0;
  let stretch: Window[] = [];
  let lengthMs = 0;
  for (let index = last; index >= 0; index--) {
    const window = windows[index] as Window;
    const after = windows[index + 1];
    if (index < last && isGap(window, after as Window)) return null;
    stretch.unshift(window);
    lengthMs += window.dt_ms;
    if (lengthMs < stretchMs) continue;
    const figure = figureOf(merge(stretch) as Window, threshold, baseline);
    if (figure !== null && !isMet(figure, threshold)) return null;
    if (figure !== null) {
      held.unshift(...stretch);
      heldMs += lengthMs;
    }
    if (heldMs >= condition.for_ms && held.length >= LEAST_WINDOWS) {
      const value = figureOf(merge(held) as Window, threshold, baseline);
      const found =
        value === null ? threshold.measure : `${threshold.measure} ${withUnit(value, threshold)}`;
      return {
        condition: { threshold, ...condition },
        measured: `${found} over the last ${formatDuration(heldMs)}`,
        value,
      };
    }
    [stretch, lengthMs] = [[], 0];
  }
  return null;
}

/** Where no operation ended, there is no share of errors. */
function figureOf(whole: Window, threshold: Threshold, baseline: Baseline | null): number | null {
  if (threshold.measure === 'errors' && whole.ok + badOf(whole) === 0) return null;
  return measureOf(whole, threshold, baseline?.rate ?? null);
}
