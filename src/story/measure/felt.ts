/**
 * One fault as the workload felt it: the times out of the journal, the verdict on them, and one sentence with the figures.
 * Pure. What other faults did at the same time cannot be told apart, so it is said.
 */

import { formatDuration } from '../duration.ts';
import { faultKind } from '../faults/index.ts';
import type { Fault } from '../run.ts';
import { label } from '../target.ts';
import { MIN_WINDOWS } from './baseline.ts';
import { simulatedRate, simulatedTimes } from './simulated.ts';
import { straighten } from './straighten.ts';
import { judge, type Verdict } from './verdict.ts';
import { endOf, type Window } from './windows.ts';

/** A baseline needs at most a minute before the fault. */
const LEAD_MS = 60_000;
/** From here on the rate is as good as back; what is left is that it stays. */
const SETTLING_RATIO = 0.95;
/** So long after the recovery, trouble is put down to the fault. */
const AFTERMATH_MS = 60_000;

export interface Felt {
  /** One sentence with the figures in it. */
  text: string;
  /** From the injection to the moment the workload was surely worse, or null: it is not (yet). */
  noticed_after_ms: number | null;
  /** The workload is as good as before the fault, and known to be so now. Always true for a simulated one, which proves nothing. */
  back: boolean;
  simulated: boolean;
  data: Verdict | { baseline: number; rate: number };
}

export interface Around {
  /** All faults of the run; the fault itself may be among them. */
  others?: readonly Fault[];
  /** Operations a second that the story or the user set. */
  baseline?: number | null;
}

/** From which moment on windows are needed to judge the fault. Epoch milliseconds. */
export function measuredSince(fault: Fault, nowMs: number, others: readonly Fault[] = []): number {
  // A clock that was set back makes the fault lie in the future; what was measured since is older by that clock.
  let since = Math.min(Date.parse(fault.injecting_at), nowMs);
  const overlapping = others.filter((other) => other.id !== fault.id).toSorted((a, b) => Date.parse(b.injecting_at) - Date.parse(a.injecting_at));
  for (const other of overlapping) {
    const from = Date.parse(other.injecting_at);
    if (from < since && endOfFault(other) > since - LEAD_MS) since = from;
  }
  return since - LEAD_MS;
}

/** Null where nothing was measured since the fault, or not long enough before it to compare. */
export function felt(fault: Fault, windows: readonly Window[], nowMs: number, around: Around = {}): Felt | null {
  const verdict = judgeFault(fault, windows, nowMs, around);
  if (verdict.state === 'not_measured') return null;
  const live = (around.others ?? []).filter((other) => other.id !== fault.id && overlaps(other, fault, nowMs)).map((other) => other.id);
  const text = sentence(verdict, { subject: subjectOf(fault), undo: undoOf(fault) });
  const shared = live.length > 0 ? `; ${live.join(' and ')} ${live.length > 1 ? 'were' : 'was'} live in that time, too` : '';
  return { text: text + shared, noticed_after_ms: verdict.noticed_after_ms, back: verdict.proven, simulated: false, data: verdict };
}

/** The figures alone, also where there is nothing to compare with. */
export function judgeFault(fault: Fault, windows: readonly Window[], nowMs: number, { others = [], baseline = null }: Around = {}): Verdict {
  const straight = straighten(windows);
  const placed = (iso: string, notBeforeMs?: number) => straight.place(Date.parse(iso), notBeforeMs);
  const intentMs = placed(fault.injecting_at);
  const injectedAtMs = placed(fault.injected_at ?? fault.injecting_at, intentMs);
  const rest = others.filter((other) => other.id !== fault.id);
  const isUndisturbed = (window: Window) =>
    endOf(window) <= intentMs && !rest.some((other) => window.at < placedEnd(other, straight.place) && endOf(window) > placed(other.injecting_at));
  const end = fault.phase === 'recovered' ? placed(fault.recovered_at ?? fault.injecting_at, injectedAtMs) : Number.POSITIVE_INFINITY;
  const next = rest.map((other) => placed(other.injecting_at)).filter((atMs) => atMs >= end);
  return judge(straight.windows, {
    injectedAtMs,
    recoveredAtMs: fault.recovering_at === null ? null : placed(fault.recovering_at, injectedAtMs),
    baseline,
    baselineWindows: straight.windows.filter(isUndisturbed),
    untilMs: Math.min(end + AFTERMATH_MS, ...next),
    // What became of a fault that is long over is known, whether or not anybody measures now.
    ...(fault.phase !== 'recovered' && { nowMs: straight.place(nowMs, injectedAtMs) }),
  });
}

