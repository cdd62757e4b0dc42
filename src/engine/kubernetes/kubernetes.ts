/**
 * The engine for one namespace of a Kubernetes cluster: its instances are pods. What is gone is never started again; its owner
 * makes another one in its place.
 * Lacks on purpose: a cache of how things stand. Only what can never change is kept: which name a uid has.
 */
import type { Instance, InstanceRow } from '../../fault/instance.ts';
import { runProgram } from '../../system/program.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Claim, Engine } from '../engine.ts';
import { ChaosMesh } from './chaos-mesh.ts';
import { createChaosNetwork, type Peer, peersAmong } from './chaos-network.ts';
import type { ClusterRef } from './cluster-ref.ts';
import { createEviction } from './eviction.ts';
import type { Pod, Workload } from './kube-answers.ts';
import { KubeApi, skewOf } from './kube-api.ts';
import { kubectlEnv } from './kubectl-beside.ts';
import { createLease } from './lease.ts';
import { createNodeAbility, inspectNode, listNodes, NodeSight } from './nodes.ts';
import { parseOwner, workloadPath } from './owner.ts';
import { instanceOf, rowOf, rowsOf } from './pod-instance.ts';
import { createPodLife } from './pod-life.ts';
import { readLog } from './pod-logs.ts';
import { ServiceWays } from './service-ways.ts';
import { createScale, inspectService, listServices, listWorkloads, wantedOf } from './workloads.ts';

/** What the cluster itself consists of. */
const SYSTEM_NAMESPACE = /^kube-|^chaos-mesh$/;

export interface KubernetesEngineOptions {
  cluster: ClusterRef;
  /** Where programs of the story run; absolute. */
  cwd: string;
  /** Ours, unless a test says otherwise. */
  env?: NodeJS.ProcessEnv;
}

/** Throws Refusal `engine_unreachable`, `protected`. */
export async function openKubernetesEngine(
  options: KubernetesEngineOptions,
): Promise<KubernetesEngine> {
  const { cluster, env = process.env } = options;
  const { context, namespace } = cluster;
  if (SYSTEM_NAMESPACE.test(namespace))
    throw new Refusal(
      'protected',
      `The namespace ${namespace} is the cluster's own: what breaks in it breaks everything.`,
      'Name the namespace of an application: --namespace NAME, in a story `kubernetes: { namespace: NAME }`.',
    );
  const api = new KubeApi(cluster, env);
  try {
    const { status, body, dateMs } = await api.look('/version');
    const version = (body as { gitVersion?: string }).gitVersion;
    if (status !== 200 || version === undefined)
      throw new Refusal(
        'engine_unreachable',
        `What answers by the context "${context}" does not let us look at it (${status}).`,
        `kubectl --context ${context} version`,
      );
    return new KubernetesEngine(api, version, skewOf(dateMs), { ...options, env });
  } catch (error) {
    api.close();
    throw error;
  }
}

export class KubernetesEngine implements Engine {
  readonly kind = 'kubernetes';
  readonly project: string;
  readonly spec: ClusterRef;
  readonly version: string;
  readonly api: KubeApi;
  readonly abilities: Engine['abilities'];
  readonly claim: Claim;
  readonly reach: NonNullable<Engine['reach']>;
  readonly hasChaosMesh: () => Promise<boolean>;
  /** The stack is the team's own. */
  readonly owned = null;
  readonly others: NonNullable<Engine['others']> = {
    nodes: (signal) => listNodes(this.api, signal),
    services: async (signal) => listServices(this.api, await this.list(signal), signal),
  };
  readonly #skewMs: number;
  readonly #options: Required<KubernetesEngineOptions>;
  /** By uid, from a listing or a record that had it: a uid never gets another name, and nothing else tells by it where to look. */
  readonly #known = new Map<string, InstanceRow>();
  readonly #sight: NodeSight;
  readonly #ways: ServiceWays;

