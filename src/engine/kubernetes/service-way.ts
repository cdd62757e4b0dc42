/**
 * A way from this machine to a Service of the cluster: a port of the loopback that hands each connection on to the next pod
 * of the Service that is ready, as the cluster itself would. What is no fault of the stack is told apart: while pods are
 * ready and none can be reached, the way is cut. That is known at the next look: what ended a forward may have been the pod's end.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { EngineError } from '../../terms/outcomes.ts';
import type { Way } from '../engine.ts';
import { condition, type KubeService, type Pod } from './kube-answers.ts';
import type { KubeApi } from './kube-api.ts';
import { PodForward } from './pod-forward.ts';

const LOOK_EVERY_MS = 250;
/** From the first look until a pod can be reached. */
const START_MS = 15_000;
/** One that ended is not made anew at once. */
const AGAIN_MS = 500;
/** Cuts of longer ago than that nobody asks for. */
const KEPT_MS = 60_000;

export interface ServiceRef {
  name: string;
  namespace: string;
  port: number;
}

interface Kept {
  forward: PodForward;
  isReady: boolean;
  madeAt: number;
  /** When the forward before this one ended, while the pod was ready, or the pod got ready before there was one. Epoch ms. */
  downSince: number | null;
}

export class ServiceWay implements Way {
  readonly host = '127.0.0.1';
  readonly #api: KubeApi;
  readonly #env: NodeJS.ProcessEnv;
  readonly #service: ServiceRef;
  readonly #server: Server;
  /** By the pod's uid. */
  readonly #kept = new Map<string, Kept>();
  readonly #open = new Set<Socket>();
  #turn = 0;
  #isClosed = false;
  /** `to`: Infinity for one that goes on. Epoch ms. */
  #cuts: { from: number; to: number }[] = [];
  /** When the last look began that has ended. */
  #knownUntil = 0;
  #why = 'nothing is known of its pods yet';

  private constructor(api: KubeApi, env: NodeJS.ProcessEnv, service: ServiceRef) {
    this.#api = api;
    this.#env = env;
    this.#service = service;
    this.#server = createServer((socket) => this.#handOn(socket)).unref();
  }

  /** Resolves when a pod of it can be reached, or none is ready. Throws EngineError, Refusal. */
  static async open(
    api: KubeApi,
    env: NodeJS.ProcessEnv,
    service: ServiceRef,
  ): Promise<ServiceWay> {
    const way = new ServiceWay(api, env, service);
    try {
      void way.#keep(await way.#begin());
      return way;
    } catch (error) {
      way.close();
      throw error;
    }
  }

