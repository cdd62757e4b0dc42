/**
 * The open model: operations are issued at their intended times, whether or not earlier ones came back, and latency
 * counts from the intended start. So a target that stands still makes every operation that was due wait, as it makes
 * every user wait. Knows no protocol; the target issues. The pacing is good to about a millisecond.
 */
import type { PaceSpec } from '../../story/workload-spec.ts';
import type { Load } from '../load.ts';
import { type Recorder, STALL_MS } from '../samples/recorder.ts';
import { NO_WRITE, type Selection } from './key-sequence.ts';
import { Schedule } from './schedule.ts';

export type Pace = Pick<PaceSpec, 'rate' | 'ramp' | 'timeout_ms' | 'max_in_flight'>;

/** What the operations are done to. */
export interface Target {
  /** Begins one operation and sees to it that it is settled; must not throw, nor settle it twice. */
  issue(operation: Operation): void;
  /** It was surely not done: true if it is tried once more elsewhere, and will be settled then. */
  retry?(operation: Operation, error: string): boolean;
  /** It came back well. */
  done?(operation: Operation): void;
  /** It was settled with an error or a time-out, whoever noticed it. */
  failed?(operation: Operation, error: string): void;
  /** Called once, when nothing is under way any more. */
  close(): Promise<void>;
}

/** The kinds that count as time-outs, whoever noticed it. */
const TIMEOUT = 'timeout';

const SWEEP_MS = 25;

export class Operation implements Selection {
  /** Intended start, by performance.now(). */
  startMs: number;
  settled = false;
  /** Gives it up; set by the target if there is something to give up. */
  abort: (() => void) | null = null;
  /** What was drawn for it; see `KeySequence`. */
  choice = 0;
  key = 0;
  write = NO_WRITE;
  /** At which of its targets it is, and how many it has left; see `Balance`. */
  turn = 0;
  tries = 0;
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

  /** It failed, and was surely not done; so the next target may try. */
  undone(error: string): void {
    if (!this.settled && !this.#loop.retry(this, error)) this.settle(error);
  }
}

export class OpenLoop implements Load {
  readonly #pace: Pace;
  readonly #target: Target;
  readonly #schedule: Schedule;
  #recorder: Recorder | null = null;
  /** When the schedule began. */
  #base = 0;
  /** When the next operation is due. */
  #nextMs = 0;
  /** Operations that were due so far: issued or dropped. */
  #due = 0;
  /** The number of the first one in the schedule. */
  #first = 0;
  #inFlight = 0;
  /** In the order of their intended starts, so that time-outs are all at the front. */
  #queue: Operation[] = [];
  #head = 0;
  #timer: NodeJS.Timeout | null = null;
  #expectedMs = 0;
  #sweptMs = 0;
  #drained: Promise<void> | null = null;
  #stopped: Promise<void> | null = null;
  #idle: (() => void) | null = null;

  constructor(pace: Pace, target: Target) {
    this.#pace = pace;
    this.#target = target;
    this.#schedule = new Schedule(pace);
  }

  get due(): number {
    return this.#due;
  }

  /** `afterMs`: the load has run so long before, in another process, and goes on from there. */
  start(recorder: Recorder, afterMs = 0): void {
    this.#recorder = recorder;
    recorder.watchInFlight(() => this.#inFlight);
    const now = performance.now();
    this.#expectedMs = now;
    this.#base = now - afterMs;
    this.#first = this.#schedule.firstFrom(afterMs);
    this.#aim();
    this.#tick();
  }

  drain(): Promise<void> {
    this.#drained ??= this.#end();
    return this.#drained;
  }

  /** Issues no more, waits for what is under way (at most its time-out) and lets go of the target. */
  stop(): Promise<void> {
    this.#stopped ??= this.drain().then(() => this.#target.close());
    return this.#stopped;
  }

  async #end(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    if (this.#timer) clearTimeout(this.#timer);
  }

  settled(operation: Operation, error: string | null): void {
    this.#inFlight--;
    const latencyMs = performance.now() - operation.startMs;
    const recorder = this.#recorder as Recorder;
    if (error === null) {
      recorder.ok(latencyMs);
      this.#target.done?.(operation);
    } else {
      if (error === TIMEOUT) recorder.timeout(latencyMs);
      else recorder.error(error);
      this.#target.failed?.(operation, error);
    }
    if (this.#inFlight === 0) this.#idle?.();
  }

  retry(operation: Operation, error: string): boolean {
    return this.#target.retry?.(operation, error) ?? false;
  }

  /** Looks up when the next operation is due, and until when the rate still changes. */
  #aim(): void {
    this.#nextMs = this.#base + this.#schedule.startOf(this.#first + this.#due);
    this.#recorder?.rampUntil(this.#base + this.#schedule.steadyAtMs);
  }

  #tick = (): void => {
    const now = performance.now();
    if (now - this.#expectedMs > STALL_MS) this.#skip(now - this.#expectedMs);
    if (now - this.#sweptMs >= SWEEP_MS) this.#sweep(now);
    while (this.#nextMs <= now && !this.#drained) {
      const startMs = this.#nextMs;
      this.#due++;
      this.#nextMs = this.#base + this.#schedule.startOf(this.#first + this.#due);
      this.#issue(startMs);
    }
    const next = this.#drained ? Number.POSITIVE_INFINITY : this.#nextMs;
    const waitMs = Math.max(
      1,
      Math.min(
        Math.floor(next - performance.now()),
        this.#inFlight > 0 || this.#drained ? SWEEP_MS : 1000,
      ),
    );
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
    this.#aim();
    for (let i = this.#head; i < this.#queue.length; i++)
      (this.#queue[i] as Operation).startMs += asleepMs;
  }
}
