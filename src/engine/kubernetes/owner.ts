/** What makes a new pod where one is gone, as far as we know how to count what it makes. Pure. */
import type { Pod } from './kube-answers.ts';

export const WORKLOADS = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  ReplicaSet: 'replicasets',
} as const;
export type WorkloadKind = keyof typeof WORKLOADS;

export interface Owner {
  kind: WorkloadKind;
  name: string;
}

/** By this label a Deployment tells the pods of its ReplicaSets apart; the ReplicaSet's name ends with it. */
const TEMPLATE_HASH = 'pod-template-hash';

/** The topmost one: a roll-out replaces the ReplicaSet, and not the Deployment. Null: none that we know. */
export function ownerOf({ metadata }: Pod): Owner | null {
  const found = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!found || !Object.hasOwn(WORKLOADS, found.kind)) return null;
  const kind = found.kind as WorkloadKind;
  const hash = metadata.labels?.[TEMPLATE_HASH];
  if (kind === 'ReplicaSet' && hash !== undefined && found.name.endsWith(`-${hash}`))
    return { kind: 'Deployment', name: found.name.slice(0, -hash.length - 1) };
  return { kind, name: found.name };
}

/** Why no fault may be done to the pod, whatever its state; null: it may. */
export function whyUntouchable(pod: Pod): string | null {
  const { metadata, status } = pod;
  const found = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!found) return 'a pod without an owner: nothing would make a new one';
  if (found.kind === 'Job') return 'a pod of a Job, which runs to its own end';
  if (found.kind === 'Node') return 'a static pod: its node makes it, and not the cluster';
  if (!ownerOf(pod)) return `a pod of a ${found.kind}, whose pods gameday cannot count`;
  if (status.phase === 'Failed' || status.phase === 'Succeeded')
    return 'it has ended, and its owner has made another one';
  return null;
}

/** `Deployment web`. */
export function ownerName({ kind, name }: Owner): string {
  return `${kind} ${name}`;
}

/** Of what `ownerName` gave; null: it is none of ours. */
export function parseOwner(text: string | undefined): Owner | null {
  const [kind, name] = text?.split(' ') ?? [];
  return name && Object.hasOwn(WORKLOADS, kind as string)
    ? { kind: kind as WorkloadKind, name }
    : null;
}

export function workloadPath(namespace: string, { kind, name }: Owner): string {
  return `/apis/apps/v1/namespaces/${namespace}/${WORKLOADS[kind]}/${name}`;
}
