/**
 * The curve of the demo this grew from, as a pure function of the faults' times. Nothing is measured here: whoever
 * shows it says that it is simulated.
 */
import type { FaultTimes } from './fault-times.ts';

export const SIMULATED_BASELINE = 10_000;

/** Shares of the baseline, a step a second. The last one of a fall stays; after the last one of a climb it is over. */
const FALL = [0.8, 0.65, 0.5, 0.35, 0.2];
const CLIMB = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const STEP_MS = 1000;

export interface SimulatedTimes {
  injectedAtMs: number;
  /** When the undo began; null: not yet. */
  recoveredAtMs: number | null;
}

/** Faults that never happened leave no trace in it. */
export function simulatedTimes(faults: readonly FaultTimes[]): SimulatedTimes[] {
  return faults
    .filter((fault) => fault.injected_at !== null)
    .map((fault) => ({
      injectedAtMs: Date.parse(fault.injected_at as string),
      recoveredAtMs: fault.recovering_at === null ? null : Date.parse(fault.recovering_at),
    }));
}

/** Operations a second at that moment; under several faults, what the worst of them leaves. */
export function simulatedRate(
  faults: readonly SimulatedTimes[],
  baseline: number,
  atMs: number,
): number {
  return Math.round(baseline * Math.min(1, ...faults.map((fault) => shareAt(fault, atMs))));
}

function shareAt({ injectedAtMs, recoveredAtMs }: SimulatedTimes, atMs: number): number {
  if (atMs < injectedAtMs) return 1;
  if (recoveredAtMs === null || atMs < recoveredAtMs) return step(FALL, atMs - injectedAtMs);
  // It climbs from where it had fallen to, when the recovery came early.
  const fallen = step(FALL, Math.max(0, recoveredAtMs - 1 - injectedAtMs));
  return Math.max(fallen, step(CLIMB, atMs - recoveredAtMs));
}

function step(steps: readonly number[], passedMs: number): number {
  return steps[Math.min(steps.length - 1, Math.floor(passedMs / STEP_MS))] as number;
}
