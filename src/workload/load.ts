/** What a load is to whoever drives it. Types only. */

import type { Verified } from '../impact/verified.ts';
import type { Command } from '../terms/command.ts';
import type { TraceRequest } from './request-trace.ts';
import type { Recorder } from './samples/recorder.ts';

export interface Load {
  /**
   * Does the set-up of the story, once, before `start`. `say` gets how far it is, in words.
   * Throws Refusal `setup_failed`, which names the operation, or the signal's reason.
   */
  prepare?(say: (text: string) => void, signal: AbortSignal): Promise<void>;
  /** Begins to issue operations; what becomes of them goes to the recorder. Once. `afterMs`: it ran so long before, in a process that is gone. */
  start(recorder: Recorder, afterMs?: number): void | Promise<void>;
  /** Issues no more, and waits for what is under way (bounded by its time-out). Idempotent. */
  drain?(): Promise<void>;
  /** After `drain` and before `stop`: reads every acknowledged write back, as the story asks for it; null where it does not. Never rejects. */
  readBack?(
    say: (done: number, of: number) => void,
    signal: AbortSignal,
  ): Promise<Omit<Verified, 'since' | 'incomplete'> | null>;
  /** Issues no more, waits for what is under way (bounded by its time-out), closes all connections. Idempotent. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** For the program of a `command` load. */
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** Runs a program of the story to its end, for the set-up of a `command` load. Rejects with the signal's reason. */
  run?: (
    command: Command,
    limits: { timeout_ms: number; signal: AbortSignal },
  ) => Promise<{ exit_code: number }>;
  /** For a `plugin` load, the URL or absolute path of its module; null where nobody offers it. */
  module?: string | null;
  /** The number that the first `{{value}}` is made of; default: made of the time, so that it is larger than all before. */
  firstValue?: number;
  /** For an `http` load; without it nothing is traced. */
  traceRequest?: TraceRequest | null;
}
