/** What says that the stack is well, as far as the workload can tell. */

export interface Threshold {
  measure: 'throughput' | 'errors' | 'p99';
  /** As the story wrote it: `>= 50% of baseline`. */
  text: string;
  operator: '<=' | '>=' | '<' | '>';
  value: number;
  /** `throughput` in % of the baseline or operations a second, `errors` in %, `p99` in ms. */
  unit: '% of baseline' | 'ops/s' | '%' | 'ms';
}

/** How much may fail over a long time: `99.9% over 30d`. */
export interface Objective {
  /** As the story wrote it. */
  text: string;
  /** Of all operations, which must come back well; from 0 to less than 1. */
  share: number;
  period_ms: number;
}

export interface SteadyStateLimits {
  thresholds: Threshold[];
  /** What the error budget is made from, or null. */
  objective: Objective | null;
  /** How long a recovery may take until it is called not verified; null: `RECOVER_WITHIN_MS`, or as long as a health check of a target needs. */
  recover_within_ms: number | null;
}

export const RECOVER_WITHIN_MS = 30_000;
