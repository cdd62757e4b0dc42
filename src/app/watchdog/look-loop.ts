/**
 * Looks at several things in the watchdog, each at its interval, and writes down what changed. Each has a loop of its own and
 * is looked at once at a time, so that one that hangs delays neither the others nor a recovery.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ALIVE_MS, type ProbeState } from '../../impact/probe-impact.ts';
import { liveFaults, type Run } from '../../run/run.ts';
import { ProbeFile } from '../../workload/index.ts';

/** A look has its own limit in time, and a program some time to end; what has not ended so long after it counts as not taken. */
const GRACE_MS = 4000;
/** Between two looks, however long the first one took. */
const LEAST_PAUSE_MS = 20;

/** What one look found. */
export interface Found {
  state: ProbeState;
  text: string;
}

export interface Looked {
  name: string;
  /** As long as one look may take. */
  timeout_ms: number;
  /** From the beginning of one look to that of the next. */
  interval_ms: number;
  /** Never rejects. */
  look(signal: AbortSignal): Promise<Found>;
}

export interface LookingOptions {
  /** What it is, in the log: `probes`. */
  what: string;
  /** Of the file. */
  path: string;
  /** Begins to look, and says at what; `run`: as it is at each moment. */
  begin(run: () => Run): Looked[];
  /** Nobody looks any more. */
  end(): void;
  log(text: string): void;
}

export class LookLoop {
  readonly #options: LookingOptions;
  #run: Run | null = null;
  #looking: { controller: AbortController; file: ProbeFile; timer: NodeJS.Timeout } | null = null;
  /** By name: the state that was written last, and the newest fault for which a result has been written. */
  readonly #written = new Map<string, ProbeState>();
  readonly #newestFault = new Map<string, number>();
  #lost = 0;

  constructor(options: LookingOptions) {
    this.#options = options;
  }

  /** As it was written last, by name. */
  get states(): ReadonlyMap<string, ProbeState> {
    return this.#written;
  }

  /** Begins or ends looking, as it is wanted. Neither waits for a look nor throws. */
  set(run: Run | null, wanted: boolean): void {
    this.#run = run ?? this.#run;
    if (wanted && !this.#looking) this.#begin();
    if (!wanted && this.#looking) this.#end();
  }

  #begin(): void {
    let file: ProbeFile;
    try {
      file = ProbeFile.open(this.#options.path);
    } catch (error) {
      if (this.#lost++ === 0)
        this.#options.log(`${this.#options.what}: ${(error as Error).message}`);
      return; // Tried again by the next turn of the watchdog.
    }
    const controller = new AbortController();
    this.#written.clear();
    file.append({ at: Date.now(), note: 'begin' });
    const timer = setInterval(() => file.beat(Date.now()), ALIVE_MS);
    this.#looking = { controller, file, timer };
    const all = this.#options.begin(() => this.#run as Run);
    for (const each of all) {
      void this.#watch(each, file, controller.signal).catch((error: Error) => {
        if (!controller.signal.aborted) this.#options.log(`${each.name}: ${error.stack}`);
      });
    }
    this.#options.log(
      `${this.#options.what}: looking at ${all.map(({ name }) => name).join(', ')}`,
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
    this.#options.end();
    this.#options.log(`${this.#options.what}: no longer looked at`);
  }

  async #watch(each: Looked, file: ProbeFile, signal: AbortSignal): Promise<void> {
    for (;;) {
      const [begun, begunAt] = [performance.now(), Date.now()];
      const limit = linked(signal, each.timeout_ms + GRACE_MS);
      const pending = each.look(limit.signal);
      const found = await Promise.race([pending, limit.over]);
      limit.dispose();
      if (signal.aborted) return;
      this.#note(file, each.name, found, begunAt);
      const rest = linked(signal, null);
      await Promise.race([pending, rest.over]);
      rest.dispose();
      await delay(
        Math.max(LEAST_PAUSE_MS, begun + each.interval_ms - performance.now()),
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
      this.#options.log(
        `${this.#options.what}: a look could not be written down; what is lost will be a gap`,
      );
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