  async #begin(): Promise<KubeService> {
    const found = await this.#findService();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const end = performance.now() + START_MS;
    for (;;) {
      await this.#look(found);
      if (!this.#isCut) return found;
      if (performance.now() >= end) throw unreachable(this.#service, this.#why);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  wasCutBetween(fromMs: number, toMs: number): boolean | null {
    if (this.#cuts.some(({ from, to }) => from <= toMs && to >= fromMs)) return true;
    return toMs <= this.#knownUntil ? false : null;
  }

  close(): void {
    this.#isClosed = true;
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    for (const { forward } of this.#kept.values()) forward.close();
    this.#kept.clear();
  }

  async #findService(): Promise<KubeService> {
    const { name, namespace } = this.#service;
    const services = await this.#api.list<KubeService>(`/api/v1/namespaces/${namespace}/services`);
    const found = services.find(({ metadata }) => metadata.name === name);
    if (found && Object.keys(found.spec.selector ?? {}).length > 0) return found;
    const why = found ? 'it selects no pods' : 'there is none of that name';
    throw unreachable(this.#service, why);
  }

  async #keep(service: KubeService): Promise<void> {
    while (!this.#isClosed) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS).unref());
      const begun = Date.now();
      // What has been ready may be so still.
      await this.#look(service).catch((error: Error) => this.#judge(begun, error.message));
    }
  }

  /** A way is made as soon as a pod runs, so that it is there when it is ready. */
  async #look({ spec }: KubeService): Promise<void> {
    const begun = Date.now();
    const selector = Object.entries(spec.selector ?? {}).map((each) => each.join('='));
    const query = `labelSelector=${encodeURIComponent(selector.join(','))}`;
    const path = `/api/v1/namespaces/${this.#service.namespace}/pods?${query}`;
    const pods = (await this.#api.list<Pod>(path)).filter(
      ({ metadata, status }) => !metadata.deletionTimestamp && status.phase === 'Running',
    );
    if (this.#isClosed) return;
    for (const [uid, { forward }] of this.#kept)
      if (!pods.some(({ metadata }) => metadata.uid === uid)) {
        forward.close();
        this.#kept.delete(uid);
      }
    for (const pod of pods) this.#follow(pod, spec);
    this.#judge(begun, null);
  }

  #ready(): Kept[] {
    return [...this.#kept.values()].filter(({ isReady }) => isReady);
  }

  #follow(pod: Pod, spec: KubeService['spec']): void {
    const { uid, name } = pod.metadata;
    const before = this.#kept.get(uid);
    const isReady = condition(pod.status.conditions, 'Ready') === 'True';
    if (before) before.isReady = isReady;
    const isOver = before?.forward.overAt != null;
    if (before && !(isOver && performance.now() - before.madeAt > AGAIN_MS)) return;
    const port = portOf(pod, spec, this.#service.port);
    if (port === null) return;
    const cluster = { ...this.#api.cluster, namespace: this.#service.namespace };
    const forward = new PodForward(cluster, this.#env, { pod: name, port });
    const downSince = before?.downSince ?? before?.forward.overAt ?? null;
    this.#kept.set(uid, { forward, isReady, madeAt: performance.now(), downSince });
  }

  /** `begun`: of the look that has just ended. `why`: it failed. Epoch ms. */
  #judge(begun: number, why: string | null): void {
    this.#knownUntil = begun;
    const ready = this.#ready();
    for (const each of ready)
      if (!each.forward.isUp) each.downSince ??= each.forward.overAt ?? begun;
    // Those that end together are seen to end one after the other, and the first may be up again when the last one is.
    const from = Math.max(...ready.map(({ downSince }) => downSince ?? Number.POSITIVE_INFINITY));
    const to = Math.min(
      ...ready.map(({ forward }) => (forward.isUp && forward.upAt) || Number.POSITIVE_INFINITY),
    );
    for (const each of ready) if (each.forward.isUp) each.downSince = null;
    const last = this.#cuts.at(-1);
    const isDown = ready.length > 0 && from < to;
    if (isDown) {
      const said = ready.find(({ forward }) => forward.said)?.forward.said;
      this.#why = why ?? said ?? 'kubectl port-forward is not up yet';
    }
    if (last?.to !== Number.POSITIVE_INFINITY) {
      if (isDown) this.#cuts.push({ from, to });
    } else if (!isDown || to !== Number.POSITIVE_INFINITY) last.to = Date.now();
    this.#cuts = this.#cuts.filter(({ to }) => to > begun - KEPT_MS);
  }

  get #isCut(): boolean {
    return this.#cuts.at(-1)?.to === Number.POSITIVE_INFINITY;
  }

  #handOn(client: Socket): void {
    const ready = this.#ready().filter(({ forward }) => forward.isUp);
    const next = ready[this.#turn++ % Math.max(1, ready.length)];
    if (!next) {
      client.resetAndDestroy();
      return;
    }
    const pod = connect({ host: '127.0.0.1', port: next.forward.port as number });
    for (const [one, other] of [
      [client, pod],
      [pod, client],
    ] as const) {
      this.#open.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => this.#open.delete(one));
    }
    // What has been said is still handed on; what nobody reads any more would hold up all others.
    pod.on('close', () => client.end());
    client.on('close', () => pod.destroy());
  }
}

/** Of the pod, by number or by name. Null: this pod has none of that name. */
function portOf(pod: Pod, { ports = [] }: KubeService['spec'], port: number): number | null {
  const wanted = ports.find((each) => each.port === port)?.targetPort ?? port;
  if (typeof wanted === 'number') return wanted;
  const named = pod.spec.containers.flatMap((each) => each.ports ?? []);
  return named.find(({ name }) => name === wanted)?.containerPort ?? null;
}

function unreachable({ name, namespace, port }: ServiceRef, why: string): EngineError {
  const message = `There is no way to port ${port} of the Service ${name} in ${namespace}: ${why}.`;
  const next = `kubectl --namespace ${namespace} port-forward service/${name} :${port}`;
  return new EngineError(message, { definite: true, reason: 'no_way', next });
}
