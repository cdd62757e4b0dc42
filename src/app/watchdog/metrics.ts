/** Serves what is measured to Prometheus, as long as the workload lives: `workload start --metrics`, or `metrics:` in the story. */
import type { Server } from 'node:http';
import type { Run } from '../../run/run.ts';
import { listenAt } from '../../system/listen.ts';
import { PROMETHEUS_TYPE, renderPrometheus } from '../../view/outlets/prometheus.ts';
import type { WatchdogPorts } from '../../watchdog/ports.ts';
import type { LoadFigures } from './load-figures.ts';

export class MetricsServer {
  readonly #figures: LoadFigures;
  readonly #log: WatchdogPorts['log'];
  #address: string | null = null;
  #server: Promise<Server | null> | null = null;

  constructor(figures: LoadFigures, log: WatchdogPorts['log']) {
    this.#figures = figures;
    this.#log = log;
  }

  /** As the run wants it; null: no longer. Waits for nothing, and never throws. */
  set(run: Run | null): void {
    const wanted = run?.workload?.metrics ?? null;
    if (wanted === this.#address) return;
    this.#address = wanted;
    const before = this.#server;
    this.#server = this.#replace(before, wanted);
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
        type: PROMETHEUS_TYPE,
        body: renderPrometheus(this.#figures.read()),
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
