/**
 * A fault laid on the line of what was measured: which windows are about it, which ones say what was before it, and where
 * its own times lie among them. Pure. What other faults did at the same time cannot be told apart.
 */
import type { FaultTimes } from './fault-times.ts';
import { straighten } from './straighten.ts';
import { endOf, type Window } from './windows.ts';

/** A baseline needs at most a minute before the fault. */
const LEAD_MS = 60_000;
/** So long after the recovery, trouble is put down to the fault. */
const AFTERMATH_MS = 60_000;

export interface Frame {
  /** On one line of time, in their order. */
  windows: readonly Window[];
  /** Those that no fault has touched, before this one. */
  undisturbed: readonly Window[];
  intentMs: number;
  injectedAtMs: number;
  /** When the undo began; null: not yet. */
  recoveredAtMs: number | null;
  /** Windows that end after it are about something else, too. */
  untilMs: number;
  /** Null for a fault that is over: what became of it is known, whether or not anybody measures now. */
  nowMs: number | null;
}

/** From which moment on windows are needed to judge the fault. Epoch milliseconds. */
export function measuredSince(
  fault: FaultTimes,
  nowMs: number,
  others: readonly FaultTimes[] = [],
): number {
  // A clock that was set back makes the fault lie in the future; what was measured since is older by that clock.
  let since = Math.min(Date.parse(fault.injecting_at), nowMs);
  const overlapping = others
    .filter((other) => other.id !== fault.id)
    .toSorted((a, b) => Date.parse(b.injecting_at) - Date.parse(a.injecting_at));
  for (const other of overlapping) {
    const from = Date.parse(other.injecting_at);
    if (from < since && endOfFault(other) > since - LEAD_MS) since = from;
  }
  return since - LEAD_MS;
}

/** `others`: all faults of the run; the fault itself may be among them. `nowMs`: epoch. */
export function frameOf(
  fault: FaultTimes,
  windows: readonly Window[],
  nowMs: number,
  others: readonly FaultTimes[],
): Frame {
  const straight = straighten(windows);
  const placed = (iso: string, notBeforeMs?: number) =>
    straight.place(Date.parse(iso), notBeforeMs);
  const intentMs = placed(fault.injecting_at);
  const injectedAtMs = placed(fault.injected_at ?? fault.injecting_at, intentMs);
  const rest = others.filter((other) => other.id !== fault.id);
  const placedEnd = (other: FaultTimes) =>
    other.recovered_at === null ? Number.POSITIVE_INFINITY : placed(other.recovered_at);
  const isUndisturbed = (window: Window) =>
    endOf(window) <= intentMs &&
    !rest.some(
      (other) => window.at < placedEnd(other) && endOf(window) > placed(other.injecting_at),
    );
  const end =
    fault.recovered_at !== null
      ? placed(fault.recovered_at ?? fault.injecting_at, injectedAtMs)
      : Number.POSITIVE_INFINITY;
  const next = rest.map((other) => placed(other.injecting_at)).filter((atMs) => atMs >= end);
  return {
    windows: straight.windows,
    undisturbed: straight.windows.filter(isUndisturbed),
    intentMs,
    injectedAtMs,
    recoveredAtMs: fault.recovering_at === null ? null : placed(fault.recovering_at, injectedAtMs),
    untilMs: Math.min(end + AFTERMATH_MS, ...next),
    nowMs: fault.recovered_at !== null ? null : straight.place(nowMs, injectedAtMs),
  };
}

/** Other faults that were live at the same time. */
export function overlapping(
  fault: FaultTimes,
  nowMs: number,
  others: readonly FaultTimes[],
): string[] {
  const overlaps = (other: FaultTimes) =>
    Date.parse(other.injecting_at) < Math.min(endOfFault(fault), nowMs) &&
    endOfFault(other) > Date.parse(fault.injecting_at);
  return others
    .filter((other) => other.id !== fault.id && overlaps(other))
    .map((other) => other.id);
}

function endOfFault(fault: FaultTimes): number {
  return fault.recovered_at === null ? Number.POSITIVE_INFINITY : Date.parse(fault.recovered_at);
}
