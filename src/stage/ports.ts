/** What the stage needs of the world, as types only: the rooms behind them are wired in `house`. */
import type { Engine } from '../engine/engine.ts';
import type { Journal } from '../journal/journal.ts';
import type { EventBody } from '../story/events.ts';
import type { Checked } from '../story/measure/thresholds.ts';
import type { Refusal } from '../story/outcomes.ts';
import type { Fault, Run } from '../story/run.ts';
import type { StageEvent } from '../story/steps.ts';
import type { ProbeSpec, Story } from '../story/story.ts';

/** What the workload felt of one fault, so far. */
export interface Felt {
  /** One sentence with the figures in it. */
  text: string;
  /** From the injection to the moment the workload was surely worse, or null: it is not (yet). */
  noticed_after_ms: number | null;
  /** The workload is as good as before the fault. Always true for a simulated one, which proves nothing. */
  back: boolean;
  simulated: boolean;
  /** The figures behind the sentence, for `--json`. */
  data: unknown;
}

export interface Measure {
  /** Null where no workload runs, or where it has not run long enough before the fault to compare. */
  felt(fault: Fault): Promise<Felt | null>;
  /** The thresholds of the steady state, held against the last seconds; empty where nothing is measured. */
  checkSteadyState(): Promise<Checked[]>;
  /**
   * Starts the load: yields, again and again, what it still waits for (a set-up, a ramp), and returns what it measures when
   * there is enough of it for a baseline. Throws Refusal `setup_failed`, or the signal's reason.
   */
  start(signal: AbortSignal): AsyncGenerator<string, string, undefined>;
  stop(): Promise<void>;
}

export interface Look {
  met: boolean;
  text: string;
}

export interface StagePorts {
  engine: Engine;
  journal: Journal;
  story: Story;
  measure: Measure;
  /** One look of a probe over the network. */
  look(probe: Extract<ProbeSpec, { look: 'http' | 'tcp' }>): Promise<Look>;
  /** Returns when the watchdog guards every deadline in the journal. */
  arm(): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  elapsed(): number;
  /** Rejects with the signal's reason. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  /** A new seed, an unsigned 32-bit integer. */
  drawSeed(): number;
}

export type Stream<Result> = AsyncGenerator<StageEvent, Result, undefined>;

/** Writes an event down, durably, and hands it on to whoever watches. */
export function record(ports: StagePorts, body: EventBody): StageEvent {
  return { type: 'recorded', event: ports.journal.append(body) };
}

/** The run that the lock's holder is writing. */
export function currentRun(ports: StagePorts): Run {
  const run = ports.journal.run;
  if (!run) throw new Error('the stage was entered without a run');
  return run;
}

/** Remembers the first error of several attempts, so that one failure never keeps the others from being tried. */
export class FirstError {
  #error: unknown = null;

  add(error: unknown): void {
    this.#error ??= error;
  }

  throwIfAny(): void {
    if (this.#error) throw this.#error as Refusal | Error;
  }
}
