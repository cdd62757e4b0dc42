/** What the watchdog needs of the world, as types only; wired in `app/watchdog/process.ts`. */
import type { AbortDue } from '../run/aborts.ts';
import type { Fault, Run } from '../run/run.ts';

export interface WatchdogPorts {
  /** The run as its journal says now; null once another run has taken its place. */
  readRun(): Run | null;
  /** Says that everything up to this event is guarded. */
  announce(seq: number): void;
  /** Starts or stops the load, as the run wants it; resolves when that is done. Never rejects: what goes wrong is logged. */
  setLoad(workload: Run['workload']): Promise<void>;
  /** Has the probes looked at, the alerts and the instances, as the run wants it; null: no longer. Waits for no look, and never throws. */
  setProbes(run: Run | null): void;
  /** An alert that a fault set off, or may set off, is still looked at. */
  awaitsAlert(): boolean;
  /** Asks the engine alone to undo the fault: no lock, no journal. It must help even while a command holds the run or the disk is full. */
  revert(fault: Fault): Promise<void>;
  /** Recovers as `fault recover` does, with lock, proof and journal. */
  recover(fault: Fault): Promise<void>;
  /** Somebody holds the run, as it was last read. */
  isHeld(): boolean;
  /** Whether a condition of a live fault holds by now. */
  abortDue(run: Run): AbortDue | null;
  /** Writes the abort down and recovers all that is live, with lock, proof and journal. */
  abort(due: AbortDue): Promise<void>;
  /** Somebody halted: nothing may be live. */
  isHalted(): boolean;
  /** Writes the halt down and recovers all that is live, with lock, proof and journal. */
  halt(): Promise<void>;
  /** One turn of a schedule, with lock and journal; `number`: from 1. Resolves to what came of it, in words. Rejects with Refusal `run_busy` while somebody holds the run. */
  turn(schedule: string, number: number): Promise<string>;
  /** Its time is over. As `turn`. */
  endSchedule(schedule: string): Promise<void>;
  /** The load that began then, if it is still that one, with lock and journal. */
  stopWorkload(startedAt: string, reason: string): Promise<void>;
  /** Resolves when the journal changed, the time is over, or the signal comes. */
  changed(withinMs: number, signal: AbortSignal): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  elapsed(): number;
  /** `problem`: what somebody ought to know of, as `story doctor` says it. */
  log(text: string, level?: 'problem'): void;
  /** For one that runs within a command: how long it stays with nothing to do. Its load is never forgotten. */
  idleMs?(): number;
}
