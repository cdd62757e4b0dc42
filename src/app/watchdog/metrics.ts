/** Serves what is measured to Prometheus, as long as the workload lives: `workload start --metrics`, or `metrics:` in the story. */
import type { Server } from 'node:http';
import { Tally } from '../../impact/tally.ts';
import { merge, type Window } from '../../impact/windows.ts';
import type { Run } from '../../run/run.ts';
import { listenAt } from '../../system/listen.ts';
import { METRICS_TYPE, renderMetrics } from '../../view/outlets/metrics.ts';
import type { WatchdogPorts } from '../../watchdog/ports.ts';

const RECENT_MS = 1000;

export class MetricsServer {
  readonly #log: WatchdogPorts['log'];
  #address: string | null = null;
  #server: Promise<Server | null> | null = null;
  #run: Run | null = null;
  #tally = new Tally(0);
  #recent: Window[] = [];

  constructor(log: WatchdogPorts['log']) {
    this.#log = log;
  }

  /** As the run wants it; null: no longer. Waits for nothing, and never throws. */
  set(run: Run | null): void {
    const wanted = run?.workload?.metrics ?? null;
    if (run?.workload?.started_at !== this.#run?.workload?.started_at) {
      this.#tally = new Tally(0);
      this.#recent = [];
    }
    this.#run = run;
    if (wanted === this.#address) return;
    this.#address = wanted;
    const before = this.#server;
    this.#server = this.#replace(before, wanted);
  }

  add(window: Window): void {
    this.#tally.add([window]);
    this.#recent = [...this.#recent, window].filter(({ at }) => at > window.at - RECENT_MS);
  }

  async #replace(
    before: Promise<Server | null> | null,
    address: string | null,
  ): Promise<Server | null> {
    const old = await before;
    old?.close();
    old?.closeAllConnections();
    if (address === null) return null;
    try {
      const server = await listenAt(address, () => ({
        type: METRICS_TYPE,
        body: renderMetrics(this.#run, {
          whole: this.#tally.whole,
          recent: this.#recent.length > 0 ? merge(this.#recent) : null,
        }),
      }));
      // Nobody who scrapes keeps a watchdog alive.
      server.unref();
      return server;
    } catch (error) {
      this.#log(`metrics: ${address}: ${(error as Error).message}`, 'problem');
      return null;
    }
  }
}
