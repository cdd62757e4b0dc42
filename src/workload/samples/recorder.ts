/**
 * Counts how operations ended, and makes a window of the counts. An operation counts in the window in which it ended, so
 * that no window changes later. Only the current window is kept, so memory does not grow.
 */
import {
  BUCKETS,
  bucketOf,
  sparse,
  WINDOW_MS,
  type Window,
  windowOf,
} from '../../impact/windows.ts';

/** Milliseconds. A longer gap is our own stall (this process or machine was held up), not the target's. */
export const STALL_MS = 500;
/** Further kinds of errors in one window are counted as `other`, in case a server has a new one in every answer. */
const MAX_KINDS = 20;

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  elapsed(): number;
}

export interface Recorder {
  /** Came back well, this long after its intended start. */
  ok(latencyMs: number): void;
  /** So many came back well, and nobody knows how fast. */
  count(operations: number): void;
  error(kind: string): void;
  timeout(waitedMs: number): void;
  dropped(): void;
  /**
   * For a load that only hears of its operations now and then: so many since the last report, or since `start`, as was heard `agoMs` ago.
   * From the first call on, windows reach from report to report, and where no report came there is none.
   */
  report(operations: number, agoMs?: number): void;
  /** The load reports; see `report`. */
  awaitReports(): void;
  watchInFlight(inFlight: () => number): void;
  /** The load is still changing its rate until then, by `Clock.elapsed`; windows from before say so. */
  rampUntil(elapsedMs: number): void;
  /** What happened since the last cut; null where that is not known (no report came). */
  cut(): Window | null;
}

export function createRecorder(clock: Clock): Recorder {
  return new WindowRecorder(clock);
}

class WindowRecorder implements Recorder {
  readonly #clock: Clock;
  readonly #latencies = new Uint32Array(BUCKETS);
  #from: number;
  #ok = 0;
  #timeouts = 0;
  #dropped = 0;
  #errors = new Map<string, number>();
  #inFlight = () => 0;
  #rampUntil = Number.NEGATIVE_INFINITY;
  #reports = false;
  /** When the last report came; null: none since the last cut. */
  #reported: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#from = clock.elapsed();
  }

  ok(latencyMs: number): void {
    this.#ok++;
    (this.#latencies[bucketOf(latencyMs)] as number)++;
  }

  count(operations: number): void {
    this.#ok += operations;
  }

  error(kind: string): void {
    const known = this.#errors.has(kind) || this.#errors.size < MAX_KINDS ? kind : 'other';
    this.#errors.set(known, (this.#errors.get(known) ?? 0) + 1);
  }

  timeout(waitedMs: number): void {
    this.#timeouts++;
    (this.#latencies[bucketOf(waitedMs)] as number)++;
  }

  dropped(): void {
    this.#dropped++;
  }

  report(operations: number, agoMs = 0): void {
    this.#ok += operations;
    this.#reported = this.#clock.elapsed() - agoMs;
  }

  awaitReports(): void {
    this.#reports = true;
    this.#from = this.#clock.elapsed();
  }

  watchInFlight(inFlight: () => number): void {
    this.#inFlight = inFlight;
  }

  rampUntil(elapsedMs: number): void {
    this.#rampUntil = elapsedMs;
  }

  cut(): Window | null {
    const { elapsed, now } = readBoth(this.#clock);
    const to = this.#reports
      ? (this.#reported ?? (this.#errors.size > 0 ? elapsed : null))
      : elapsed;
    if (to === null || to <= this.#from) return null;
    // After a stall the window keeps its usual length, and the time before it is a gap.
    const stalled = !this.#reports && to - this.#from > WINDOW_MS + STALL_MS;
    const length = stalled ? WINDOW_MS : to - this.#from;
    const window = windowOf({
      at: Math.round(now - (elapsed - to) - length),
      dt_ms: Math.max(1, Math.round(length)),
      ok: this.#ok,
      errors: Object.fromEntries(this.#errors),
      timeouts: this.#timeouts,
      dropped: this.#dropped,
      in_flight: this.#inFlight(),
      histogram: sparse(this.#latencies),
      ...(this.#from < this.#rampUntil && { ramping: true as const }),
    });
    this.#from = to;
    this.#reported = null;
    this.#ok = this.#timeouts = this.#dropped = 0;
    this.#errors.clear();
    this.#latencies.fill(0);
    return window;
  }
}

/** Both clocks at one moment: a stall between the two readings would give the window a time that is too late. */
function readBoth(clock: Clock): { elapsed: number; now: number } {
  for (let tries = 1; ; tries++) {
    const elapsed = clock.elapsed();
    const now = clock.now();
    if (tries === 3 || clock.elapsed() - elapsed < 1) return { elapsed, now };
  }
}

/** Cuts a window every 250 ms of `clock`, by times that do not drift. The timer does not keep the process alive. */
export function cutWindows(
  recorder: Recorder,
  clock: Clock,
  onWindow: (window: Window) => void,
): { stop(): void } {
  let due = clock.elapsed() + WINDOW_MS;
  let timer: NodeJS.Timeout;
  const arm = () => {
    timer = setTimeout(tick, Math.max(0, due - clock.elapsed()));
    timer.unref();
  };
  const tick = () => {
    const window = recorder.cut();
    // After a delay one long window is cut; missed ones are not made up for.
    const behind = Math.floor((clock.elapsed() - due) / WINDOW_MS);
    due += WINDOW_MS * (1 + Math.max(0, behind));
    arm();
    if (window) onWindow(window);
  };
  arm();
  return { stop: () => clearTimeout(timer) };
}
