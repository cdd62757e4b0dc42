/** What `story doctor` has found out, as data: one shape a place. What it means is judged in the files beside this one. */

import type { Window } from '../../impact/windows.ts';
import type { JournalFacts, StateFacts } from '../../journal/examine.ts';
import type { Drift } from '../../run/drift.ts';
import type { Run } from '../../run/run.ts';
import type { DoctorLine } from '../../terms/doctor-line.ts';
import type { ErrorReport } from '../../terms/outcomes.ts';

/** What git says of the state folder. */
export type GitFacts = { git: 'ignored' | 'not_ignored' | 'no_repository' };

export interface MachineFacts {
  node: string;
  platform: string;
  /** Which of them are terminals, and what the environment says of colours and of a CI system. */
  terminal: { stdin: boolean; stdout: boolean; stderr: boolean; no_color: boolean; ci: boolean };
}

export interface StoryFacts {
  /** Null for the default story. */
  path: string | null;
  name: string | null;
  /** Null where the story says it, and cannot be read. */
  engine: string | null;
  error: ErrorReport | null;
  /** For people: the run goes on without a story that can be read. */
  note: string | null;
}

export interface FaultsFacts {
  drifts: ReadonlyMap<string, Drift[]>;
  /** Why the engine could not be asked. */
  note: string | null;
}

export interface WatchdogFacts {
  needed: boolean;
  state: 'running' | 'stopped' | 'gone';
  status: { pid: number; since: string; seq: number; standby: number | null } | null;
  log: {
    path: string;
    bytes: number;
    rotated_bytes: number | null;
    problem: { at: string; text: string } | null;
  } | null;
}

export interface WorkloadFacts {
  samples: string;
  bytes: number;
  /** Of the last minute, or of what has passed since the load started. */
  windows: Window[];
  /** Why the samples of another version are not read; null: they are ours. */
  unreadable: string | null;
}

export interface RunFacts {
  run: Run;
  faults: FaultsFacts;
  watchdog: WatchdogFacts;
  workload: WorkloadFacts;
}

/** Everything at one moment. `run`: null where none has begun, or where its journal cannot be read. */
export interface Facts {
  now_ms: number;
  machine: MachineFacts;
  story: StoryFacts;
  /** What the engine says of itself and of the stack. */
  engine: DoctorLine[];
  state: StateFacts & GitFacts;
  journal: JournalFacts;
  run: RunFacts | null;
}
