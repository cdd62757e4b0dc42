/** The figures of a verdict as one sentence: what was lost, how slow it was, and when it was back. Pure. */

import { label } from '../fault/instance.ts';
import { formatDuration } from '../terms/duration.ts';
import { MIN_WINDOWS } from './baseline.ts';
import type { Episode } from './episode.ts';
import type { Objective } from './steady-state.ts';
import type { Verdict } from './verdict.ts';

/** From here on the rate is as good as back; what is left is that it stays. */
const SETTLING_RATIO = 0.95;

/**
 * `etcd-2 killed: 312 operations lost (1.4 %), p99 2.9 s for 1.6 s, back to 100 % of the baseline 2.1 s after the restart`.
 * `also`: other faults that were live in that time. `budget`: of the objective's error budget, what was used.
 */
export function sentence(
  fault: Episode,
  verdict: Verdict,
  also: readonly string[],
  budget: { used: number; objective: Objective } | null,
): string {
  const { state, baseline, slow, operations_lost, lost_ratio, gap_ms } = verdict;
  const subject = subjectOf(fault);
  if (state === 'not_measured') {
    return baseline
      ? `${subject}: nothing measured since`
      : `${subject}: not measured long enough before the fault to compare (at least ${MIN_WINDOWS} undisturbed windows are needed)`;
  }
  const share = `${percent(lost_ratio)}${budget ? `, ${percent(budget.used)} of the ${periodOf(budget.objective)} error budget` : ''}`;
  const parts = [
    operations_lost > 0
      ? `${number(operations_lost)} operation${operations_lost === 1 ? '' : 's'} lost (${share})`
      : 'no operation lost',
  ];
  if (isShort(verdict)) parts.push(`about ${number(verdict.shortfall)} fewer than the baseline`);
  if (slow) parts.push(`p99 ${formatDuration(slow.p99_ms)} for ${formatDuration(slow.for_ms)}`);
  parts.push(standing(verdict, fault.words.undo));
  const unmeasured = gap_ms > 0 ? `; ${formatDuration(gap_ms)} of that time was not measured` : '';
  const shared =
    also.length > 0
      ? `; ${also.join(' and ')} ${also.length > 1 ? 'were' : 'was'} live in that time, too`
      : '';
  return `${subject}: ${parts.join(', ')}${unmeasured}${shared}`;
}

/** For the simulated workload: `rate` is where the curve stands. */
export function simulatedSentence(fault: Episode, rate: number, baseline: number): string {
  const share = percent(baseline > 0 ? rate / baseline : 0);
  return `simulated, not measured: ${subjectOf(fault)}, the curve stands at ${share} of its baseline of ${number(baseline)} ops/s`;
}

function standing(verdict: Verdict, undo: string): string {
  const {
    state,
    rate_ratio,
    recovered_after_injection_ms: afterFault,
    recovered_after_undo_ms: afterUndo,
    episodes,
    after,
    during,
  } = verdict;
  const share = `${percent(rate_ratio ?? 0)} of the baseline`;
  if (state === 'worse') {
    const settling = (rate_ratio ?? 0) >= SETTLING_RATIO;
    return settling
      ? `at ${share} again, checking that it stays there`
      : `still worse than before (${verdict.worse_by.join(', ')}), at ${share} now`;
  }
  if (state === 'unaffected') {
    const p99 = (after ?? during)?.p99_ms;
    return `no worse than before (${share}${p99 == null ? '' : `, p99 ${formatDuration(p99)}`})`;
  }
  const again = episodes.length > 1 ? `, after ${episodes.length} times worse` : '';
  if (afterUndo !== null && afterUndo >= 0)
    return `back to ${share} ${formatDuration(afterUndo)} after the ${undo}${again}`;
  return `back to ${share} ${formatDuration(afterFault ?? 0)} after the fault${afterUndo === null ? '' : `, before the ${undo}`}${again}`;
}

/** Where the load waits for its answers, slowness shows as fewer operations, not as lost ones. */
function isShort({ shortfall, operations_lost, baseline, state, measured_ms }: Verdict): boolean {
  if (state === 'unaffected' || !baseline) return false;
  return (
    shortfall > 2 * operations_lost &&
    shortfall > Math.max(10, (0.02 * baseline.rate * measured_ms) / 1000)
  );
}

function subjectOf(fault: Episode): string {
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
