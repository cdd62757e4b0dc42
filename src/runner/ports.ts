/** What the runner needs of the world, as types only: the rooms behind them are wired in `app`. */
import type { Engine } from '../engine/engine.ts';
import type { Impact } from '../impact/impact.ts';
import type { ProbeImpact } from '../impact/probe-impact.ts';
import type { ThresholdResult } from '../impact/thresholds.ts';
import type { Verified } from '../impact/verified.ts';
import type { Journal } from '../journal/journal.ts';
import type { AbortDue } from '../run/aborts.ts';
import type { EventBody } from '../run/events.ts';
import type { WorkloadFound } from '../run/found.ts';
import type { Halt } from '../run/halt.ts';
import type { JudgedItem } from '../run/judged-item.ts';
import type { RunnerEvent, Starting } from '../run/progress.ts';
import type { Fault, Run } from '../run/run.ts';
import type { AlertSpec } from '../story/alert-spec.ts';
import type { HypothesisItem } from '../story/hypothesis-spec.ts';
import type { HookSpec } from '../story/outlet-spec.ts';
import type { Look, ProbeOf } from '../story/probe-spec.ts';
import type { Story } from '../story/story.ts';
import type { Refusal } from '../terms/outcomes.ts';

import type { InstancePorts } from './undo.ts';

export interface ProbesImpact {
  /** One for each probe; empty where the story has none. */
  impact: ProbeImpact[];
  /** Each of them has been looked at since the fault was there. */
  all_looked: boolean;
}

/** How far the watchdog is with reading back what a workload wrote. `none`: nothing is to be read back. `gone`: nobody knows what was written. */
export type ReadBack =
  | { state: 'none' | 'gone' }
  /** Keys read, of how many; 0 of 0 before it begins. */
  | { state: 'reading'; done: number; of: number }
  | { state: 'done'; verified: Verified };

export interface Measure {
  /** Null where no workload runs, or where it has not run long enough before the fault to compare. */
  impact(fault: Fault): Promise<Impact | null>;
  /** The thresholds of the steady state, held against the last seconds; empty where nothing is measured. */
  checkSteadyState(): Promise<ThresholdResult[]>;
  /** What was observed of these faults until now, held against what their chapter expected of them. */
  hypothesis(
    hypothesis: readonly HypothesisItem[],
    faults: readonly Fault[],
  ): Promise<JudgedItem[]>;
  /** Waits until the watchdog has looked at each of them, and for a few seconds at most. */
  awaitLooks(alerts: readonly AlertSpec[], signal: AbortSignal): Promise<void>;
  /** What the watchdog's looks at the probes of the steady state say of the fault. */
  probes(fault: Fault): Promise<ProbesImpact>;
  /**
   * Starts the load: yields, again and again, what it still waits for (a set-up, a ramp), and returns what it measures when
   * there is enough of it for a baseline. Throws Refusal `setup_failed`, or the signal's reason.
   */
  start(signal: AbortSignal): AsyncGenerator<Starting, WorkloadFound, undefined>;
  stop(): Promise<void>;
  /** Why nobody measures a load that runs, and what to do; null where somebody does. */
  whyNot(): string | null;
  /** One look. `startedAt`: of the workload that was stopped. */
  readBack(startedAt: string): ReadBack;
}

export interface RunnerPorts {
  engine: Engine;
  journal: Journal;
  story: Story;
  measure: Measure;
  /** One look of a probe over the network. */
  look(probe: ProbeOf<'http' | 'tcp' | 'prometheus'>, signal: AbortSignal): Promise<Look>;
  /** Runs a program of the story, with what is about to be done on its stdin. Rejects with the signal's reason. */
  askHook(
    hook: HookSpec,
    about: { kind: string; done: string; targets: string[] },
    signal: AbortSignal,
  ): Promise<{ exit_code: number; is_late: boolean; lines: string[] }>;
  /**
   * Returns when no other run can break the stack meanwhile, on whichever machine it is. `durationMs`: of a fault that is about to be;
   * null: what begins has no end. Throws Refusal `stack_claimed`.
   */
  claim(durationMs: number | null): Promise<void>;
  /** Returns when the watchdog guards every deadline and every condition in the journal, and looks at the probes. */
  arm(): Promise<void>;
  /** Watches the conditions of live faults until it is told to end; says at once, and once, when one of them holds. */
  watchConditions(onDue: (due: AbortDue) => void): { end(): void };
  /** Looks out for a halt until it is told to end; says so at once, and once. */
  watchHalt(onHalt: (halt: Halt) => void): { end(): void };
  /** As it is at this moment; null: faults may be injected. */
  halted(): Halt | null;
  /** Alone on the instance while `work` lasts, whoever else of ours wants to act on it. */
  alone<T>(instance: string, work: () => Promise<T>): Promise<T>;
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  elapsed(): number;
  /** Rejects with the signal's reason. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  /** A new seed, an unsigned 32-bit integer. */
  drawSeed(): number;
}

export type Stream<Result> = AsyncGenerator<RunnerEvent, Result, undefined>;

/** Writes an event down, durably, and hands it on to whoever watches. */
export function record(ports: RunnerPorts, body: EventBody): RunnerEvent {
  return { type: 'recorded', event: ports.journal.append(body) };
}

/** The run that the lock's holder is writing. */
export function currentRun(ports: RunnerPorts): Run {
  const run = ports.journal.run;
  if (!run) throw new Error('the runner was entered without a run');
  return run;
}

/** The lock's holder is the only writer, so that its own journal says how the run stands. */
export function instancePorts({ engine, journal, alone, now }: RunnerPorts): InstancePorts {
  return { engine, alone, now, readRun: () => journal.run };
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
