/**
 * `workload start --foreground`: the watchdog within the command itself, for systems that end what a command leaves behind.
 * It begins before the load is in the journal, and ends when there is nothing left to measure and to guard. A signal ends
 * both in order: what is guarded is undone at once, then the load's end and each recovery are recorded.
 */

import { type Fault, liveFaults, type Run } from '../../run/run.ts';
import { liveSchedules } from '../../run/schedules.ts';
import type { WorkloadWish } from '../../runner/actions.ts';
import type { Stream } from '../../runner/ports.ts';
import type { Runner } from '../../runner/runner.ts';
import type { Refusal } from '../../terms/outcomes.ts';
import type { Outlet } from '../outlets/outlet.ts';
import type { Launch } from './client.ts';

/** How often there is something to show. */
const SHOW_MS = 1000;
/** As long as another command may hold the run. */
const WAIT_MS = 600_000;
/** After a signal, so long; what has been undone is then left to be recorded by `fault recover`. */
const END_WAIT_MS = 30_000;

export interface ForegroundOptions {
  signal: AbortSignal;
  /** From the start of the load; null: until somebody stops it. */
  forMs: number | null;
  outlets: readonly Outlet[];
  /** One transition of the run. `ends`: the last one, which needs no watchdog any more. */
  transition<T>(
    how: { launch?: Launch; ends?: boolean; waitMs: number },
    work: (runner: Runner) => Stream<T>,
  ): Promise<{ result: T; run: Run }>;
  readRun(): Run | null;
  /** Once a second while it lasts. */
  show(): void;
  note(text: string): void;
}

export interface ForegroundEnd {
  /** Null where it ended before a run had begun. */
  run: string | null;
  /** For people: why it ended. */
  why: string;
  /** The signal's own refusal, where it was one. */
  refusal: Refusal | null;
}

/** Throws Refusal `watchdog_runs` where another watchdog is at work, and what the start throws. */
export async function runInForeground(
  wish: ForegroundOptions,
  wished: WorkloadWish,
): Promise<ForegroundEnd> {
  const { signal } = wish;
  const stop = new AbortController();
  let id: string | null = null;
  // Another run that takes its place meanwhile is none of ours.
  const readRun = () => {
    const run = wish.readRun();
    return id === null || run?.id === id ? run : null;
  };
  const options = { ...wish, readRun };
  const watchdog = new InProcessWatchdog(options, stop.signal);
  try {
    const { run } = await options.transition({ launch: watchdog.launch, waitMs: 0 }, (runner) =>
      runner.startWorkload(wished),
    );
    id = run.id;
    watchdog.mayEnd = true;
    const isTimeOver = await follow(options, watchdog);
    if (!signal.aborted)
      return {
        run: id,
        why: isTimeOver ? 'its time was over' : whyEnded(readRun()),
        refusal: null,
      };
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    // One that ended by itself takes no notice.
    stop.abort(signal.reason);
    await watchdog.ended;
  }
  await settle(options, sentence(signal.reason as Refusal));
  return {
    run: id ?? readRun()?.id ?? null,
    why: sentence(signal.reason as Refusal),
    refusal: signal.reason as Refusal,
  };
}

/** The one that runs here; `ended` resolves when it has let go of its lock. */
class InProcessWatchdog {
  ended: Promise<void> = Promise.resolve();
  isOver = false;
  /** Resolves when the load's time is over. */
  readonly loadOver: Promise<void>;
  readonly #endLoad: () => void;
  /** Before the load is in the journal it has nothing to do, and must stay. */
  mayEnd = false;
  readonly #options: ForegroundOptions;
  readonly #signal: AbortSignal;

  constructor(options: ForegroundOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.loadOver = promise;
    this.#endLoad = resolve;
  }

  readonly launch: Launch = (order) => {
    this.ended = this.#run(order).catch((error: Error) =>
      this.#options.note(`The watchdog failed: ${error.message}`),
    );
    return this.ended;
  };

  async #run(order: Parameters<Launch>[0]): Promise<void> {
    const { runWatchdog } = await import('./process.ts');
    try {
      const log = (text: string) => this.#options.note(text);
      await runWatchdog(order, {
        signal: this.#signal,
        idleMs: () => (this.mayEnd ? 0 : Number.POSITIVE_INFINITY),
        log,
        outlets: this.#options.outlets,
        limit: { forMs: this.#options.forMs, onOver: this.#endLoad },
      });
    } finally {
      this.isOver = true;
    }
  }
}

/** Until the watchdog has ended by itself, or the signal comes. True where the time was over first. */
async function follow(options: ForegroundOptions, watchdog: InProcessWatchdog): Promise<boolean> {
  const { signal, readRun, show, note } = options;
  let next = performance.now();
  let [isLoadOver, isTimeOver, isSaid] = [false, false, false];
  const over = watchdog.loadOver.then(() => {
    isLoadOver = true;
  });
  for (let waitsFor = [watchdog.ended, over]; ; ) {
    await firstOf(waitsFor, next - performance.now(), signal);
    if (watchdog.isOver || signal.aborted) return isTimeOver;
    if (isLoadOver && waitsFor.length > 1) {
      waitsFor = [watchdog.ended];
      isTimeOver = readRun()?.workload != null;
      if (isTimeOver)
        await options.transition({ waitMs: WAIT_MS }, (runner) =>
          runner.stopWorkload('its time was over'),
        );
    }
    if (performance.now() < next) continue;
    next = performance.now() + SHOW_MS;
    const run = readRun();
    const guarded = [...(run ? liveSchedules(run) : []), ...guardedIn(run)].map(({ id }) => id);
    if (run?.workload) show();
    else if (guarded.length > 0 && !isSaid) {
      isSaid = true;
      note(`The load has ended; ${guarded.join(', ')} still guarded. Ctrl-C recovers at once.`);
    }
  }
}

/** The load's end and the recoveries, on the record. What cannot be done is said, and stays live in the journal. */
async function settle(
  { readRun, note, transition }: ForegroundOptions,
  reason: string,
): Promise<void> {
  const run = readRun();
  if (
    run === null ||
    run.finished_at !== null ||
    (run.workload === null && guardedIn(run).length === 0 && liveSchedules(run).length === 0)
  )
    return;
  try {
    await transition({ ends: true, waitMs: END_WAIT_MS }, (runner) =>
      settleBy(runner, readRun, reason),
    );
  } catch (error) {
    note((error as Error).message);
  }
}

async function* settleBy(runner: Runner, readRun: () => Run | null, reason: string): Stream<void> {
  yield* runner.stopWorkload(reason);
  const schedules = liveSchedules(readRun() as Run).map(({ id }) => id);
  yield* runner.endSchedules(schedules, 'recovered', 'watchdog');
  for (const fault of guardedIn(readRun()).toReversed())
    yield* runner.recover(fault.id, null, 'watchdog');
}

function guardedIn(run: Run | null): Fault[] {
  return run === null ? [] : liveFaults(run).filter((fault) => fault.deadline !== null);
}

/** `Ended by SIGINT.` in the middle of a sentence. */
function sentence({ message }: Refusal): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '');
}

function whyEnded(run: Run | null): string {
  return run === null || run.finished_at !== null
    ? 'the run has ended'
    : 'it was stopped from another shell';
}

async function firstOf(
  ended: readonly Promise<void>[],
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { promise: either, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(0, withinMs));
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) resolve();
  await Promise.race([...ended, either]);
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
}
