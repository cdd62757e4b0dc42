/**
 * HTTP requests at a rate, over kept-alive connections, to several URLs in turn. A server that is back is used at once:
 * no back-off, no circuit breaker, no redirect followed. Loaded only where a story has such a workload.
 */
import { type Dispatcher, Pool } from 'undici';
import type { WorkloadSpec } from '../story/workload-spec.ts';
import { errorKind } from './error-kinds.ts';
import { keyedText } from './keyed-text.ts';
import { OpenLoop, type Operation, type Target } from './open-loop.ts';
import { basicAuthorization } from './userinfo.ts';

type HttpSpec = Extract<WorkloadSpec, { kind: 'http' }>;

export function openHttpLoad(spec: HttpSpec, draw: () => number): OpenLoop {
  return new OpenLoop(spec, new HttpTarget(spec, draw));
}

interface Route {
  pool: Pool;
  path: () => string;
  headers: Record<string, string>;
}

class HttpTarget implements Target {
  readonly #routes: Route[];
  readonly #pools: Pool[];
  readonly #method: Dispatcher.HttpMethod;
  readonly #body: (() => string) | null;
  readonly #isExpected: (status: number) => boolean;
  #next = 0;

  constructor(spec: HttpSpec, draw: () => number) {
    const pools = new Map<string, Pool>();
    this.#routes = spec.urls.map((text) => {
      const url = new URL(text);
      const pool = pools.get(url.origin) ?? openPool(url.origin, spec);
      pools.set(url.origin, pool);
      return { pool, path: keyedText(decodeBraces(url.pathname + url.search), draw), headers: headersFor(url, spec.headers) };
    });
    this.#pools = [...pools.values()];
    this.#method = spec.method as Dispatcher.HttpMethod;
    this.#body = spec.body === null ? null : keyedText(spec.body, draw);
    const { expect_status: wanted } = spec;
    this.#isExpected = wanted === null ? (status) => status >= 200 && status < 400 : (status) => status === wanted;
  }

  issue(operation: Operation): void {
    const route = this.#routes[this.#next++ % this.#routes.length] as Route;
    const { path, headers, pool } = route;
    try {
      pool.dispatch({ path: path(), method: this.#method, headers, body: this.#body?.() ?? null }, new Answer(operation, this.#isExpected));
    } catch (error) {
      operation.settle(errorKind(error));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }
}

/** The open loop keeps the time; undici's own timers would only cost. */
function openPool(origin: string, { connections, timeout_ms }: HttpSpec): Pool {
  return new Pool(origin, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: timeout_ms } });
}

/** A URL's parser writes braces as %7B and %7D; those of `{{key}}` are meant as they were. */
function decodeBraces(path: string): string {
  return path.replaceAll(/%7B%7Bkey%7D%7D/gi, '{{key}}');
}

function headersFor(url: URL, headers: Record<string, string>): Record<string, string> {
  const authorization = basicAuthorization(url);
  const hasOne = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  return authorization && !hasOne ? { ...headers, authorization } : headers;
}

class Answer implements Dispatcher.DispatchHandler {
  readonly #operation: Operation;
  readonly #isExpected: (status: number) => boolean;
  #status = 0;

  constructor(operation: Operation, isExpected: (status: number) => boolean) {
    this.#operation = operation;
    this.#isExpected = isExpected;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It may have waited for a free connection until its time was up.
    if (this.#operation.settled) controller.abort(new Error('timed out'));
    else this.#operation.abort = () => controller.abort(new Error('timed out'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#operation.settle(this.#isExpected(this.#status) ? null : `status ${this.#status}`);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#operation.settle(errorKind(error));
  }
}
