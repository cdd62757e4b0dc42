/**
 * The watchdog's side of the instances: while a fault is live or a workload runs, it lists the stack every second and writes down
 * what changed. Of what is new or changed, and of the targets of live faults, it asks when they began to run, so that one that was
 * restarted between two looks is seen, too.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { StateLog } from '../../journal/index.ts';
import { changesOf, LOOKING_MS, type Observed } from '../../run/instance-states.ts';
import { liveFaults, type Run } from '../../run/run.ts';
import { liveSchedules } from '../../run/schedules.ts';
import { observedInstance, observedRow } from '../records/observe-engine.ts';

const LOOK_EVERY_MS = 1000;
/** An engine that does not answer is asked less often. */
const SILENT_EVERY_MS = 5000;
/** So many are looked at closely in one look; the others when their turn comes. */
const MOST_CLOSE_LOOKS = 16;

export interface InstanceWatchOptions {
  runDir: string;
  openEngine(): Promise<Engine>;
  /** After each look: makes effects so again that no longer are, because of others than their target. */
  keepTrue(engine: Engine, run: Run): Promise<void>;
  log(text: string): void;
}

export class InstanceWatch {
  readonly #options: InstanceWatchOptions;
  #run: Run | null = null;
  #looking: AbortController | null = null;
  #said: string | null = null;

  constructor(options: InstanceWatchOptions) {
    this.#options = options;
  }

  /** Begins or ends looking, as the run wants it; null: the end. Neither waits for a look nor throws. */
  set(run: Run | null): void {
    this.#run = run;
    const wanted =
      run !== null &&
      run.finished_at === null &&
      (run.workload !== null || liveFaults(run).length > 0 || liveSchedules(run).length > 0);
    if (wanted && !this.#looking) {
      this.#looking = new AbortController();
      void this.#watch(this.#looking.signal);
    }
    if (!wanted && this.#looking) {
      this.#looking.abort();
      this.#looking = null;
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const states = new StateLog(this.#options.runDir, { isOnly: true });
    let engine: Engine | null = null;
    let saidAt = Number.NEGATIVE_INFINITY;
    let isSilent = false;
    states.mark('begin', Date.now());
    while (!signal.aborted) {
      const begun = performance.now();
      try {
        engine ??= await this.#options.openEngine();
        await this.#look(engine, states, signal);
        if (this.#run) await this.#keepTrue(engine, this.#run);
        if (begun - saidAt >= LOOKING_MS && states.mark('alive', Date.now())) saidAt = begun;
        isSilent = false;
      } catch (error) {
        engine?.close();
        engine = null;
        if (!isSilent && !signal.aborted)
          this.#options.log(`instances: ${(error as Error).message}`);
        isSilent = true;
      }
      const everyMs = isSilent ? SILENT_EVERY_MS : LOOK_EVERY_MS;
      const restMs = Math.max(LOOK_EVERY_MS / 2, begun + everyMs - performance.now());
      await delay(restMs, undefined, { signal }).catch(() => {});
    }
    states.mark('end', Date.now());
    engine?.close();
  }

  /** What fails is tried again after the next look, and said once. */
  async #keepTrue(engine: Engine, run: Run): Promise<void> {
    const said = await this.#options.keepTrue(engine, run).then(
      () => null,
      ({ message }: Error) => message,
    );
    if (said !== null && said !== this.#said) this.#options.log(said);
    this.#said = said;
  }

  async #look(engine: Engine, states: StateLog, signal: AbortSignal): Promise<void> {
    const rows = (await engine.list(signal)).map(observedRow);
    const atMs = Date.now();
    const known = states.known();
    const ids = new Set(rows.map(({ id }) => id));
    const targets = (this.#run ? liveFaults(this.#run) : []).flatMap(({ targets }) =>
      targets.map(({ id }) => id).filter((id) => ids.has(id)),
    );
    const changed = changesOf(known, rows, new Date(atMs).toISOString(), false)
      .filter(({ incarnation }) => incarnation === null)
      .map(({ id }) => id);
    const unknown = rows
      .filter(({ state }) => state === 'running' || state === 'paused')
      .map(({ id }) => id)
      .filter((id) => known.instances.get(id)?.incarnation === null);
    const closely = [...new Set([...targets, ...changed, ...unknown])].slice(0, MOST_CLOSE_LOOKS);
    const looked = await Promise.all(closely.map((id) => engine.inspect(id, signal)));
    const close = new Map<string, Observed>(
      looked.flatMap((each) => (each ? [[each.id, observedInstance(each)]] : [])),
    );
    // A closer look is the newer one of the two.
    states.observe(
      rows.map((row) => close.get(row.id) ?? row),
      atMs,
      true,
    );
    states.flush();
  }
}
