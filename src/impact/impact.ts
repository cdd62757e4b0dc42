/**
 * The impact of one fault on the workload: the verdict on what was measured around it, one sentence with the figures, and the
 * thresholds held against the time of the fault. Pure.
 */

import type { Baseline } from './baseline.ts';
import { type During, heldDuring } from './during.ts';
import type { ObservedFault } from './fault-times.ts';
import { type Frame, frameOf, overlapping } from './frame.ts';
import { sentence, simulatedSentence } from './sentence.ts';
import { SIMULATED_BASELINE, simulatedRate, simulatedTimes } from './simulated.ts';
import type { SteadyStateLimits } from './steady-state.ts';
import { judge, type Verdict } from './verdict.ts';
import { endOf, type Window } from './windows.ts';
import type { Workload } from './workload.ts';

export interface Impact {
  /** One sentence with the figures in it. */
  text: string;
  /** From the injection to the moment the workload was surely worse, or null: it is not (yet). */
  noticed_after_ms: number | null;
  /** The workload is as good as before the fault, and known to be so now. Always true for a simulated one, which proves nothing. */
  back: boolean;
  simulated: boolean;
  /** The thresholds of the steady state, from the injection until it was well again. Empty for a simulated workload. */
  during: During[];
}

export interface Around {
  /** All faults of the run; the fault itself may be among them. */
  others?: readonly ObservedFault[];
  /** Operations a second that the story or the user set, or the baseline of an earlier run. */
  baseline?: number | Baseline | null;
  steadyState?: Pick<SteadyStateLimits, 'thresholds' | 'objective'>;
}

/** Everything that is known of it. */
export interface Assessment {
  frame: Frame;
  verdict: Verdict;
  text: string;
  during: During[];
  /** Ids of other faults that were live at the same time. */
  also: string[];
  /** Of the error budget of the objective's whole period, the share that the lost operations used; null without an objective. */
  budgetUsed: number | null;
}

/** What a workload is compared with, where that is not measured before the fault. */
export function givenBaseline(workload: Workload): number | Baseline | null {
  return workload.reference ?? workload.baseline;
}

/**
 * Null where it was not measured long enough before the fault to compare. Where nothing was measured since, the workload is not
 * known to be back.
 */
export function impact(
  fault: ObservedFault,
  windows: readonly Window[],
  nowMs: number,
  around: Around = {},
): Impact | null {
  const { verdict, text, during } = assess(fault, windows, nowMs, around);
  if (verdict.state === 'not_measured' && !verdict.baseline) return null;
  return {
    text,
    noticed_after_ms: verdict.noticed_after_ms,
    back: verdict.proven,
    simulated: false,
    during,
  };
}

/** What is said of a fault under the simulated workload, which feels nothing and proves nothing. */
export function impactOfSimulated(
  fault: ObservedFault,
  faults: readonly ObservedFault[],
  workload: Pick<Workload, 'baseline'>,
  nowMs: number,
): Impact {
  const baseline = workload.baseline ?? SIMULATED_BASELINE;
  const text = simulatedSentence(
    fault,
    simulatedRate(simulatedTimes(faults), baseline, nowMs),
    baseline,
  );
  return { text, noticed_after_ms: 0, back: true, simulated: true, during: [] };
}

export function assess(
  fault: ObservedFault,
  windows: readonly Window[],
  nowMs: number,
  around: Around = {},
): Assessment {
  const { others = [], steadyState = { thresholds: [], objective: null } } = around;
  const frame = frameOf(fault, windows, nowMs, others);
  const verdict = judgeIn(frame, around.baseline ?? null);
  const { baseline, time } = verdict;
  const hit = time
    ? frame.windows.filter((window) => endOf(window) > time.from_ms && window.at < time.to_ms)
    : [];
  const also = overlapping(fault, nowMs, others);
  const { objective, thresholds } = steadyState;
  const budgetUsed =
    objective && verdict.state !== 'not_measured' && baseline
      ? usedOf(verdict, baseline, objective)
      : null;
  return {
    frame,
    verdict,
    text: sentence(
      fault,
      verdict,
      also,
      objective && budgetUsed !== null ? { used: budgetUsed, objective } : null,
    ),
    during:
      hit.length > 0 ? heldDuring(hit, thresholds, baseline?.rate ?? null, baseline?.grain_ms) : [],
    also,
    budgetUsed,
  };
}

/** The figures alone, also where there is nothing to compare with. */
export function judgeFault(
  fault: ObservedFault,
  windows: readonly Window[],
  nowMs: number,
  { others = [], baseline = null }: Around = {},
): Verdict {
  return judgeIn(frameOf(fault, windows, nowMs, others), baseline);
}

function judgeIn(
  { windows, undisturbed, injectedAtMs, recoveredAtMs, untilMs, nowMs }: Frame,
  baseline: number | Baseline | null,
): Verdict {
  return judge(windows, {
    injectedAtMs,
    recoveredAtMs,
    baseline,
    baselineWindows: undisturbed,
    untilMs,
    ...(nowMs !== null && { nowMs }),
  });
}

/** At the rate of the baseline, over the whole period. */
function usedOf(
  { operations_lost }: Verdict,
  { rate }: Baseline,
  { share, period_ms }: NonNullable<SteadyStateLimits['objective']>,
): number | null {
  const mayFail = rate * (period_ms / 1000) * (1 - share);
  return mayFail > 0 ? operations_lost / mayFail : null;
}
