/**
 * What another plugin brings as a load, as types only: this file is published as `oclif-plugin-gameday/workload`.
 * gameday keeps the time, counts and judges; the plugin does one operation after the other, and says how each ended.
 */

/** One operation that is due. Latency counts from its intended start, whenever it is issued. */
export interface Operation {
  /** Intended start, by `performance.now()`. */
  readonly startMs: number;
  /** True once it is settled, also by its time-out. */
  readonly settled: boolean;
  /** Called when its time is up; set it if there is something to give up. */
  abort: (() => void) | null;
  /** `null`: it came back well; otherwise the kind of error in a word or two (`refused`, `status 503`). Later calls are ignored. */
  settle(error: string | null): void;
}

export interface Target {
  /** Begins one operation and sees to it that it is settled. Must not throw, and must not wait. */
  issue(operation: Operation): void;
  /** Called once, when nothing is under way any more. */
  close(): Promise<void>;
}

/** What the story says of the load. */
export interface WorkloadOptions {
  /** `with:` of the story, as YAML gives it. Check it: whoever writes stories makes mistakes. */
  with: Record<string, unknown>;
  connections: number;
  /** An operation that takes longer is settled as timed out. */
  timeout_ms: number;
  /** The story's folder, absolute; relative paths count from here. */
  folder: string;
  /** The next random number, from 0 to below 1; repeatable where the story has a seed. */
  random: () => number;
}

/** The default export of the module. An error that it throws is told to whoever starts the workload. */
export type OpenWorkload = (options: WorkloadOptions) => Target | Promise<Target>;

/** What the hook `gameday:workloads` hands back: the name that stories use, and where the module is. */
export type WorkloadOffers = Record<
  string,
  { /** URL or absolute path. */ module: string /** A line for `story check`. */; summary?: string }
>;
