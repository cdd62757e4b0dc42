/**
 * The open model: operations are issued at their intended times, whether or not earlier ones came back, and latency
 * counts from the intended start. So a target that stands still makes every operation that was due wait, as it makes
 * every user wait. Knows no protocol; the target issues. The pacing is good to about a millisecond.
 */
import type { Load } from './load.ts';
import { type Recorder, STALL_MS } from './recorder.ts';

export interface Pace {
  /** Operations a second. */
  rate: number;
  timeout_ms: number;
  max_in_flight: number;
}

/** What the operations are done to. */
export interface Target {
  /** Begins one operation and sees to it that it is settled; must not throw, nor settle it twice. */
  issue(operation: Operation): void;
  /** Called once, when nothing is under way any more. */
  close(): Promise<void>;
}

/** The kinds that count as time-outs, whoever noticed it. */
const TIMEOUT = 'timeout';

const SWEEP_MS = 25;

export class Operation {
  /** Intended start, by performance.now(). */
  startMs: number;
  settled = false;
  /** Gives it up; set by the target if there is something to give up. */
  abort: (() => void) | null = null;
  readonly #loop: OpenLoop;

  constructor(loop: OpenLoop, startMs: number) {
    this.#loop = loop;
    this.startMs = startMs;
  }

  /** `null`: it came back well; otherwise the kind of error. What comes after the first call is ignored. */
  settle(error: string | null): void {
    if (this.settled) return;
    this.settled = true;
    this.#loop.settled(this, error);
  }
}

export class OpenLoop implements Load {
  readonly #pace: Pace;
  readonly #target: Target;
  #recorder: Recorder | null = null;
  #base = 0;
  /** Operations that were due so far: issued or dropped. */
  #due = 0;
  #inFlight = 0;
  /** In the order of their intended starts, so that time-outs are all at the front. */
  #queue: Operation[] = [];
  #head = 0;
  #timer: NodeJS.Timeout | null = null;
  #expectedMs = 0;
  #sweptMs = 0;
  #stopped: Promise<void> | null = null;
  #idle: (() => void) | null = null;

  constructor(pace: Pace, target: Target) {
    this.#pace = pace;
    this.#target = target;
  }

  get due(): number {
    return this.#due;
  }

  start(recorder: Recorder): void {
    this.#recorder = recorder;
    recorder.watchInFlight(() => this.#inFlight);
    this.#base = this.#expectedMs = performance.now();
    this.#tick();
  }

  /** Issues no more, waits for what is under way (at most its time-out) and lets go of the target. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    if (this.#timer) clearTimeout(this.#timer);
    await this.#target.close();
  }

  settled(operation: Operation, error: string | null): void {
    this.#inFlight--;
    const latencyMs = performance.now() - operation.startMs;
    const recorder = this.#recorder as Recorder;
    if (error === null) recorder.ok(latencyMs);
    else if (error === TIMEOUT) recorder.timeout(latencyMs);
    else recorder.error(error);
    if (this.#inFlight === 0) this.#idle?.();
  }

  #tick = (): void => {
    const now = performance.now();
    if (now - this.#expectedMs > STALL_MS) this.#skip(now - this.#expectedMs);
    if (now - this.#sweptMs >= SWEEP_MS) this.#sweep(now);
    const { rate } = this.#pace;
    if (!this.#stopped) {
      const due = Math.floor(((now - this.#base) * rate) / 1000) + 1;
      while (this.#due < due) this.#issue(this.#base + (this.#due++ * 1000) / rate);
    }
    const next = this.#stopped ? Number.POSITIVE_INFINITY : this.#base + (this.#due * 1000) / rate;
    const waitMs = Math.max(1, Math.min(Math.floor(next - performance.now()), this.#inFlight > 0 || this.#stopped ? SWEEP_MS : 1000));
    this.#expectedMs = performance.now() + waitMs;
    this.#timer = setTimeout(this.#tick, waitMs);
  };

  #issue(startMs: number): void {
    if (this.#inFlight >= this.#pace.max_in_flight) {
      this.#recorder?.dropped();
      return;
    }
    this.#inFlight++;
    const operation = new Operation(this, startMs);
    this.#queue.push(operation);
    this.#target.issue(operation);
  }

  #sweep(now: number): void {
    this.#sweptMs = now;
    const queue = this.#queue;
    for (; this.#head < queue.length; this.#head++) {
      const operation = queue[this.#head] as Operation;
      if (operation.settled) continue;
      if (now - operation.startMs < this.#pace.timeout_ms) break;
      operation.settle(TIMEOUT);
      operation.abort?.();
    }
    if (this.#head === queue.length) this.#queue = [];
    else if (this.#head > 1024) this.#queue = queue.slice(this.#head);
    else return;
    this.#head = 0;
  }

  /** This process was asleep, not the target: nothing was due meanwhile, and what was under way did not wait so long. */
  #skip(asleepMs: number): void {
    this.#base += asleepMs;
    for (let i = this.#head; i < this.#queue.length; i++) (this.#queue[i] as Operation).startMs += asleepMs;
  }
}
