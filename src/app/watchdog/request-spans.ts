/**
 * Some requests of the load, each as a trace of its own that the stack goes on with. Few of them, since each asks the
 * stack's own sampling to keep it; all others go out as they always did.
 */
import { type Link, SpanKind, SpanStatusCode, TraceFlags, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { liveFaults, type Run } from '../../run/run.ts';
import { faultKey, ROOT, traceKeyOf } from '../../run/trace-span.ts';
import type { TracedRequest, TraceRequest } from '../../workload/index.ts';
import { ANSWER_MS, EVERY_MS, sender, spanContextOf, watched } from '../outlets/otlp.ts';

export class RequestSpans {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #apartMs: number;
  #nextMs = 0;
  #links: Link[] = [];
  #attributes: Record<string, string | string[]> = {};

  /** Throws where the SDK refuses its own variables. `heard`: what came of each delivery; null: it arrived. */
  constructor(url: string, perSecond: number, heard: (problem: string | null) => void) {
    this.#apartMs = 1000 / perSecond;
    this.#provider = new TracerProvider({
      resource: sender(),
      sampler: new AlwaysOnSampler(),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: watched(new OTLPTraceExporter({ url, timeoutMillis: ANSWER_MS }), heard),
          scheduledDelayMillis: EVERY_MS,
          exportTimeoutMillis: ANSWER_MS,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('gameday');
  }

  /** What the next ones belong to. */
  set(run: Run): void {
    const live = liveFaults(run).map(({ id }) => id);
    const key = traceKeyOf(run);
    this.#links = [ROOT, ...live.map(faultKey)].map((of) => ({ context: spanContextOf(key, of) }));
    this.#attributes = {
      'gameday.run.id': run.id,
      'gameday.story.name': run.story.name,
      ...(live.length > 0 && { 'gameday.faults': live }),
    };
  }

  readonly begin: TraceRequest = ({ name, method, url }) => {
    const nowMs = performance.now();
    if (nowMs < this.#nextMs) return null;
    // Not evenly: of a load that asks several servers in turn it would always be the same one.
    this.#nextMs = nowMs + this.#apartMs * (0.5 + Math.random());
    const span = this.#tracer.startSpan(name, {
      kind: SpanKind.CLIENT,
      links: this.#links,
      attributes: {
        ...this.#attributes,
        'http.request.method': method,
        'server.address': url.hostname,
        'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
      },
    });
    const { traceId, spanId } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-0${TraceFlags.SAMPLED}`,
      end(status, error) {
        if (status !== null) span.setAttribute('http.response.status_code', status);
        if (error !== null) {
          span.setAttribute('error.type', status !== null ? String(status) : error);
          span.setStatus({ code: SpanStatusCode.ERROR, message: error });
        }
        span.end();
      },
    } satisfies TracedRequest;
  };

  close(): Promise<void> {
    return this.#provider.shutdown();
  }
}