/** What is said of a fault under the simulated workload, which feels nothing and proves nothing. */
export function feltSimulated(fault: Fault, faults: readonly Fault[], baseline: number, nowMs: number): Felt {
  const rate = simulatedRate(simulatedTimes(faults), baseline, nowMs);
  const share = percent(baseline > 0 ? rate / baseline : 0);
  const text = `simulated, not measured: ${subjectOf(fault)}, the curve stands at ${share} of its baseline of ${number(baseline)} ops/s`;
  return { text, noticed_after_ms: 0, back: true, simulated: true, data: { baseline, rate } };
}

/** `312 operations lost (1.4 %), p99 2.9 s for 1.6 s, back to 100 % of the baseline 2.1 s after the restart`, after its subject. */
function sentence(verdict: Verdict, { subject, undo }: { subject: string; undo: string }): string {
  const { state, baseline, slow, operations_lost, lost_ratio, gap_ms } = verdict;
  if (state === 'not_measured') {
    return baseline
      ? `${subject}: nothing measured since`
      : `${subject}: not measured long enough before the fault to compare (at least ${MIN_WINDOWS} undisturbed windows are needed)`;
  }
  const parts = [
    operations_lost > 0
      ? `${number(operations_lost)} operation${operations_lost === 1 ? '' : 's'} lost (${percent(lost_ratio)})`
      : 'no operation lost',
  ];
  if (isShort(verdict)) parts.push(`about ${number(verdict.shortfall)} fewer than the baseline`);
  if (slow) parts.push(`p99 ${spaced(slow.p99_ms)} for ${spaced(slow.for_ms)}`);
  parts.push(standing(verdict, undo));
  const unmeasured = gap_ms > 0 ? `; ${spaced(gap_ms)} of that time was not measured` : '';
  return `${subject}: ${parts.join(', ')}${unmeasured}`;
}

function standing(verdict: Verdict, undo: string): string {
  const { state, rate_ratio, recovered_after_injection_ms: afterFault, recovered_after_undo_ms: afterUndo, episodes, after, during } = verdict;
  const share = `${percent(rate_ratio ?? 0)} of the baseline`;
  if (state === 'worse') {
    const settling = (rate_ratio ?? 0) >= SETTLING_RATIO;
    return settling ? `at ${share} again, which has to hold` : `still worse than before (${verdict.worse_by.join(', ')}), at ${share} now`;
  }
  if (state === 'unaffected') {
    const p99 = (after ?? during)?.p99_ms;
    return `no worse than before (${share}${p99 == null ? '' : `, p99 ${spaced(p99)}`})`;
  }
  const again = episodes.length > 1 ? `, after ${episodes.length} times worse` : '';
  if (afterUndo !== null && afterUndo >= 0) return `back to ${share} ${spaced(afterUndo)} after the ${undo}${again}`;
  return `back to ${share} ${spaced(afterFault ?? 0)} after the fault${afterUndo === null ? '' : `, before the ${undo}`}${again}`;
}

/** Where the load waits for its answers, slowness shows as fewer operations, not as lost ones. */
function isShort({ shortfall, operations_lost, baseline, state, measured_ms }: Verdict): boolean {
  if (state === 'unaffected' || !baseline) return false;
  return shortfall > 2 * operations_lost && shortfall > Math.max(10, (0.02 * baseline.rate * measured_ms) / 1000);
}

const UNDONE: Partial<Record<Fault['undo'], string>> = { start: 'restart', unpause: 'unpause' };

function subjectOf(fault: Fault): string {
  const targets = fault.targets.map(label).join(', ');
  return `${targets} ${faultKind(fault.kind).words.done}`;
}

function undoOf(fault: Fault): string {
  return UNDONE[fault.undo] ?? 'undo';
}

function endOfFault(fault: Fault): number {
  return fault.recovered_at === null ? Number.POSITIVE_INFINITY : Date.parse(fault.recovered_at);
}

function placedEnd(fault: Fault, place: (epochMs: number) => number): number {
  return fault.recovered_at === null ? Number.POSITIVE_INFINITY : place(Date.parse(fault.recovered_at));
}

function overlaps(other: Fault, fault: Fault, nowMs: number): boolean {
  return Date.parse(other.injecting_at) < Math.min(endOfFault(fault), nowMs) && endOfFault(other) > Date.parse(fault.injecting_at);
}

function spaced(durationMs: number): string {
  return formatDuration(durationMs).replaceAll(/(\d)([a-z])/g, '$1 $2');
}

function percent(share: number): string {
  const value = share * 100;
  return `${value === 0 || value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}
