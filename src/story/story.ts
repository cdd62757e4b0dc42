/**
 * The story as the rest of the house sees it: checked, with every default filled in, durations in milliseconds.
 * `parse.ts` makes it from a file's text; nothing else does.
 */

import type { AbortCondition } from './abort-condition.ts';
import type { Command } from './command.ts';
import type { ProbeSpec } from './probe-spec.ts';
import type { WorkloadSpec } from './workload-spec.ts';

/** Which of the matching instances are hit. */
export type Pick =
  | { by: 'random' }
  | { by: 'all' }
  /** A program that prints the wanted instance: a service, `service-number`, a container name or an id (prefix of 12+). */
  | { by: 'command'; command: Command };

/** Which instances a fault may fall on. */
export interface Selector {
  /** A service, or `service-number` for one instance; null: any service of the stack. */
  service: string | null;
  pick: Pick;
  /** How many of them; ignored by `all`. */
  count: number;
  /** Makes `random` repeatable; null: a new one each time, which the journal records. */
  seed: number | null;
}

export interface InjectSpec extends Selector {
  kind: string;
  countdown_ms: number;
  /** The watchdog recovers the fault after this long; null: it stays until somebody recovers it. */
  duration_ms: number | null;
}

export type Action =
  | { do: 'inject'; inject: InjectSpec }
  | { do: 'recover'; fault: string | 'all' }
  | { do: 'workload'; to: 'start' | 'stop' }
  | { do: 'probe'; probe: ProbeSpec }
  /** Waits at most this long until something notices the live faults, and says what and when. */
  | { do: 'detect'; within_ms: number }
  | { do: 'diagnose' }
  | { do: 'run'; command: Command; timeout_ms: number }
  | { do: 'wait'; delay_ms: number };

export interface Chapter {
  id: string;
  title: string;
  narration: string;
  /** For the presenter only; shown by `chapter show --notes`. */
  notes: string;
  on_enter: Action[];
  auto_advance: boolean;
  blocks_advance: boolean;
}

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

export interface SteadyState {
  thresholds: Threshold[];
  /** What the error budget is made from, or null. */
  objective: Objective | null;
  /** Looked at before a fault, all the time while it is live or a workload runs, and after it. Their names differ. */
  probes: ProbeSpec[];
  /** How long a recovery may take until it is called not verified. */
  recover_within_ms: number;
}

/** One service of the process engine. */
export interface ProcessService {
  command: string[];
  replicas: number;
  /** Of the first replica; the next ones count up. */
  port: number | null;
  env: Record<string, string>;
  health: { http: string } | { tcp: true } | null;
  restart: 'no' | 'always';
  /** Absolute. */
  working_dir: string;
}

export interface Story {
  name: string;
  engine: 'compose' | 'process';
  compose: { files: string[]; project: string | null; profiles: string[] };
  services: Record<string, ProcessService>;
  protect: string[];
  /** Most targets that may be broken at one moment; null: no limit. */
  blast_radius: { max_targets: number | null };
  workload: WorkloadSpec | null;
  steady_state: SteadyState;
  /** Each of them ends every live fault at once. */
  abort_if: AbortCondition[];
  chapters: Chapter[];
}
