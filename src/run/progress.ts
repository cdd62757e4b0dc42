/**
 * What a view is told while the runner works: data, no sentences; `view/say/` has the words. Recorded events carry the
 * facts, these the progress of one step of the work, and are never written down.
 */
import type { Left } from '../fault/guards.ts';
import type { Verified } from '../impact/verified.ts';
import type { Action } from '../story/story.ts';
import type { Event } from './events.ts';
import type { Found } from './found.ts';

export type { Found } from './found.ts';

/** Unique within one command; a step whose id begins with another's is a part of it: `['recovery', 0]`, `['recovery', 0, 'f1']`. */
export type StepId = readonly (string | number)[];

export type Phase = 'planned' | 'running' | 'done' | 'failed' | 'skipped';

/** What a load that is being started still waits for. */
export type Starting =
  | { waits_for: 'setup'; kind: string; text: string }
  | { waits_for: 'steady_rate'; kind: string; left_ms: number; ops_per_s: number };

/** What a recovery is about to do, or waits for. */
export type RecoverWait =
  /** `is`: how each target stands. */
  | { waits_for: 'undo'; is: string[]; undo: string }
  /** An intent that was never confirmed: it may still happen within this time. */
  | { waits_for: 'intent'; left_ms: number }
  | { waits_for: 'state'; target: string; state: string; health: string }
  /** It runs; it has to stay up. */
  | { waits_for: 'stay'; target: string }
  /** For others in the place of a target that is gone: so many are well of those that its owner is to have. */
  | { waits_for: 'replacement'; target: string; owner: string; well: number; wanted: number }
  /** What ran before and fell with the targets. */
  | { waits_for: 'stack'; down: { target: string; state: string }[] }
  /** `left_ms`: until the wait is given up. */
  | { waits_for: 'workload' | 'probes'; unmet: string[]; left_ms: number };

export type Doing =
  /** `anew`: a command that was at it was cut off. */
  | { do: 'stack'; to: 'up' | 'down'; project: string; anew: boolean }
  /** `targets` are empty while nobody has looked. */
  | {
      do: 'countdown';
      kind: string;
      targets: { label: string; name: string }[];
      left_ms: number;
      of_ms: number;
    }
  | {
      do: 'inject';
      kind: string;
      /** Of the kind's row: `killing`, `killed`. */
      words: { doing: string; done: string };
      service: string | null;
      targets: string[];
      /** Null until it is in the journal. */
      fault: string | null;
      /** What a failed one has changed. */
      changed?: 'nothing' | 'something' | 'unknown';
    }
  | {
      do: 'recover';
      fault: string;
      kind: string;
      targets: string[];
      wait: RecoverWait | null;
      /** How each target came back, and that it is well; of one that has been done. */
      how?: string[];
      /** The fault never happened, so that nothing was to be recovered. */
      untouched?: boolean;
    }
  /** An action of a chapter that is neither of them, or all recoveries of one. */
  | { do: 'action'; action: Exclude<Action, { do: 'inject' }>; now: ActionNow | null }
  | { do: 'read_back'; read: number; of: number; verified: Verified | 'unknown' | null };

export type ActionNow =
  | ({ now: 'starting' } & Starting)
  | { now: 'looking'; text: string }
  | { now: 'noticing'; count: number }
  | { now: 'reading_back'; read: number; of: number };

/** Lines that stay under a step, as data. */
export type Evidence =
  /** Of a fault that is about to happen: whom it hits, and what that leaves. */
  | { about: 'targets'; doing: string; targets: string[]; left: Left[] }
  /** Lines of a program, of a log, of a look. */
  | { about: 'output'; lines: string[] }
  | {
      about: 'target';
      target: string;
      kind: string;
      /** Null: it is gone. */
      now: {
        state: string;
        health: string;
        exit_code: number | null;
        oom_killed: boolean;
        restart_count: number;
      } | null;
      logs: string[];
    }
  /** Of the effect of a fault on its targets, a sentence each. */
  | { about: 'measured'; texts: string[] }
  | { about: 'impact'; text: string; during: string[] }
  /** What the workload felt and the probes saw of a fault that is recovered, a sentence each. */
  | { about: 'figures'; texts: string[] }
  | { about: 'probes'; text: string }
  /** Whom the story's pick command names by now; null: it failed with this exit code. */
  | { about: 'pick'; named: string | null; exit_code: number }
  /** Who leads by now what the story's fault has the leader of; none: why that cannot be said. */
  | { about: 'leader'; named: string[]; why: string | null }
  | { about: 'steady_state'; checks: { met: boolean; text: string }[] }
  | { about: 'others'; of: number; unwell: { target: string; is: string }[] }
  | { about: 'notices'; found: Extract<Found, { found: 'noticed' }> };

export interface Step {
  type: 'step';
  id: StepId;
  phase: Phase;
  doing: Doing;
  took_ms?: number;
  /** Of one that is done. */
  found?: Found | null;
  /** Of one that failed. `interrupted`: by a signal. */
  error?: { message: string; interrupted: boolean };
}

export type Progress =
  /** A chapter opens: its heading and narration come before its steps. `unverified`: faults whose recovery has failed. */
  | {
      type: 'chapter';
      index: number;
      of: number;
      id: string;
      title: string;
      narration: string;
      unverified: { fault: string; kind: string; targets: string[] }[];
    }
  | Step
  | { type: 'evidence'; id: StepId; evidence: Evidence };

/** The one stream that journal, listr2, JSON and later views consume. */
export type RunnerEvent = { type: 'recorded'; event: Event } | Progress;
