/** What a chapter expects of its faults, as the story has it: each item is checked while they live, and after them. */
import type { Threshold } from '../impact/steady-state.ts';
import type { AlertSpec } from './alert-spec.ts';

export type HypothesisItem =
  /** Held in each second, from the first of the faults until the workload is well again. */
  | { expect: 'threshold'; threshold: Threshold }
  /** Name of a probe of the steady state: met all the time. */
  | { expect: 'probe'; probe: string }
  /** From the undo of each fault to the proof that all is well. */
  | { expect: 'recovers_within'; within_ms: number }
  /** Nothing but these services is affected, and those that the faults hit themselves. */
  | { expect: 'only'; services: string[] }
  /** It fires within its time of the first of the faults. */
  | { expect: 'alert'; alert: AlertSpec };

/** What a hypothesis that deviated does to the command that finds it, or that goes on after it. */
export type OnDeviation = 'stop' | 'continue';

/** In the order of the story. */
export function alertsOf(hypothesis: readonly HypothesisItem[]): AlertSpec[] {
  return hypothesis.flatMap((item) => (item.expect === 'alert' ? item.alert : []));
}
