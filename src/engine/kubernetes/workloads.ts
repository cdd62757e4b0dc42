/** Whole workloads as targets: how many pods one is to have. What it was to have before stands in the record. */
import { ScaleEffectSchema } from '../../fault/cluster-effect.ts';
import { type Instance, type InstanceRow, instanceOfRow, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { parseEffectBy } from '../parse-effect.ts';
import type { Meta, Workload } from './kube-answers.ts';
import { type KubeApi, MERGE } from './kube-api.ts';
import { type Owner, ownerName, WORKLOADS, type WorkloadKind, workloadPath } from './owner.ts';
import { refusedChange, SETTLE_MS } from './pod-life.ts';

const ID = 'service:';
const KINDS: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];
const CONFLICT = 409;
const TRIES = 5;

interface Scale {
  metadata: Meta;
  spec: { replicas?: number };
}

interface Autoscaler {
  metadata: Meta;
  spec: { scaleTargetRef: { kind: string; name: string } };
}

/** A workload with its kind, which the objects of a list do not say. */
export interface Named {
  owner: Owner;
  workload: Workload;
}

export async function listWorkloads(api: KubeApi, signal?: AbortSignal): Promise<Named[]> {
  const lists = await Promise.all(
    KINDS.map(async (kind) => {
      const path = `/apis/apps/v1/namespaces/${api.cluster.namespace}/${WORKLOADS[kind]}`;
      const items = await api.list<Workload>(path, signal);
      return items.map((workload) => ({
        owner: { kind, name: workload.metadata.name },
        workload,
      }));
    }),
  );
  return lists.flat().sort((one, other) => (one.owner.name < other.owner.name ? -1 : 1));
}

/** `pods`: of the namespace, by which it is counted how many of a workload are well: its own figures lag behind. */
export async function listServices(
  api: KubeApi,
  pods: readonly InstanceRow[],
  signal?: AbortSignal,
): Promise<InstanceRow[]> {
  return (await listWorkloads(api, signal)).map((each) => rowOf(api, each, pods));
}

/** Null for the id of anything else, and of a workload that is gone. */
export async function inspectService(
  api: KubeApi,
  id: string,
  pods: () => Promise<InstanceRow[]>,
  signal?: AbortSignal,
): Promise<Instance | null> {
  if (!id.startsWith(ID)) return null;
  const found = (await listWorkloads(api, signal)).find(({ workload }) => idOf(workload) === id);
  if (!found) return null;
  const row = rowOf(api, found, await pods());
  const record = { owner: found.owner, scale: { replicas: wantedOf(found.workload) } };
  return {
    ...instanceOfRow(row, record),
    incarnation: row.id,
    started_at: row.made_at ?? null,
  };
}

/** How many it is to have by now. */
export function wantedOf({ spec, status }: Workload): number {
  return status.desiredNumberScheduled ?? spec.replicas ?? 1;
}

export function createScale(api: KubeApi): Ability {
  return {
    async whyNot(target, effect) {
      const { to } = parseEffectBy(ScaleEffectSchema, effect);
      return whyNotScaled(api, target, to);
    },
    async set(target, effects) {
      const [wanted] = effects;
      const to = wanted ? parseEffectBy(ScaleEffectSchema, wanted.effect).to : replicasOf(target);
      if (to !== null) await scale(api, target, to);
    },
    async read(now, effects) {
      return effects.map(({ target, effect }) => {
        const replicas = replicasOf(now);
        if (replicas === parseEffectBy(ScaleEffectSchema, effect).to) return { state: 'in_force' };
        return { state: replicas === replicasOf(target) ? 'absent' : 'altered' };
      });
    },
    settleMs: () => SETTLE_MS,
  };
}

async function whyNotScaled(api: KubeApi, target: Instance, to: number): Promise<Hindrance | null> {
  const { kind, name } = ownerOf(target);
  if (replicasOf(target) === to)
    return { why: `it is to have ${to} already`, next: 'Write another number.' };
  const { namespace } = api.cluster;
  const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
  // Who may not look at them is not kept from scaling: if there is one, the drift will show what it does.
  const autoscalers = await api.list<Autoscaler>(path).catch((error: unknown) => {
    if (error instanceof EngineError) return [];
    throw error;
  });
  const found = autoscalers.find(
    ({ spec }) => spec.scaleTargetRef.kind === kind && spec.scaleTargetRef.name === name,
  );
  return found
    ? {
        why: `HorizontalPodAutoscaler ${found.metadata.name} would scale it back`,
        next: `kubectl --namespace ${namespace} get hpa ${found.metadata.name}`,
      }
    : null;
}

/** Bound to what was looked at: one that somebody changed meanwhile is looked at again. */
async function scale(api: KubeApi, target: Instance, replicas: number): Promise<void> {
  const what = `scaling of ${label(target)}`;
  const path = `${workloadPath(api.cluster.namespace, ownerOf(target))}/scale`;
  for (let tries = 1; ; tries++) {
    const now = await api.read<Scale>(path);
    if (!now || `${ID}${now.metadata.uid}` !== target.id) throw gone(target);
    if ((now.spec.replicas ?? 0) === replicas) return;
    const { uid, resourceVersion } = now.metadata;
    const body = { metadata: { uid, resourceVersion }, spec: { replicas } };
    const answer = await api.change(what, path, { method: 'PATCH', contentType: MERGE, body });
    if (answer.status < 300) return;
    if (answer.status !== CONFLICT || tries === TRIES) throw refusedChange(what, answer);
  }
}

function gone(target: Instance): EngineError {
  return new EngineError(
    `${ownerName(ownerOf(target))} is not the one that was recorded any more.`,
    { definite: true, reason: 'gone', next: 'fault list' },
  );
}

function rowOf({ cluster }: KubeApi, each: Named, pods: readonly InstanceRow[]): InstanceRow {
  const { owner, workload } = each;
  const { name, labels = {}, creationTimestamp } = workload.metadata;
  const mine = pods.filter((pod) => pod.owner === ownerName(owner));
  const isWell = ({ state, health }: InstanceRow) =>
    state === 'running' && (health === 'none' || health === 'healthy');
  return {
    id: idOf(workload),
    name,
    project: cluster.namespace,
    service: name,
    number: 0,
    state: mine.filter(isWell).length >= wantedOf(workload) ? 'running' : 'incomplete',
    health: 'none',
    untouchable: owner.kind === 'DaemonSet' ? 'a DaemonSet has a pod on each node' : null,
    made_at: creationTimestamp,
    labels,
  };
}

function idOf({ metadata }: Workload): string {
  return `${ID}${metadata.uid}`;
}

function ownerOf({ record }: Instance): Owner {
  return record.owner as Owner;
}

function replicasOf({ record }: Instance): number | null {
  return (record.scale as { replicas?: number } | undefined)?.replicas ?? null;
}
