/** What the watchdog sends by OpenTelemetry: metrics, and some requests of the load. Nothing is loaded where nobody asks. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Run } from '../../run/run.ts';
import { TRACED_PER_SECOND } from '../../story/outlet-spec.ts';
import type { Story } from '../../story/story.ts';
import type { WatchdogPorts } from '../../watchdog/ports.ts';
import type { TraceRequest } from '../../workload/index.ts';
import { receiverOf, type Signal } from '../outlets/receiver.ts';
import type { LoadFigures } from './load-figures.ts';
import type { RequestSpans } from './request-spans.ts';

/** For what is left when the watchdog ends. */
const CLOSE_MS = 1000;

export class WatchdogTelemetry {
  readonly #story: Pick<Story, 'workload' | 'telemetry'>;
  readonly #log: WatchdogPorts['log'];
  /** Each problem is said once. */
  readonly #said = new Set<string>();
  readonly #opened: Promise<({ close(): Promise<void> } | null)[]>;
  #run: Run | null = null;
  #spans: RequestSpans | null = null;

  /** Never throws: what cannot be sent is said. The SDK is loaded meanwhile; nobody waits for it. */
  constructor(
    story: Pick<Story, 'workload' | 'telemetry'>,
    figures: LoadFigures,
    log: WatchdogPorts['log'],
  ) {
    this.#story = story;
    this.#log = log;
    this.#opened = Promise.all([this.#openSpans(), this.#openMetrics(figures)]);
  }

  readonly traceRequest: TraceRequest = (request) => this.#spans?.begin(request) ?? null;

  set(run: Run | null): void {
    this.#run = run;
    if (run) this.#spans?.set(run);
  }

  /** Sends what is left. Never rejects. */
  async close(): Promise<void> {
    const closed = this.#opened.then((all) => Promise.allSettled(all.map((one) => one?.close())));
    await Promise.race([closed, delay(CLOSE_MS, undefined, { ref: false })]);
  }

  #openSpans(): Promise<RequestSpans | null> {
    const { workload, telemetry } = this.#story;
    const perSecond = telemetry?.traced_per_second ?? TRACED_PER_SECOND;
    if (workload?.kind !== 'http' || perSecond === 0) return Promise.resolve(null);
    return this.#open('traces', async (url) => {
      const { RequestSpans } = await import('./request-spans.ts');
      const spans = new RequestSpans(url, perSecond, this.#heard('traced requests'));
      if (this.#run) spans.set(this.#run);
      this.#spans = spans;
      return spans;
    });
  }

  #openMetrics(figures: LoadFigures): Promise<{ close(): Promise<void> } | null> {
    return this.#open('metrics', async (url) => {
      const { openOtlpMetrics } = await import('./otlp-metrics.ts');
      return openOtlpMetrics(url, figures, process.env, this.#heard('metrics'));
    });
  }

  async #open<T>(signal: Signal, make: (url: string) => Promise<T>): Promise<T | null> {
    const receiver = receiverOf(signal, this.#story.telemetry, process.env);
    if (receiver === null) return null;
    if ('problem' in receiver) this.#say(receiver.problem);
    else
      try {
        return await make(receiver.url);
      } catch {
        // The message may repeat what the variables hold.
        this.#say(`the SDK cannot use what the variables OTEL_… hold for ${signal}`);
      }
    return null;
  }

  #heard(what: string): (problem: string | null) => void {
    return (problem) => {
      if (problem !== null) this.#say(`some ${what} were not delivered: ${problem}`);
    };
  }

  #say(text: string): void {
    if (!this.#said.has(text)) this.#log(`telemetry: ${text}.`);
    this.#said.add(text);
  }
}
