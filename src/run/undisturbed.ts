/** Since when and until when a workload has been loading the stack before any fault of its time. Pure. */
import type { Run } from './run.ts';

/** A baseline rests on the last minute, or on more where a program seldom reports; a load that has run for a day is not read whole. */
const LEAD_MS = 600_000;

/** Epoch milliseconds; `disturbedMs` is null while no fault has touched the load. Null where none runs. */
export function undisturbed(
  run: Run,
  nowMs: number,
): { fromMs: number; disturbedMs: number | null } | null {
  if (!run.workload) return null;
  const startedMs = Date.parse(run.workload.started_at);
  const disturbedMs =
    run.faults.map((fault) => Date.parse(fault.injecting_at)).find((atMs) => atMs > startedMs) ??
    null;
  return { fromMs: Math.max(startedMs, (disturbedMs ?? nowMs) - LEAD_MS), disturbedMs };
}
