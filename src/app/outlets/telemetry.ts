/**
 * The run as a trace, to a receiver of OTLP over HTTP (JSON). What ends while a command works is sent by that command, with ids
 * that every process of the run makes alike. Loaded only where a trace is asked for: nothing else needs the SDK.
 */
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { type Journal, readEvents } from '../../journal/index.ts';
import type { Outgoing } from '../../run/outgoing.ts';
import { RunTrace } from '../../run/trace.ts';
import type { TraceSpan } from '../../run/trace-span.ts';
import { ProbeReader } from '../../workload/samples/probe-file.ts';
import { watchdogFiles } from '../watchdog/files.ts';
import { ANSWER_MS, EVERY_MS, reasonOf, sender, spanContextOf, watched } from './otlp.ts';
import type { Outlet } from './outlet.ts';

/** For all that is left when the command is done. */
const FLUSH_MS = 3000;
/** The same, where this process has failed to deliver before: whoever presents a story is not kept at each step of it. */
const FLUSH_AGAIN_MS = 200;

/** By the last delivery of this process, which may make several transitions. */
let isAway = false;

export class Telemetry implements Outlet {
  readonly #warn: (text: string) => void;
  readonly #trace: RunTrace;
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #ids = { traceId: '', spanId: '' };
  #isWarned = false;
  #isCaughtUp = false;

  /** `journal`: of the run, before anything more is written to it. Throws where the SDK refuses its own variables. */
  constructor(url: string, journal: Pick<Journal, 'run' | 'path'>, warn: (text: string) => void) {
    this.#warn = warn;
    this.#trace = new RunTrace(() =>
      journal.path === null || !this.#isCaughtUp
        ? []
        : new ProbeReader(watchdogFiles(dirname(journal.path)).probes).read(),
    );
    this.#provider = new TracerProvider({
      resource: sender(),
      sampler: new AlwaysOnSampler(),
      idGenerator: {
        generateTraceId: () => this.#ids.traceId,
        generateSpanId: () => this.#ids.spanId,
      },
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: watched(new OTLPTraceExporter({ url, timeoutMillis: ANSWER_MS }), (problem) =>
            this.#heard(problem),
          ),
          scheduledDelayMillis: EVERY_MS,
          exportTimeoutMillis: FLUSH_MS,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('gameday');
    this.#catchUp(journal.path);
    this.#isCaughtUp = true;
  }

  tell(outgoing: Outgoing): void {
    if (outgoing.type !== 'recorded') return;
    try {
      for (const span of this.#trace.add(outgoing.event)) this.#send(span);
    } catch (error) {
      this.#fail((error as Error).message);
    }
  }

  async flush(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const limit = AbortSignal.any([signal, over.signal]);
    const sent = this.#provider.forceFlush().catch((error: Error) => this.#fail(reasonOf(error)));
    await Promise.race([
      sent,
      delay(isAway ? FLUSH_AGAIN_MS : FLUSH_MS, undefined, { signal: limit }).catch(() => {}),
    ]);
    over.abort();
    void this.#provider.shutdown().catch(() => {});
  }

  /** What was before is known again, and was sent by those who wrote it. */
  #catchUp(path: string | null): void {
    if (path === null) return;
    try {
      for (const event of readEvents(path)) this.#trace.add(event);
    } catch (error) {
      this.#fail((error as Error).message);
    }
  }

  #send({ key, parent, name, startMs, endMs, attributes, moments, error }: TraceSpan): void {
    const run = this.#trace.key as string;
    Object.assign(this.#ids, spanContextOf(run, key));
    const context =
      parent === null
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, spanContextOf(run, parent));
    // A number could be taken for a time since the process began.
    const startTime = new Date(startMs);
    const span = this.#tracer.startSpan(name, { startTime, attributes }, context);
    for (const moment of moments)
      span.addEvent(moment.name, moment.attributes, new Date(moment.atMs));
    if (error !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    span.end(new Date(Math.max(startMs, endMs)));
  }

  #heard(problem: string | null): void {
    isAway = problem !== null;
    if (problem !== null) this.#fail(problem);
  }

  /** Once a command. */
  #fail(why: string): void {
    if (this.#isWarned) return;
    this.#isWarned = true;
    this.#warn(`telemetry: part of the trace was not delivered: ${why}.`);
  }
}
