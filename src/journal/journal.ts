/**
 * The port of the journal room.
 */
import type { Event, EventBody } from '../story/events.ts';
import type { Run } from '../story/run.ts';

/** What a reader sees: no lock is taken, nothing is written. */
export interface RunView {
  run: Run | null;
  /** Absolute path of the journal, null where no run has begun. */
  path: string | null;
  /** For people: a torn last line that was dropped, and the like. */
  warnings: string[];
  /** Who holds the run's lock now, or null. */
  holder: { pid: number; command: string; since: string } | null;
}

/** The one writer: holds the lock from `lockRun` until `release`. */
export interface Journal {
  readonly run: Run | null;
  readonly path: string | null;
  readonly warnings: readonly string[];
  /** Checked, written and fsynced when it returns. Throws Refusal `state_unwritable` with the file as it was before. */
  append(body: EventBody): Event;
  /** Ends the current run's time as the current one and begins a new folder; the body's `run` id is given by this call. */
  begin(body: Omit<Extract<EventBody, { type: 'run.started' }>, 'run' | 'type'>): Event;
  /** Writes the snapshot and frees the lock. Idempotent. */
  release(): void;
}
