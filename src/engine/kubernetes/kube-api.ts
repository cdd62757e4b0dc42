/**
 * The API of a cluster through `kubectl proxy`: every failure to get an answer is put in words, and says whether the request
 * can have been carried out.
 * Lacks on purpose: what the answers mean, and any retry.
 */
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import { type Asking, ask, NoAnswer } from '../engine-request.ts';
import type { ClusterRef } from './cluster-ref.ts';
import { IN_CLUSTER } from './kubectl-beside.ts';
import { KubectlProxy } from './kubectl-proxy.ts';

const LOOK_MS = 10_000;
const CHANGE_MS = 30_000;
const FORBIDDEN = 403;
/** A clock that says whole seconds alone is not known to differ by less. */
const SKEW_MS = 1500;
/** More than this many objects come in several answers. */
const PAGE = 1000;

export const MERGE = 'application/merge-patch+json';

/** An answer of the API server; `body`: its JSON, or the text of whatever else stands in between. */
export interface KubeAnswer {
  status: number;
  body: unknown;
  /** Epoch ms by the server's clock, to the second; null: it did not say. */
  dateMs: number | null;
}

export interface Change extends Pick<Asking, 'body' | 'contentType'> {
  method: 'POST' | 'PATCH' | 'DELETE';
  timeoutMs?: number;
}

export class KubeApi {
  readonly cluster: ClusterRef;
  readonly #proxy: KubectlProxy;

  constructor(cluster: ClusterRef, env: NodeJS.ProcessEnv) {
    this.cluster = cluster;
    this.#proxy = new KubectlProxy(cluster, env);
  }

  /** Asks without changing anything. Throws Refusal `engine_unreachable`, or the signal's reason; any status is an answer. */
  async look(path: string, signal?: AbortSignal): Promise<KubeAnswer> {
    signal?.throwIfAborted();
    try {
      return await this.#ask(path, { method: 'GET', timeoutMs: LOOK_MS, signal });
    } catch (error) {
      if (error instanceof NoAnswer) throw this.#unreachable(error);
      throw error;
    }
  }

  /** The JSON of a look; null for 404. Throws as `look` does, and a definite EngineError for any other status. */
  async read<Shape>(path: string, signal?: AbortSignal): Promise<Shape | null> {
    const { status, body } = await this.look(path, signal);
    if (status === 404) return null;
    if (status !== 200) throw this.#refusedLook(status, body);
    return body as Shape;
  }

  /** Every object of a list. `path`: with or without a query. Throws as `read` does, also for a kind that the cluster does not know. */
  async list<Shape>(path: string, signal?: AbortSignal): Promise<Shape[]> {
    const items: Shape[] = [];
    const query = `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE}`;
    for (let more = ''; ; ) {
      const { status, body } = await this.look(`${query}${more}`, signal);
      if (status !== 200) throw this.#refusedLook(status, body);
      const page = body as { items: Shape[]; metadata?: { continue?: string } };
      items.push(...page.items);
      const token = page.metadata?.continue;
      if (!token) return items;
      more = `&continue=${encodeURIComponent(token)}`;
    }
  }

  /** As `list`; none where this account may not look at them. */
  async listAllowed<Shape>(path: string, signal?: AbortSignal): Promise<Shape[]> {
    return this.list<Shape>(path, signal).catch((error: unknown) => {
      if (error instanceof EngineError && error.reason === FORBIDDEN) return [];
      throw error;
    });
  }

  /**
   * Asks for a change. `what` completes "the … of": `kill of web-1`. Any status that says that nothing was changed, or that it
   * was, is an answer. Throws EngineError: definite where the request surely never reached the cluster.
   */
  async change(what: string, path: string, change: Change): Promise<KubeAnswer> {
    try {
      const answer = await this.#ask(path, { timeoutMs: CHANGE_MS, ...change });
      if (answer.status < 500) return answer;
      const said = wordsOf(answer.body);
      throw new EngineError(`The cluster failed at the ${what}: ${said} (${answer.status}).`, {
        definite: false,
        reason: answer.status,
        next: 'fault recover',
      });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      const { message, next } = this.#unreachable(error);
      const end = error.sent ? 'may have happened' : 'was not asked for';
      throw new EngineError(
        `${message} The ${what} ${end}.`,
        { definite: !error.sent, reason: error.code, next: error.sent ? 'fault recover' : next },
        { cause: error },
      );
    }
  }

  close(): void {
    this.#proxy.close();
  }

  async #ask(path: string, asking: Asking): Promise<KubeAnswer> {
    const { status, headers, body } = await ask(await this.#proxy.line(), path, asking);
    const text = body.toString();
    const isJson = String(headers['content-type']).includes('json');
    // What is no answer of the API server is one of the proxy, which did not get through to it.
    if (!isJson && status >= 500)
      throw new NoAnswer('UPSTREAM', text.trim().slice(0, 300), !NOT_SENT.test(text));
    const dateMs = Date.parse(String(headers.date));
    return {
      status,
      body: isJson ? JSON.parse(text) : text,
      dateMs: Number.isNaN(dateMs) ? null : dateMs,
    };
  }

  #refusedLook(status: number, body: unknown): EngineError {
    const message = `The cluster did not answer a look: ${wordsOf(body)} (${status}).`;
    return new EngineError(message, { definite: true, reason: status, next: 'story doctor' });
  }

  #unreachable({ code, message }: NoAnswer): Refusal {
    const { context } = this.cluster;
    const where = context === IN_CLUSTER ? 'this pod runs in' : `of context "${context}"`;
    const next = message.includes('no program kubectl')
      ? 'Install kubectl: https://kubernetes.io/docs/tasks/tools'
      : code === 'KUBECTL'
        ? 'kubectl config get-contexts'
        : `kubectl --context ${context} version`;
    return new Refusal(
      'engine_unreachable',
      `The cluster ${where} cannot be reached: ${message}.`,
      context === IN_CLUSTER ? 'kubectl version' : next,
    );
  }
}

/** By how much a server's clock is ahead of ours; 0 where that is not known. */
export function skewOf(dateMs: number | null): number {
  const skewMs = dateMs === null ? 0 : dateMs - Date.now();
  return Math.abs(skewMs) < SKEW_MS ? 0 : skewMs;
}

/** As kubectl says it where no connection came about, so that nothing was sent. */
const NOT_SENT =
  /^(dial |getting credentials|tls: |x509: |Unable to connect)|connection refused|no such host|failed to verify certificate/;

/** What the API server says of an error. */
export function wordsOf(body: unknown): string {
  const message = (body as { message?: unknown } | null)?.message;
  return (
    String(message ?? (typeof body === 'string' ? body.trim().slice(0, 300) : '')) ||
    'no reason given'
  );
}
