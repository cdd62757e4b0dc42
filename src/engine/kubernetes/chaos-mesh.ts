/**
 * Chaos Mesh, where it is in the cluster: what takes rights on a node, it does for us. An object of it is an order to its controller
 * and no proof, so that what came of it is looked at elsewhere. Each of ours bears the fault and the pod in its name and its labels:
 * a second order is none, and undoing needs nothing but the pod.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Hindrance } from '../engine.ts';
import type { Meta } from './kube-answers.ts';
import type { KubeApi } from './kube-api.ts';
import type { PodRecord } from './pod-instance.ts';
import { refusedChange } from './pod-life.ts';

const GROUP = '/apis/chaos-mesh.org/v1alpha1';
const FAULT = 'gameday.fault';
const POD = 'gameday.pod';
/** What an object rests on beside its pod. */
const RESTS_ON = 'gameday.rests-on';
const EXISTS = 409;
/** Its controller takes about a second; where it is dead, nothing ever happens. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 200;

export type ChaosKind = 'podchaos' | 'networkchaos';
const KINDS: Record<ChaosKind, string> = { podchaos: 'PodChaos', networkchaos: 'NetworkChaos' };

export interface ChaosObject {
  metadata: Meta;
  status?: {
    experiment?: { containerRecords?: { events?: { type?: string; message?: string }[] }[] };
  };
}

export interface Order {
  fault: string;
  kind: ChaosKind;
  spec: Record<string, unknown>;
  restsOn?: string;
}

export class ChaosMesh {
  readonly #api: KubeApi;
  #isThere: Promise<boolean> | null = null;

  constructor(api: KubeApi) {
    this.#api = api;
  }

  isThere(): Promise<boolean> {
    this.#isThere ??= this.#api.look(GROUP).then(({ status }) => status === 200);
    return this.#isThere;
  }

  /** Why what takes Chaos Mesh cannot be had; null: it is there. */
  async whyNot(instead: string): Promise<Hindrance | null> {
    if (await this.isThere()) return null;
    return { why: 'that takes Chaos Mesh in the cluster, which is not there', next: instead };
  }

  /** What of ours is ordered for the pod. For a node or a whole workload nothing ever is. */
  async ordered(kind: ChaosKind, target: Instance): Promise<ChaosObject[]> {
    if ((target.record as Partial<PodRecord>).namespace === undefined) return [];
    if (!(await this.isThere())) return [];
    const query = `?labelSelector=${encodeURIComponent(`${POD}=${target.id}`)}`;
    return this.#api.list<ChaosObject>(`${this.#path(kind)}${query}`);
  }

  /** Idempotent. Throws EngineError. */
  async order(target: Instance, { fault, kind, spec, restsOn = '' }: Order): Promise<void> {
    const what = `order for ${label(target)} to Chaos Mesh`;
    const answer = await this.#api.change(what, this.#path(kind), {
      method: 'POST',
      body: {
        apiVersion: 'chaos-mesh.org/v1alpha1',
        kind: KINDS[kind],
        metadata: {
          name: orderName(fault, target),
          namespace: this.#api.cluster.namespace,
          labels: { [FAULT]: fault, [POD]: target.id },
          annotations: { [RESTS_ON]: restsOn },
        },
        spec,
      },
    });
    if (answer.status >= 300 && answer.status !== EXISTS) throw refusedChange(what, answer);
  }

  /** Resolves when it is gone, which Chaos Mesh lets it be when it has undone what it did. Throws EngineError. */
  async withdraw(target: Instance, kind: ChaosKind, { metadata }: ChaosObject): Promise<void> {
    const path = `${this.#path(kind)}/${metadata.name}`;
    const what = `withdrawal of ${metadata.name}`;
    const answer = await this.#api.change(what, path, { method: 'DELETE' });
    if (answer.status >= 300 && answer.status !== 404) throw refusedChange(what, answer);
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const now = await this.#api.read<ChaosObject>(path);
      if (now?.metadata.uid !== metadata.uid) return;
      if (performance.now() > end) throw this.#stuck(target, kind, now);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** Waits until what was ordered can be seen. Throws EngineError with what Chaos Mesh says of it. */
  async until(target: Instance, kind: ChaosKind, isSo: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (performance.now() > end) {
        const said = (await this.ordered(kind, target)).map(lastWords).find(Boolean);
        const message = `Chaos Mesh was asked, and nothing of it is to be seen on ${label(target)}: ${said || 'it says nothing'}.`;
        throw new EngineError(message, { definite: false, next: 'fault recover' });
      }
      await delay(LOOK_EVERY_MS);
    }
  }

  #stuck(target: Instance, kind: ChaosKind, now: ChaosObject): EngineError {
    const { context, namespace } = this.#api.cluster;
    const held = now.metadata.finalizers?.join(', ') ?? 'nobody';
    const message = `Chaos Mesh has not taken ${now.metadata.name} off ${label(target)}: its finalizer ${held} is still there; ${lastWords(now) || 'its controller says nothing'}.`;
    const next = `kubectl --context ${context} --namespace ${namespace} describe ${kind} ${now.metadata.name}`;
    return new EngineError(message, { definite: false, reason: 'finalizer', next });
  }

  #path(kind: ChaosKind): string {
    return `${GROUP}/namespaces/${this.#api.cluster.namespace}/${kind}`;
  }
}

export function faultOf({ metadata }: ChaosObject): string {
  return metadata.labels?.[FAULT] ?? '';
}

export function restOf({ metadata }: ChaosObject): string {
  return metadata.annotations?.[RESTS_ON] ?? '';
}

/** One of a fault and a pod: a uid is given once. */
export function orderName(fault: string, { id }: Instance): string {
  return `gameday-${fault}-${id}`;
}

function lastWords({ status }: ChaosObject): string {
  const events = status?.experiment?.containerRecords?.flatMap((each) => each.events ?? []) ?? [];
  return events.findLast(({ type }) => type === 'Failed')?.message ?? '';
}