  constructor(
    api: KubeApi,
    version: string,
    skewMs: number,
    options: Required<KubernetesEngineOptions>,
  ) {
    this.api = api;
    this.version = version;
    this.spec = api.cluster;
    this.project = api.cluster.namespace;
    this.#skewMs = skewMs;
    this.#options = options;
    this.#sight = new NodeSight(api);
    this.#ways = new ServiceWays(api, options.env);
    this.reach = (host, port) => this.#ways.reach(host, port);
    this.claim = createLease(api, () => this.#nowMs());
    const chaos = new ChaosMesh(api);
    this.hasChaosMesh = () => chaos.isThere();
    this.abilities = {
      lifecycle: createPodLife(api, chaos, (id) => this.#inspectPod(id)),
      network: createChaosNetwork(api, chaos, (names) => this.#peers(names)),
      eviction: createEviction(api),
      node: createNodeAbility(api, (node) => this.#podsOn(node)),
      scale: createScale(api),
    };
  }

  get reachedBy(): readonly string[] {
    return [this.spec.context];
  }

  async describe() {
    const { context, namespace } = this.spec;
    return `Kubernetes ${this.version} at context "${context}", namespace ${namespace}`;
  }

  /** Null where we may not look at that namespace. */
  async identity() {
    const { status, body } = await this.api.look('/api/v1/namespaces/kube-system');
    return status === 200 ? (body as Pick<Pod, 'metadata'>).metadata.uid : null;
  }

  async clock() {
    return new Date(this.#nowMs()).toISOString();
  }

  async list(signal?: AbortSignal): Promise<InstanceRow[]> {
    const [pods, silentNodes] = await Promise.all([
      this.api.list<Pod>(`${this.#in('v1')}/pods`, signal),
      this.#sight.silentNodes(signal),
    ]);
    const rows = rowsOf(pods, { silentNodes, nowMs: this.#nowMs() });
    for (const row of rows) this.#known.set(row.id, row);
    return rows;
  }

  /** What is gone, its owner makes anew; so there is but one thing that a person can have it do. */
  byHand(_: 'start' | 'restart', services: readonly string[]): string | null {
    const { context, namespace } = this.spec;
    const owners = [...this.#known.values()].flatMap(({ service, owner }) => {
      const found = services.includes(service) ? parseOwner(owner) : null;
      return found ? `${found.kind.toLowerCase()}/${found.name}` : [];
    });
    const names = [...new Set(owners)].join(' ');
    if (names === '') return null;
    return `kubectl --context ${context} --namespace ${namespace} rollout restart ${names}`;
  }

  async services(): Promise<string[]> {
    const found = await listWorkloads(this.api);
    return [...new Set(found.map(({ owner }) => owner.name))];
  }

  recall(instances: readonly InstanceRow[]): void {
    for (const each of instances) if (!this.#known.has(each.id)) this.#known.set(each.id, each);
  }

  async inspect(id: string, signal?: AbortSignal): Promise<Instance | null> {
    const other =
      (await inspectNode(this.api, id, signal)) ??
      (await inspectService(this.api, id, () => this.list(signal), signal));
    return other ?? this.#inspectPod(id, signal);
  }

  async #inspectPod(id: string, signal?: AbortSignal): Promise<Instance | null> {
    const place = await this.#placeOf(id, signal);
    const pod = place && (await this.#pod(place.name, id, signal));
    if (!pod) return null;
    const { nodeName } = pod.spec;
    const silentNodes = await this.#sight.silentAmong(nodeName, signal);
    return instanceOf(pod, rowOf(pod, place, { silentNodes, nowMs: this.#nowMs() }));
  }

  async wanted({ owner: text }: Instance, signal?: AbortSignal): Promise<number> {
    const owner = parseOwner(text);
    const path = owner && workloadPath(this.project, owner);
    const found = path && (await this.api.read<Workload>(path, signal));
    return found ? wantedOf(found) : 0;
  }

  async logs(id: string, lines: number, since?: string): Promise<string[]> {
    const place = lines > 0 ? await this.#placeOf(id) : null;
    const pod = place && (await this.#pod(place.name, id));
    return pod ? readLog(this.api, pod, lines, since) : [];
  }

  /** Nodes stamp each line with their own clock. */
  logMark() {
    return this.clock();
  }

  async run(...[command, options]: Parameters<Engine['run']>) {
    const { context, namespace } = this.spec;
    const { cwd, env } = this.#options;
    const set = { GAMEDAY_CONTEXT: context, GAMEDAY_NAMESPACE: namespace };
    const given = Object.entries(kubectlEnv(this.spec, env)).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return runProgram(command, { ...options, cwd, env: { ...Object.fromEntries(given), ...set } });
  }

  close(): void {
    this.#ways.close();
    this.api.close();
  }

  async #peers(names: readonly string[]): Promise<Peer[]> {
    const rows = await this.list();
    return peersAmong(names, rows, await this.api.list<Pod>(`${this.#in('v1')}/pods`));
  }

  /** Those that a drain is to move: a DaemonSet would make its own again on the spot. */
  async #podsOn(node: string): Promise<Instance[]> {
    const rows = (await this.list()).filter(
      (row) =>
        row.node === node && row.untouchable === null && !row.owner?.startsWith('DaemonSet '),
    );
    const pods = await Promise.all(rows.map(({ id }) => this.#inspectPod(id)));
    return pods.filter((pod) => pod !== null);
  }

  async #pod(name: string, uid: string, signal?: AbortSignal): Promise<Pod | null> {
    const pod = await this.api.read<Pod>(`${this.#in('v1')}/pods/${name}`, signal);
    return pod?.metadata.uid === uid ? pod : null;
  }

  async #placeOf(id: string, signal?: AbortSignal): Promise<InstanceRow | null> {
    if (!this.#known.has(id)) await this.list(signal);
    return this.#known.get(id) ?? null;
  }

  #in(group: string): string {
    return `${group === 'v1' ? '/api' : '/apis'}/${group}/namespaces/${this.project}`;
  }

  #nowMs(): number {
    return Date.now() + this.#skewMs;
  }
}
