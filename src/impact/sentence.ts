/**
 * The figures of a verdict as one sentence: what was lost or late, how slow it was, and when it was back. Pure. Each part is
 * said only where the figures bear it, and no part contradicts another; a property test holds it against any windows.
 */

import { label } from '../fault/instance.ts';
import { formatDuration } from '../terms/duration.ts';
import { MIN_WINDOWS, sickBaseline } from './baseline.ts';
import type { ObservedFault } from './fault-times.ts';
import type { Objective } from './steady-state.ts';
import type { Verdict } from './verdict.ts';

/** A rate below this share of the baseline is not called as good as before. */
const LEAST_RATIO = 0.9;
/** From here on the rate is as good as back; what is left is that it stays. */
const SETTLING_RATIO = 0.95;
/** A rate above this share is catching up, or the baseline was too low. */
const MOST_RATIO = 1.1;
/** Times are rounded to one of these; the resolution of the windows is at most so coarse. */
const STEPS_MS = [500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
/** A shorter silence is no part of the sentence. */
const SILENT_MS = 1000;

/**
 * `etcd-2 killed: 312 operations lost (1.4 %), p99 2.9s for 1.5s, back to 100 % of the baseline 2s after the restart`.
 * `also`: other faults that were live in that time. `budget`: of the objective's error budget, what was used.
 */
export function sentence(
  fault: ObservedFault,
  verdict: Verdict,
  also: readonly string[],
  budget: { used: number; objective: Objective } | null,
): string {
  const { state, baseline, slow, gap_ms } = verdict;
  const subject = subjectOf(fault);
  if (state === 'not_measured') {
    return baseline
      ? `${subject}: nothing measured since`
      : `${subject}: not measured long enough before the fault to compare (at least ${MIN_WINDOWS} undisturbed windows are needed)`;
  }
  const parts = [...missing(verdict, budget)];
  if (slow) parts.push(`p99 ${formatDuration(slow.p99_ms)} for ${about(slow.for_ms, verdict)}`);
  parts.push(...outcome(verdict, fault.words.undo));
  const sick = baseline && sickBaseline(baseline);
  const shared =
    also.length > 0
      ? `${also.join(' and ')} ${also.length > 1 ? 'were' : 'was'} live in that time, too`
      : null;
  const unmeasured = gap_ms > 0 ? `${formatDuration(gap_ms)} of that time was not measured` : null;
  return [`${subject}: ${parts.join(', ')}`, unmeasured, shared, sick]
    .filter((each) => each !== null)
    .join('; ');
}

/** For the simulated workload: `rate` is where the curve stands. */
export function simulatedSentence(fault: ObservedFault, rate: number, baseline: number): string {
  const share = percent(baseline > 0 ? rate / baseline : 0);
  return `simulated, not measured: ${subjectOf(fault)}, the curve stands at ${share} of its baseline of ${number(baseline)} ops/s`;
}

/** What failed; of a load that waits for its answers, what came late or did not come. */
function* missing(
  verdict: Verdict,
  budget: { used: number; objective: Objective } | null,
): Generator<string> {
  const { operations_lost, lost_ratio, late, shortfall, silent_ms } = verdict;
  const isShort = isMuch(shortfall, verdict);
  const isLate = !verdict.slow && !isShort && isMuch(late, verdict);
  if (operations_lost > 0) {
    const used = budget
      ? `, ${percent(budget.used)} of the ${periodOf(budget.objective)} error budget`
      : '';
    yield `${number(operations_lost)} operation${operations_lost === 1 ? '' : 's'} lost (${percent(lost_ratio)}${used})`;
  } else if (!isShort && !isLate) yield 'no operation lost';
  else if (silent_ms < SILENT_MS) yield 'no operation failed';
  if ((isShort || isLate) && silent_ms >= SILENT_MS)
    yield `no answers for ${about(silent_ms, verdict)}`;
  if (isLate) yield `about ${number(late)} operations late`;
  if (isShort) yield `about ${number(shortfall)} fewer than the baseline`;
}

/** Where the load waits for its answers, slowness shows as fewer operations, not as lost ones. */
function isMuch(operations: number, verdict: Verdict): boolean {
  const { state, baseline, time, operations_lost } = verdict;
  if (state === 'unaffected' || !baseline || !time) return false;
  const promised = (baseline.rate * (time.to_ms - time.from_ms)) / 1000;
  return operations > 2 * operations_lost && operations > Math.max(10, 0.02 * promised);
}

function* outcome(verdict: Verdict, undo: string): Generator<string> {
  const { state, operations_lost, after, during } = verdict;
  const ratio = verdict.rate_ratio ?? 0;
  const share = `${percent(ratio)} of the baseline`;
  if (state === 'worse') yield whileWorse(verdict, ratio, share);
  else if (state === 'back') yield* whenBack(verdict, undo, ratio, share);
  else if (ratio < LEAST_RATIO) yield `too early to say whether it is worse: at ${share} now`;
  else {
    const p99 = (after ?? during)?.p99_ms;
    yield `${operations_lost > 0 ? 'otherwise ' : ''}no worse than before (${share}${p99 == null ? '' : `, p99 ${formatDuration(p99)}`})`;
  }
}

function whileWorse({ worse_now }: Verdict, ratio: number, share: string): string {
  if (worse_now.length > 0)
    return `still worse than before (${worse_now.join(', ')}), at ${share} now`;
  if (ratio > MOST_RATIO) return `at ${share} now, catching up`;
  if (ratio >= SETTLING_RATIO) return `at ${share} again, checking that it stays there`;
  return `at ${share} now, not yet as good as before`;
}

function* whenBack(
  verdict: Verdict,
  undo: string,
  ratio: number,
  share: string,
): Generator<string> {
  const {
    recovered_after_injection_ms: afterFault,
    recovered_after_undo_ms: afterUndo,
    caught_up_after_undo_ms: caughtUp,
    degradations,
  } = verdict;
  const again = degradations.length > 1 ? `, after ${degradations.length} times worse` : '';
  const when =
    afterUndo !== null && afterUndo >= 0
      ? after(afterUndo, `the ${undo}`, verdict)
      : `${after(afterFault ?? 0, 'the fault', verdict)}${afterUndo === null ? '' : `, before the ${undo}`}`;
  if (ratio < LEAST_RATIO) yield `was as good as before ${when}${again}, at ${share} now`;
  else if (ratio <= MOST_RATIO) yield `back to ${share} ${when}${again}`;
  else yield `back ${when}${again}, at ${share} since`;
  const isLate = isMuch(verdict.late, verdict) && !isMuch(verdict.shortfall, verdict);
  if (!isLate || verdict.slow) return;
  if (caughtUp !== null && caughtUp > (afterUndo ?? 0))
    yield `caught up ${after(caughtUp, `the ${undo}`, verdict)}`;
}

/** `2s after the restart`, to the resolution of what was measured. */
function after(durationMs: number, what: string, verdict: Verdict): string {
  const step = stepOf(verdict);
  return durationMs < step
    ? `within ${formatDuration(step)} of ${what}`
    : `${about(durationMs, verdict)} after ${what}`;
}

function about(durationMs: number, verdict: Verdict): string {
  const step = stepOf(verdict);
  return formatDuration(Math.max(1, Math.round(durationMs / step)) * step);
}

function stepOf({ resolution_ms }: Verdict): number {
  // Windows are a little longer than meant on a busy machine.
  return STEPS_MS.find((step) => step >= 0.8 * resolution_ms) ?? 60_000;
}

function subjectOf(fault: ObservedFault): string {
  const targets = fault.targets.map(label).join(', ');
  return `${targets} ${fault.words.done}`;
}

/** `30d`, out of `99.9% over 30d`. */
function periodOf({ text }: Objective): string {
  return text.slice(text.lastIndexOf(' ') + 1);
}

function percent(share: number): string {
  const value = share * 100;
  return `${value === 0 || value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}
