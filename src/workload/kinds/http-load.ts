/**
 * HTTP requests at a rate, to one or several URLs. A server that is back is used at once: no back-off, no circuit
 * breaker, no redirect followed. Loaded only where a story has such a workload.
 */
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import type { HttpOperation, HttpSpec } from '../../story/workload-spec.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { errorKind } from '../error-kinds.ts';
import { type KeySequence, openKeySequence } from '../pace/key-sequence.ts';
import { MixedLoad } from '../pace/mixed-load.ts';
import { OneShot } from '../pace/one-shot.ts';
import type { Operation } from '../pace/open-loop.ts';
import type { OperationResult, ProtocolClient } from '../pace/protocol-client.ts';
import type { TraceRequest } from '../request-trace.ts';
import { describeOperation, openRequest, type Request, withHeader } from './http-request.ts';
import { ResponseHandler } from './http-response.ts';

/** Throws Refusal `invalid_story` where the file of certificates cannot be read. */
export function openHttpLoad(
  spec: HttpSpec,
  options: { seed: number; firstValue: number; traceRequest: TraceRequest | null },
): MixedLoad<HttpOperation> {
  const sequence = openKeySequence<HttpOperation>(
    spec,
    (operation) => textsOf(operation, spec),
    options,
  );
  return new MixedLoad(spec, new HttpClient(spec, sequence, options.traceRequest), sequence);
}

/** Where an operation has no path, it is the URL's own, which may leave something open, too. */
function textsOf({ path, headers, body }: HttpOperation, { urls }: HttpSpec): string[] {
  return [...(path === null ? urls : [path]), body ?? '', ...Object.values(headers)];
}

class HttpClient implements ProtocolClient<HttpOperation> {
  readonly count: number;
  readonly #urls: URL[];
  /** Of each URL; URLs of one server share one. */
  readonly #pools: Pool[];
  /** Of each URL, of each operation of the mix. */
  readonly #requests: Request[][];
  readonly #spec: HttpSpec;
  readonly #sequence: KeySequence;
  readonly #traceRequest: TraceRequest | null;

  constructor(spec: HttpSpec, sequence: KeySequence, traceRequest: TraceRequest | null) {
    this.#spec = spec;
    this.#sequence = sequence;
    this.#traceRequest = traceRequest;
    this.count = spec.urls.length;
    this.#urls = spec.urls.map((text) => new URL(text));
    const pools = new Map<string, Pool>();
    const connect = connectOptions(spec);
    for (const { origin } of this.#urls)
      if (!pools.has(origin)) pools.set(origin, openPool(origin, spec, connect));
    this.#pools = this.#urls.map(({ origin }) => pools.get(origin) as Pool);
    this.#requests = this.#urls.map((url) =>
      spec.mix.map((operation) => openRequest(url, operation)),
    );
  }

  send(operation: Operation, endpoint: number): void {
    const request = (this.#requests[endpoint] as Request[])[operation.choice] as Request;
    const { key, write } = operation;
    const value = write < 0 ? '' : this.#sequence.valueOf(write);
    const traced = request.traceable && (this.#traceRequest?.(request.traceable) ?? null);
    const response = new ResponseHandler(
      operation,
      request.isExpected,
      request.wantedBody?.(key, value) ?? null,
      { traced },
    );
    try {
      const options = request.fill(key, value);
      const sent = traced ? withHeader(options, 'traceparent', traced.traceparent) : options;
      (this.#pools[endpoint] as Pool).dispatch(sent, response);
    } catch (error) {
      const kind = errorKind(error);
      traced?.end(null, kind);
      operation.settle(kind);
    }
  }

  perform(
    operation: HttpOperation,
    endpoint: number,
    key: number,
    value: string,
  ): Promise<OperationResult> {
    const request = openRequest(this.#urls[endpoint] as URL, operation);
    return new Promise((resolve) => {
      const one = new OneShot(this.#spec.timeout_ms, (error, undone) =>
        resolve({ error, undone, text: response.text }),
      );
      const response = new ResponseHandler(
        one,
        request.isExpected,
        request.wantedBody?.(key, value) ?? null,
        { keepsBody: true },
      );
      try {
        (this.#pools[endpoint] as Pool).dispatch(request.fill(key, value), response);
      } catch (error) {
        one.settle(errorKind(error));
      }
    });
  }

  describe(operation: HttpOperation): string {
    return describeOperation(operation);
  }

  textsOf(operation: HttpOperation): string[] {
    return textsOf(operation, this.#spec);
  }

  async close(): Promise<void> {
    await Promise.all([...new Set(this.#pools)].map((pool) => pool.destroy()));
  }
}

/** The open loop keeps the time; undici's own timers would only cost. */
function openPool(origin: string, { connections, keep_alive }: HttpSpec, connect: object): Pool {
  return new Pool(origin, {
    connections,
    pipelining: keep_alive ? 1 : 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect,
  });
}

function connectOptions({ tls, timeout_ms }: HttpSpec): object {
  if (!tls) return { timeout: timeout_ms };
  return {
    timeout: timeout_ms,
    rejectUnauthorized: !tls.insecure,
    ...(tls.ca !== null && { ca: readCertificates(tls.ca) }),
    ...(tls.server_name !== null && { servername: tls.server_name }),
  };
}

function readCertificates(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Refusal(
      'invalid_story',
      `The workload's certificates (${path}) cannot be read: ${(error as NodeJS.ErrnoException).code}.`,
      'story check',
    );
  }
}
