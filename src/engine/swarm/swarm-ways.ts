/**
 * The ways to the engines of a swarm's nodes. A manager knows the tasks, and the engine of a node alone can signal, freeze or
 * enter a container; which docker context leads to which node says the engine behind it (`/info`, NodeID), so that an address
 * which leads elsewhere by now is never taken for the node's.
 */
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import type { SwarmState } from '../docker/docker-answers.ts';
import { DockerApi } from '../docker/docker-api.ts';
import { contextNames, type DockerEndpoint, endpointBy } from '../docker/docker-connection.ts';

/** A context that leads nowhere holds up no look for longer. */
const KNOCK_MS = 3000;
/** From one search for a node that nothing leads to until the next. */
const AGAIN_MS = 2000;

export interface WaysOptions {
  manager: DockerApi;
  /** By the name of a node: a docker context or an address, as the story has it. */
  given: Readonly<Record<string, string>>;
  /** By the id of a node: the context or address by which it was found before. */
  recorded: Readonly<Record<string, string>>;
  /** Whether an engine on another machine may be used. */
  allows: (endpoint: DockerEndpoint) => boolean;
  env: NodeJS.ProcessEnv;
}

export interface Way {
  api: DockerApi;
  /** The docker context, or the address. */
  by: string;
}

export class NodeWays {
  readonly #options: WaysOptions;
  readonly #ways = new Map<string, Way>();
  /** What has led to somebody, by this swarm or not: it is not asked again. */
  readonly #known = new Set<string>();
  /** Ways that were not allowed. */
  readonly #refused = new Set<string>();
  #searching: Promise<void> | null = null;
  #searchedAt = Number.NEGATIVE_INFINITY;

  constructor(options: WaysOptions) {
    this.#options = options;
  }

  /** Null where nothing leads to it. `all`: the ids of the swarm's nodes, for which contexts are asked until each is found. */
  async to(nodeId: string, all: readonly string[]): Promise<Way | null> {
    if (!this.#ways.has(nodeId)) await this.search(all);
    return this.#ways.get(nodeId) ?? null;
  }

  async search(all: readonly string[]): Promise<void> {
    if (this.#searching) return this.#searching;
    const isMissing = () => all.some((id) => !this.#ways.has(id));
    if (!isMissing() || performance.now() - this.#searchedAt < AGAIN_MS) return;
    const { given, recorded, env } = this.#options;
    this.#searching = (async () => {
      await this.#addManager();
      await this.#knock([...Object.values(given), ...Object.values(recorded)]);
      if (isMissing()) await this.#knock(contextNames(env));
    })();
    await this.#searching.finally(() => {
      this.#searching = null;
      this.#searchedAt = performance.now();
    });
  }

  /** By the id of each node that was ever found: the context or address, for the record. */
  get words(): Record<string, string> {
    const found = [...this.#ways].map(([id, { by }]) => [id, by] as const);
    return { ...this.#options.recorded, ...Object.fromEntries(found) };
  }

  /** There is a way to it, or was one. */
  knows(nodeId: string): boolean {
    return Object.hasOwn(this.words, nodeId);
  }

  /** By the id of the node. */
  get open(): ReadonlyMap<string, Way> {
    return this.#ways;
  }

  get isAnyRefused(): boolean {
    return this.#refused.size > 0;
  }

  close(): void {
    for (const { api } of this.#ways.values()) if (api !== this.#options.manager) api.close();
  }

  async #addManager(): Promise<void> {
    const { manager } = this.#options;
    if ([...this.#ways.values()].some(({ api }) => api === manager)) return;
    const id = await nodeIdOf(manager).catch(() => null);
    if (id !== null)
      this.#ways.set(id, {
        api: manager,
        by: manager.endpoint.context ?? manager.endpoint.address,
      });
  }

  async #knock(words: readonly string[]): Promise<void> {
    const fresh = new Set(words.filter((word) => !this.#known.has(word)));
    await Promise.all([...fresh].map((word) => this.#ask(word)));
  }

  /** Never rejects: a context that cannot be used leads nowhere. */
  async #ask(word: string): Promise<void> {
    const { env, allows } = this.#options;
    try {
      const endpoint = endpointBy(word, env);
      if (!allows(endpoint)) {
        this.#refused.add(word);
        return;
      }
      const api = await DockerApi.open(endpoint, env, AbortSignal.timeout(KNOCK_MS));
      const id = await nodeIdOf(api, AbortSignal.timeout(KNOCK_MS)).catch(() => undefined);
      if (id !== undefined) this.#known.add(word);
      if (id && !this.#ways.has(id)) this.#ways.set(id, { api, by: word });
      else api.close();
    } catch {
      // It may answer the next time.
    }
  }
}

/** Null: it is in no swarm. Throws as a look does. */
async function nodeIdOf(api: DockerApi, signal?: AbortSignal): Promise<string | null> {
  const info = await api.read<{ Swarm?: SwarmState }>('/info', signal);
  return info?.Swarm?.NodeID || null;
}

/** What fails because an engine is silent; else it is a bug, and no reason to go on. */
export function isSilence(error: unknown): boolean {
  return (
    (error instanceof Refusal && error.code === 'engine_unreachable') ||
    error instanceof EngineError ||
    (error as { name?: string }).name === 'TimeoutError'
  );
}
