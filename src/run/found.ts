/**
 * What an action of a chapter found out, as the journal keeps it and as views and reports say it: data, no sentences.
 * `text` is what somebody else said: a look of a probe, the impact room's sentence with its figures.
 */
import type { Verified } from '../impact/verified.ts';

/** Who noticed a fault, and when. */
export interface Notice {
  by: 'engine' | 'health' | 'workload' | 'probe';
  /** Label of an instance, name of a probe, or `workload`. */
  target: string;
  after_ms: number;
  /** What the engine saw of the target. */
  saw?: 'exit' | 'pause';
  exit_code?: number | null;
  /** Shown and kept, but it proves nothing: nobody noticed anything then. */
  simulated: boolean;
}

/** What a load measured in its first windows. */
export interface FirstFigures {
  ops_per_s: number;
  p99_ms: number | null;
  ok: number;
  failed: number;
  /** So much of it failed that it is no baseline; a fault is refused until it is better. */
  is_sick: boolean;
}

export type WorkloadFound = {
  found: 'workload';
  /** Null where one ran already. */
  kind: string | null;
  /** The rate of the curve, where nothing is measured. */
  simulated_ops_per_s: number | null;
  /** Null: it has not said enough yet to compare with, or nothing is measured. */
  first: FirstFigures | null;
};

export type StoppedFound = {
  found: 'workload_stopped';
  /** Null: none ran. */
  reason: string | null;
  /** What came of reading back what it wrote; `unknown`: nobody knows what that was; null: it was not asked for. */
  verified: Verified | 'unknown' | null;
};

export type Found =
  | { found: 'fault'; fault: string; kind: string; targets: string[] }
  | { found: 'recovered'; faults: string[] }
  | WorkloadFound
  | StoppedFound
  | { found: 'probe'; probe: string; text: string }
  | {
      found: 'noticed';
      within_ms: number;
      /** False: no fault was live. */
      any_fault: boolean;
      notices: Notice[];
      workload_noticed: boolean | null;
      /** Probes that have not noticed, and how they stand: null where nobody looked. */
      quiet_probes: { probe: string; state: 'met' | 'not_met' | 'unknown' | null }[];
    }
  | { found: 'evidence'; faults: { fault: string; targets: string[] }[]; data: unknown[] }
  | { found: 'program'; command: string; exit_code: number }
  | { found: 'waited'; delay_ms: number };
