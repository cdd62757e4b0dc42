/**
 * Runs the probes of the steady state in the watchdog, each at its interval, and writes down what changed. Each probe has
 * a loop of its own and runs once at a time, so that one that hangs delays neither the others nor a recovery.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { ALIVE_MS, type ProbeState } from '../../impact/probe-impact.ts';
import { sinceOf } from '../../run/marks.ts';
import { isProbed, liveFaults, type Run } from '../../run/run.ts';
import { type LookWorld, repeatedly } from '../../runner/query-probe.ts';
import type { Look, ProbeSpec } from '../../story/probe-spec.ts';
import { errorReport } from '../../terms/outcomes.ts';
import { ProbeFile } from '../../workload/index.ts';

/** A look has its own limit in time, and a program some time to end; what has not ended so long after it counts as not taken. */
const GRACE_MS = 4000;
/** Between two looks, however long the first one took. */
const LEAST_PAUSE_MS = 20;

export interface ProbingOptions {
  probes: readonly ProbeSpec[];
  /** Of the file. */
  path: string;
  openEngine(): Promise<Engine>;
  network: LookWorld['network'];
  log(text: string): void;
}

interface Found {
  state: ProbeState;
  text: string;
}

export class ProbeLoop {
  readonly #options: ProbingOptions;
  #run: Run | null = null;
  #looking: { controller: AbortController; file: ProbeFile; timer: NodeJS.Timeout } | null = null;
  #engine: Promise<Engine> | null = null;
  /** By probe: the state that was written last, and the newest fault for which a result has been written. */
  readonly #written = new Map<string, ProbeState>();
  readonly #newestFault = new Map<string, number>();
  #lost = 0;

  constructor(options: ProbingOptions) {
    this.#options = options;
  }

  /** Begins or ends looking, as the run wants it; null: the end. Neither waits for a look nor throws. */
  set(run: Run | null): void {
    this.#run = run ?? this.#run;
    const wanted = run !== null && isProbed(run) && this.#options.probes.length > 0;
    if (wanted && !this.#looking) this.#begin();
    if (!wanted && this.#looking) this.#end();
  }

  #begin(): void {
    let file: ProbeFile;
    try {
      file = ProbeFile.open(this.#options.path);
    } catch (error) {
      if (this.#lost++ === 0) this.#options.log(`probes: ${(error as Error).message}`);
      return; // Tried again by the next turn of the watchdog.
    }
    const controller = new AbortController();
    this.#written.clear();
    file.append({ at: Date.now(), note: 'begin' });
    const timer = setInterval(() => file.beat(Date.now()), ALIVE_MS);
    this.#looking = { controller, file, timer };
    for (const probe of this.#options.probes) {
      void this.#watch(probe, file, controller.signal).catch((error: Error) => {
        if (!controller.signal.aborted) this.#options.log(`probe ${probe.name}: ${error.stack}`);
      });
    }
    this.#options.log(
      `probes: looking at ${this.#options.probes.map(({ name }) => name).join(', ')}`,
    );
  }

  #end(): void {
    const looking = this.#looking;
    this.#looking = null;
    if (!looking) return;
    looking.controller.abort();
    clearInterval(looking.timer);
    looking.file.append({ at: Date.now(), note: 'end' });
    looking.file.close();
    void this.#engine?.then((engine) => engine.close()).catch(() => {});
    this.#engine = null;
    this.#options.log('probes: no longer looked at');
  }

  async #watch(probe: ProbeSpec, file: ProbeFile, signal: AbortSignal): Promise<void> {
    const world = { engine: () => this.#openEngine(), network: this.#options.network };
    const look = repeatedly(world, probe, () => sinceOf(this.#run as Run, 'newest'));
    for (;;) {
      const [begun, begunAt] = [performance.now(), Date.now()];
      const limit = linked(signal, probe.timeout_ms + GRACE_MS);
      const pending = attempt(() => look(limit.signal));
      const found = await Promise.race([pending, limit.over]);
      limit.dispose();
      if (signal.aborted) return;
      this.#note(file, probe.name, found, begunAt);
      const rest = linked(signal, null);
      await Promise.race([pending, rest.over]);
      rest.dispose();
      await delay(
        Math.max(LEAST_PAUSE_MS, begun + probe.interval_ms - performance.now()),
        undefined,
        { signal },
      );
    }
  }

  /** Where it changed, and once after each fault, so that whoever waits knows that it has been looked at. */
  #note(file: ProbeFile, probe: string, { state, text }: Found, begunAt: number): void {
    const faults = this.#run ? liveFaults(this.#run) : [];
    const newest = Math.max(
      0,
      ...faults
        .map((fault) => Date.parse(fault.injected_at ?? '') || 0)
        .filter((atMs) => atMs <= begunAt),
    );
    const isNews =
      this.#written.get(probe) !== state || newest > (this.#newestFault.get(probe) ?? 0);
    if (!isNews) return;
    if (file.append({ at: Date.now(), probe, state, text })) {
      this.#written.set(probe, state);
      this.#newestFault.set(probe, newest);
    } else if (this.#lost++ === 0)
      this.#options.log('probes: a look could not be written down; what is lost will be a gap');
  }

  /** One for all, opened when the first look needs it, and again where that failed. */
  #openEngine(): Promise<Engine> {
    this.#engine ??= this.#options.openEngine().catch((error: unknown) => {
      this.#engine = null;
      throw error;
    });
    return this.#engine;
  }
}

/** A look that cannot be taken says nothing of what was looked at. */
async function attempt(look: () => Promise<Look>): Promise<Found> {
  try {
    const { met, text } = await look();
    return { state: met ? 'met' : 'not_met', text };
  } catch (error) {
    const known = errorReport(error);
    return {
      state: 'unknown',
      text: known ? known.message : `the look failed: ${(error as Error).message}`,
    };
  }
}

/** A signal for one look, so that nothing of it hangs on to the one that lasts; `over` resolves when it comes. */
function linked(signal: AbortSignal, limitMs: number | null) {
  const controller = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<Found>();
  const end = () => {
    controller.abort();
    resolve({ state: 'unknown', text: 'the look did not end in its time' });
  };
  const timer = limitMs === null ? undefined : setTimeout(end, limitMs);
  signal.addEventListener('abort', end);
  const dispose = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  };
  return { signal: controller.signal, over, dispose };
}
