/** What the commands of the topic `workload` hand back, and the workload of the last seconds as one line. Pure. */

import type { ImpactFigures } from '../impact/figures.ts';
import { SIMULATED_BASELINE, simulatedRate, simulatedTimes } from '../impact/simulated.ts';
import { badOf, merge, rateOf, type Window } from '../impact/windows.ts';
import type { Found } from '../run/found.ts';
import type { Run } from '../run/run.ts';
import { formatDuration } from '../terms/duration.ts';
import type { Refusal } from '../terms/outcomes.ts';
import { impactJson } from './impact.ts';
import type { Result } from './results.ts';
import { sayFound } from './say/found.ts';
import { sparkline } from './sparkline.ts';

/** How much of the past the sparkline shows. */
export const SHOWN_MS = 30_000;
/** The figures are of so much of it, so that they can be read. */
const FIGURES_MS = 1000;
/** With the figures before it, a line fits 80 columns. */
const SPARKS = 30;

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
  const recent = recentWindow(windows, nowMs);
  if (!recent)
    return {
      json: { at, kind, simulated: false, ops_per_s: null },
      line: `${clock(at)}  nothing measured`,
    };
  const rate = Math.round(rateOf(recent));
  const { p50_ms, p99_ms, errors, timeouts, dropped } = recent;
  const p99 = p99_ms === null ? '' : ` p99 ${formatDuration(p99_ms)}`;
  const figures = `${String(rate).padStart(6)} ops/s ${String(badOf(recent)).padStart(4)} failed${p99.padEnd(11)}`;
  const line = `${clock(at)} ${figures} ${bars(run, windows)}`;
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

/** What the figures are of; null: nothing was measured. */
export function recentWindow(windows: readonly Window[], nowMs: number): Window | null {
  return merge(windows.filter((window) => window.at >= nowMs - FIGURES_MS - window.dt_ms));
}

export function startedResult({ run, found }: { run: Run; found: Found }): Result {
  return { json: { run: run.id, workload: run.workload }, lines: [sayFound(found)] };
}

/** `found`: null where none ran. */
export function stoppedResult({ run, found }: { run: Run | null; found: Found | null }): Result {
  const json = {
    run: run?.id ?? null,
    workload: run?.workload ?? null,
    verified: run?.verified ?? null,
  };
  return { json, lines: [found === null ? 'No workload is running.' : sayFound(found)] };
}

/** One look, for scripts alone. */
export function watchedResult(seen: {
  run: Run;
  windows: readonly Window[];
  nowMs: number;
  impact: readonly ImpactFigures[];
}): Result {
  const { run, windows, nowMs, impact } = seen;
  const workload = workloadNow(run, windows, nowMs).json;
  return { json: { run: run.id, workload, impact: impact.map(impactJson) }, lines: [] };
}

/** What a workload in the foreground measured, and why it ended. `refusal`: of the signal that ended it, which scripts see as an error beside the figures. */
export function foregroundResult(end: {
  run: string | null;
  why: string;
  refusal: Refusal | null;
  kind: string | null;
  whole: Window | null;
}): Result {
  const { run, why, refusal, kind, whole } = end;
  const error = refusal && {
    code: refusal.code,
    message: refusal.message,
    next: refusal.next,
    exit: refusal.exit,
  };
  const json = { run, ended: why, measured: whole && measuredJson(whole), ...(error && { error }) };
  const exit = refusal ? { exit: refusal.exit } : {};
  const what = kind === null ? 'No workload' : `${kind} workload`;
  if (!whole) return { json, lines: [`${what}: nothing was measured; ${why}.`], ...exit };
  const p99 = whole.p99_ms === null ? '' : `, p99 ${formatDuration(whole.p99_ms)}`;
  const figures = `${whole.ok} operations in ${formatDuration(whole.dt_ms)} (${Math.round(rateOf(whole))}/s), ${badOf(whole)} failed${p99}`;
  return { json, lines: [`${what}: ${figures}; ${why}.`], ...exit };
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
