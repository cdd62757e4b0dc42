/** What `story doctor` has seen, as data: one shape a place. Who looks is in the house; what it means is said beside this file. */
import type { Drift } from '../drift.ts';
import type { Window } from '../measure/windows.ts';
import type { ErrorReport } from '../outcomes.ts';
import type { Run } from '../run.ts';

export interface MachineLook {
  node: string;
  platform: string;
  /** Which of them are terminals, and what the environment says of colours and of a CI system. */
  terminal: { stdin: boolean; stdout: boolean; stderr: boolean; no_color: boolean; ci: boolean };
}

export interface StoryLook {
  /** Null for the default story. */
  path: string | null;
  name: string | null;
  /** Null where the story says it, and cannot be read. */
  engine: 'compose' | 'process' | null;
  error: ErrorReport | null;
  /** For people: the run goes on without a story that can be read. */
  note: string | null;
}

export interface DockerLook {
  /** As it names itself: `Docker 28.2.2`. */
  engine: string;
  api: string;
  address: string;
  source: string;
  by: 'unix' | 'tcp' | 'ssh';
  local: boolean;
  system: string | null;
  rootless: boolean;
  /** Its clock minus ours; null where it does not say. Wrong by half of `asked_ms` at most. */
  skew_ms: number | null;
  asked_ms: number;
}

/** `within_reach`: gameday may signal the process of a running instance itself; null where none runs. */
export interface StackLook {
  project: string;
  instances: number;
  running: number;
  within_reach: boolean | null;
}

export interface EngineLook {
  kind: 'compose' | 'process';
  /** Null for the process engine, and where it could not be asked. */
  docker: DockerLook | null;
  /** Of Docker Compose; null where it is not at hand. */
  compose: string | null;
  error: ErrorReport | null;
  stack: StackLook | null;
  stack_error: ErrorReport | null;
}

export interface StateLook {
  dir: string;
  exists: boolean;
  /** Why it cannot be written. */
  error: ErrorReport | null;
  /** Permission bits that let others in; 0 for none. */
  open_to_others: number;
  free_bytes: number | null;
  /** Room kept for recording recoveries; null before the first run. */
  reserve: { bytes: number; wanted: number } | null;
  git: 'ignored' | 'not_ignored' | 'no_repository';
}

export interface JournalLook {
  /** Null where no run has begun. */
  path: string | null;
  events: number;
  warnings: string[];
  error: ErrorReport | null;
  holder: { pid: number; command: string; since: string } | null;
}

export interface FaultsLook {
  drifts: ReadonlyMap<string, Drift[]>;
  /** Why the engine could not be asked. */
  note: string | null;
}

export interface WatchdogLook {
  needed: boolean;
  state: 'running' | 'stopped' | 'gone';
  word: { pid: number; since: string; seq: number } | null;
  log: {
    path: string;
    bytes: number;
    rotated_bytes: number | null;
    problem: { at: string; text: string } | null;
  } | null;
}

export interface WorkloadLook {
  samples: string;
  bytes: number;
  /** Of the last minute, or of what has passed since the load started. */
  windows: Window[];
}

export interface RunLook {
  run: Run;
  faults: FaultsLook;
  watchdog: WatchdogLook;
  workload: WorkloadLook;
}

/** Everything at one moment. `run`: null where none has begun, or where its journal cannot be read. */
export interface Looks {
  now_ms: number;
  machine: MachineLook;
  story: StoryLook;
  engine: EngineLook | null;
  state: StateLook;
  journal: JournalLook;
  run: RunLook | null;
}
