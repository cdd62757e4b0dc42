/** The workload of the last seconds as one line: rate, failures, p99, and a sparkline in which the newest fault is marked. Pure. */

import { SIMULATED_BASELINE, simulatedRate, simulatedTimes } from '../impact/simulated.ts';
import { badOf, merge, rateOf, type Window } from '../impact/windows.ts';
import type { Run } from '../run/run.ts';
import { formatDuration } from '../terms/duration.ts';
import type { Refusal } from '../terms/outcomes.ts';
import type { Result } from './results.ts';
import { sparkline } from './sparkline.ts';

/** How much of the past the sparkline shows. */
export const SHOWN_MS = 30_000;
/** The figures are of so much of it, so that they can be read. */
const FIGURES_MS = 1000;
const SPARKS = 40;

export interface WorkloadNow {
  json: Record<string, unknown>;
  line: string;
}

/** `windows`: of the last `SHOWN_MS`, whatever of it was measured. */
export function workloadNow(run: Run, windows: readonly Window[], nowMs: number): WorkloadNow {
  const kind = run.workload?.kind ?? null;
  const at = new Date(nowMs).toISOString();
  if (run.workload?.simulated) {
    const baseline = run.workload.baseline ?? SIMULATED_BASELINE;
    const rate = simulatedRate(simulatedTimes(run.faults), baseline, nowMs);
    return {
      json: { at, kind, simulated: true, ops_per_s: rate, baseline },
      line: `${clock(at)}  simulated, not measured: ${rate} of ${baseline} ops/s`,
    };
  }
  const recent = merge(windows.filter((window) => window.at >= nowMs - FIGURES_MS - window.dt_ms));
  if (!recent)
    return {
      json: { at, kind, simulated: false, ops_per_s: null },
      line: `${clock(at)}  nothing measured`,
    };
  const rate = Math.round(rateOf(recent));
  const { p50_ms, p99_ms, errors, timeouts, dropped } = recent;
  const p99 = p99_ms === null ? '' : `  p99 ${formatDuration(p99_ms)}`;
  const line = `${clock(at)}  ${String(rate).padStart(7)} ops/s  ${String(badOf(recent)).padStart(5)} failed${p99.padEnd(14)}  ${bars(run, windows)}`;
  return {
    json: {
      at,
      kind,
      simulated: false,
      ops_per_s: rate,
      p50_ms,
      p99_ms,
      errors,
      timeouts,
      dropped,
    },
    line: line.trimEnd(),
  };
}

/** What a workload in the foreground measured, and why it ended. `refusal`: of the signal that ended it, which scripts see as an error beside the figures. */
export function foregroundResult(
  end: { run: string | null; why: string; refusal: Refusal | null },
  kind: string,
  whole: Window | null,
): Result {
  const { run, why, refusal } = end;
  const error = refusal && {
    code: refusal.code,
    message: refusal.message,
    next: refusal.next,
    exit: refusal.exit,
  };
  const json = { run, ended: why, measured: whole && measuredJson(whole), ...(error && { error }) };
  if (!whole) return { json, lines: [`${kind} workload: nothing was measured; ${why}.`] };
  const p99 = whole.p99_ms === null ? '' : `, p99 ${formatDuration(whole.p99_ms)}`;
  const figures = `${whole.ok} operations in ${formatDuration(whole.dt_ms)} (${Math.round(rateOf(whole))}/s), ${badOf(whole)} failed${p99}`;
  return { json, lines: [`${kind} workload: ${figures}; ${why}.`] };
}

function measuredJson(whole: Window): Record<string, unknown> {
  const { dt_ms: measured_ms, ok, errors, timeouts, dropped, p50_ms, p99_ms, p999_ms } = whole;
  return {
    measured_ms,
    ok,
    failed: badOf(whole),
    ops_per_s: Math.round(rateOf(whole)),
    errors,
    timeouts,
    dropped,
    p50_ms,
    p99_ms,
    p999_ms,
  };
}

function bars(run: Run, windows: readonly Window[]): string {
  const fault = run.faults.at(-1);
  const injectedAtMs = fault?.injected_at
    ? Date.parse(fault.injected_at)
    : Number.POSITIVE_INFINITY;
  const recoveredAtMs = fault?.recovering_at ? Date.parse(fault.recovering_at) : null;
  return sparkline(windows, SPARKS, { injectedAtMs, recoveredAtMs }).bars;
}

function clock(iso: string): string {
  return iso.slice(11, 19);
}
