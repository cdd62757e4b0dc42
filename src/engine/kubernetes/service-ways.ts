/** The ways from this machine into a cluster, one a port of a Service, each opened when it is first asked for. */
import type { Way } from '../engine.ts';
import type { KubeApi } from './kube-api.ts';
import { IN_CLUSTER } from './kubectl-beside.ts';
import { parseServiceHost } from './service-host.ts';
import { ServiceWay } from './service-way.ts';

export class ServiceWays {
  readonly #api: KubeApi;
  readonly #env: NodeJS.ProcessEnv;
  readonly #ways = new Map<string, Promise<ServiceWay>>();

  constructor(api: KubeApi, env: NodeJS.ProcessEnv) {
    this.#api = api;
    this.#env = env;
  }

  /** Null for what is no Service, and for gameday in a pod, which reaches it as it stands. Throws EngineError, Refusal. */
  async reach(host: string, port: number): Promise<Way | null> {
    const service = parseServiceHost(host);
    if (!service || this.#api.cluster.context === IN_CLUSTER) return null;
    const key = `${service.name}.${service.namespace}:${port}`;
    const way = this.#ways.get(key) ?? ServiceWay.open(this.#api, this.#env, { ...service, port });
    this.#ways.set(key, way);
    try {
      return await way;
    } catch (error) {
      this.#ways.delete(key); // The next one tries again.
      throw error;
    }
  }

  close(): void {
    for (const way of this.#ways.values())
      void way.then(
        (each) => each.close(),
        () => {},
      );
    this.#ways.clear();
  }
}
