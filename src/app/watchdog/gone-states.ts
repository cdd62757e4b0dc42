/**
 * A state that is over has to be said: whoever is sent metrics keeps the last value that was sent for minutes, and would shade a
 * fault that has long been recovered. Prometheus, which scrapes, sees that it is gone.
 */
import type { Metric } from '../../view/outlets/figures.ts';

type State = Extract<Metric, { kind: 'state' }>;
type Attributes = State['samples'][number]['attributes'];

/** So long a state that is over is sent as 0, if some of it is lost on the way. */
const SAID_MS = 60_000;

export class GoneStates {
  /** By metric and attributes. */
  readonly #seen = new Map<string, { name: string; attributes: Attributes; atMs: number }>();

  /** The same metrics, with a 0 for each state that was in one of the last minute and is no more. */
  add(metrics: readonly Metric[], nowMs: number): Metric[] {
    return metrics.map((metric) => (metric.kind === 'state' ? this.#add(metric, nowMs) : metric));
  }

  #add(metric: State, nowMs: number): State {
    const { name } = metric;
    for (const { attributes } of metric.samples)
      this.#seen.set(JSON.stringify([name, attributes]), { name, attributes, atMs: nowMs });
    const over = [...this.#seen].filter(([, seen]) => seen.name === name && seen.atMs < nowMs);
    for (const [key, { atMs }] of over) if (nowMs - atMs > SAID_MS) this.#seen.delete(key);
    const samples = over.map(([, { attributes }]) => ({ attributes, value: 0 }));
    return { ...metric, samples: [...metric.samples, ...samples] };
  }
}
