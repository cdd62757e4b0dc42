/** The run and its load as they stand now, for whoever asks for their metrics. A watchdog that takes over counts anew. */
import { Tally } from '../../impact/tally.ts';
import { merge, type Window } from '../../impact/windows.ts';
import type { Run } from '../../run/run.ts';
import { type Metric, metricsOf } from '../../view/outlets/figures.ts';

const RECENT_MS = 1000;

export class LoadFigures {
  #run: Run | null = null;
  /** Of the load that is counted. */
  #startedAt: string | null = null;
  #tally = new Tally(0);
  #recent: Window[] = [];

  /** Epoch milliseconds from which on it counts; null: nothing was measured yet. */
  get sinceMs(): number | null {
    return this.#tally.whole?.at ?? null;
  }

  /** A load that was stopped stays counted until another one begins: its last windows come after that. */
  set(run: Run | null): void {
    const startedAt = run?.workload?.started_at ?? null;
    if (startedAt !== null && startedAt !== this.#startedAt) {
      this.#startedAt = startedAt;
      this.#tally = new Tally(0);
      this.#recent = [];
    }
    this.#run = run;
  }

  add(window: Window): void {
    this.#tally.add([window]);
    this.#recent = [...this.#recent, window].filter(({ at }) => at > window.at - RECENT_MS);
  }

  read(): Metric[] {
    const recent = this.#run?.workload ? merge(this.#recent) : null;
    return metricsOf(this.#run, { whole: this.#tally.whole, recent });
  }
}
