/** The probes of the steady state in the watchdog's loop of looks: while a fault is live, or a workload runs. */
import type { Engine } from '../../engine/engine.ts';
import { sinceOf } from '../../run/marks.ts';
import { isProbed, type Run } from '../../run/run.ts';
import { type LookWorld, repeatedly } from '../../runner/query-probe.ts';
import type { Look, ProbeSpec } from '../../story/probe-spec.ts';
import { errorReport } from '../../terms/outcomes.ts';
import { type Found, LookLoop } from './look-loop.ts';

export interface ProbingOptions {
  probes: readonly ProbeSpec[];
  /** Of the file. */
  path: string;
  openEngine(): Promise<Engine>;
  network: LookWorld['network'];
  log(text: string): void;
}

export class ProbeLoop {
  readonly #options: ProbingOptions;
  readonly #loop: LookLoop;
  #engine: Promise<Engine> | null = null;

  constructor(options: ProbingOptions) {
    const { probes, path, network, log } = options;
    this.#options = options;
    this.#loop = new LookLoop({
      what: 'probes',
      path,
      log,
      begin: (run) =>
        probes.map((probe) => {
          const world = { engine: () => this.#openEngine(), network };
          const look = repeatedly(world, probe, () => sinceOf(run(), 'newest'));
          const { name, timeout_ms, interval_ms } = probe;
          return { name, timeout_ms, interval_ms, look: (signal) => attempt(() => look(signal)) };
        }),
      end: () => {
        void this.#engine?.then((engine) => engine.close()).catch(() => {});
        this.#engine = null;
      },
    });
  }

  /** Begins or ends looking, as the run wants it; null: the end. Neither waits for a look nor throws. */
  set(run: Run | null): void {
    this.#loop.set(run, run !== null && isProbed(run) && this.#options.probes.length > 0);
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
