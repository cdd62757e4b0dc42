/**
 * The port of the journal room: what other rooms know of how a run is kept.
 */
import type { Event, EventBody } from '../run/events.ts';
import type { Run } from '../run/run.ts';

/** Who holds the run's lock. */
export interface Holder {
  /** 0 where it could not be found out. */
  pid: number;
  command: string;
  /** ISO by our clock. */
  since: string;
}

/** What a reader sees: no lock is taken, nothing is written. */
export interface RunView {
  run: Run | null;
  /** Absolute path of the journal, null where no run has begun. */
  path: string | null;
  /** For people: a torn last line that was dropped, and the like. */
  warnings: string[];
  /** Who holds the run's lock now, or null. */
  holder: Holder | null;
}

/** The one writer: holds the lock from `lockRun` until `release`. */
export interface Journal {
  /** After the last event that was written. */
  readonly run: Run | null;
  readonly path: string | null;
  readonly warnings: readonly string[];
  /**
   * Checked, written and fsynced when it returns; what is returned is what a reader will read. Throws Refusal
   * `state_unwritable` with the file as it was before: an intent that could not be written down must not be carried out.
   */
  append(body: EventBody): Event;
  /**
   * Ends the current run's time as the current one and begins a new folder; the body's `run` id is given by this call.
   * Throws Refusal `state_unwritable` with the run before still the current one.
   */
  begin(body: Omit<Extract<EventBody, { type: 'run.started' }>, 'run' | 'type'>): Event;
  /** Writes the snapshot and frees the lock. Never throws. Idempotent. */
  release(): void;
}
