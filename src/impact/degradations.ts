/**
 * From when to when the workload was surely worse than its baseline. Pure. Two worse windows in a row begin a degradation;
 * three seconds without a worse window, each second as good as before, end it, at their start. So a stack that alternates
 * between two good and two bad seconds never counts as recovered.
 */
import { type Baseline, isWell, type Reason, worseBy } from './baseline.ts';
import { endOf, isGap, lengthOf, merge, type Window } from './windows.ts';

const WORSE_IN_A_ROW = 2;
const WELL_IN_A_ROW = 3;
const WELL_MS = 3000;
const SECOND_MS = 1000;

/** `to_ms` null: it is still worse. Epoch milliseconds. */
export interface Degradation {
  from_ms: number;
  noticed_ms: number;
  to_ms: number | null;
  /** When it had been well for long enough to say so. */
  proven_ms: number | null;
}

export function findDegradations(
  windows: readonly Window[],
  baseline: Baseline,
): { degradations: Degradation[]; reasons: Reason[] } {
  const degradations: Degradation[] = [];
  const reasons = new Set<Reason>();
  let current: Degradation | null = null;
  let row: Window[] = []; // Worse ones in a row while it is well, well ones while it is worse.
  let before: Window | null = null;
  for (const window of windows) {
    if (before && isGap(before, window)) row = []; // Nobody knows what was in between.
    before = window;
    const worse = worseBy(window, baseline);
    if (current === null) {
      row = worse.length > 0 ? [...row, window] : [];
      if (row.length < WORSE_IN_A_ROW) continue;
      current = {
        from_ms: (row[0] as Window).at,
        noticed_ms: endOf(window),
        to_ms: null,
        proven_ms: null,
      };
      degradations.push(current);
      for (const each of row) for (const reason of worseBy(each, baseline)) reasons.add(reason);
      row = [];
      continue;
    }
    for (const reason of worse) reasons.add(reason);
    row = worse.length > 0 ? [] : [...row, window];
    const first = firstProof(row, baseline);
    if (first === null) continue;
    current.to_ms = first.at;
    current.proven_ms = endOf(window);
    current = null;
    row = [];
  }
  return { degradations, reasons: [...reasons] };
}

/** The first of the windows that prove it well again, or null. Removes windows from the front that cannot be part of the proof. */
function firstProof(row: Window[], baseline: Baseline): Window | null {
  for (;;) {
    while (row[0] && !isWell(row[0], baseline)) row.shift();
    if (!isLongEnough(row)) return null;
    if (bySeconds(row).every((second) => isWell(second, baseline))) return row[0] as Window;
    row.shift();
  }
}

/** Neighbours merged into stretches of at least a second; a rest is left out. */
function bySeconds(windows: readonly Window[]): Window[] {
  const seconds: Window[] = [];
  let group: Window[] = [];
  for (const window of windows) {
    group.push(window);
    if (lengthOf(group) < SECOND_MS) continue;
    seconds.push(merge(group) as Window);
    group = [];
  }
  return seconds;
}

function isLongEnough(row: readonly Window[]): boolean {
  return row.length >= WELL_IN_A_ROW && lengthOf(row) >= WELL_MS;
}

/** After an undo, quiet alone is no proof: three seconds of it must have been seen, without a gap, up to the end. */
export function wellSince(windows: readonly Window[], undoneAtMs: number | null): boolean {
  if (undoneAtMs === null) return true;
  const since = windows.filter((window) => window.at >= undoneAtMs);
  const gap = since.findLastIndex(
    (window, index) => index > 0 && isGap(since[index - 1] as Window, window),
  );
  return isLongEnough(since.slice(Math.max(0, gap)));
}
