/**
 * The thresholds of the steady state held against the time of a fault, from the injection until it was well again: a stack
 * may leave its steady state then, and how far it did is the finding. Pure; it decides over no exit code.
 */
import type { Threshold } from './steady-state.ts';
import { isMet, measureOf, withUnit } from './thresholds.ts';
import { isGap, lengthOf, merge, type Window } from './windows.ts';

/** What is worst is taken second by second: a window alone is too short for a percentile. */
const SECOND_MS = 1000;

export interface During {
  /** As the story has it: `throughput >= 50% of baseline`. */
  threshold: string;
  met: boolean;
  /** Of all the seconds, in the unit; null: it cannot be told in any of them, and is not met. */
  worst: number | null;
  unit: Threshold['unit'];
  /** `throughput fell to 12% of baseline (wanted: >= 50% of baseline)` */
  text: string;
}

/** `windows`: of the time of the fault. `baseline`: operations a second, null where there is none. `grainMs`: of slow loads, longer than a second. */
export function heldDuring(
  windows: readonly Window[],
  thresholds: readonly Threshold[],
  baseline: number | null,
  grainMs = 0,
): During[] {
  const seconds = stretchesOf(windows, Math.max(SECOND_MS, grainMs));
  return thresholds.map((threshold) => {
    const figures = seconds
      .map((each) => measureOf(each, threshold, baseline))
      .filter((each) => each !== null);
    const worst =
      figures.length === 0
        ? null
        : threshold.measure === 'throughput'
          ? Math.min(...figures)
          : Math.max(...figures);
    const met = worst !== null && isMet(worst, threshold);
    const { measure, text, unit } = threshold;
    const found =
      worst === null
        ? 'could not be told'
        : `${WORDS[measure][met ? 'met' : 'unmet']} ${withUnit(worst, threshold)}`;
    return {
      threshold: `${measure} ${text}`,
      met,
      worst,
      unit,
      text: `${measure} ${found} (wanted: ${text})`,
    };
  });
}

const WORDS = {
  throughput: { met: 'was at least', unmet: 'fell to' },
  errors: { met: 'were at most', unmet: 'rose to' },
  p99: { met: 'was at most', unmet: 'rose to' },
} as const;

/** Neighbours merged into stretches of at least `leastMs`, never across a gap; a rest that is too short goes with the stretch before it. */
function stretchesOf(windows: readonly Window[], leastMs: number): Window[] {
  const groups: Window[][] = [];
  for (const window of windows) {
    const group = groups.at(-1);
    if (!group || isGap(group.at(-1) as Window, window) || lengthOf(group) >= leastMs)
      groups.push([window]);
    else group.push(window);
  }
  const whole: Window[][] = [];
  for (const group of groups) {
    const before = whole.at(-1);
    const isRest =
      before && lengthOf(group) < leastMs && !isGap(before.at(-1) as Window, group[0] as Window);
    if (isRest) before.push(...group);
    else whole.push(group);
  }
  return whole.map((group) => merge(group) as Window);
}
