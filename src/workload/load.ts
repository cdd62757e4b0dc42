/** What a load is to whoever drives it. Types only. */
import type { Recorder } from './recorder.ts';

export interface Load {
  /** Begins to issue operations; what becomes of them goes to the recorder. Once. */
  start(recorder: Recorder): void | Promise<void>;
  /** Issues no more, waits for what is under way (bounded by its time-out), closes all connections. Idempotent. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** For the program of a `command` load. */
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** Makes the keys of `{{key}}` repeatable. */
  seed?: number;
}
