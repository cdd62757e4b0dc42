/** Pods as instances: how one is named, numbered, and how it stands, from the objects of the API. Pure. */
import type { Instance, InstanceRow, State } from '../../fault/instance.ts';
import { type Check, type ContainerStatus, condition, type Pod } from './kube-answers.ts';
import { ownerName, ownerOf, whyUntouchable } from './owner.ts';

/** What hangs on a pod's own record, for its abilities and as evidence. */
export interface PodRecord extends Record<string, unknown> {
  namespace: string;
  ip: string | null;
  /** By name. */
  containers: string[];
  host_network: boolean;
  grace_ms: number;
}

const DEFAULT_GRACE_S = 30;
const POD_INDEX = 'apps.kubernetes.io/pod-index';

export interface Sight {
  /** Names of the nodes that do not answer for their pods. */
  silentNodes: ReadonlySet<string>;
  /** Epoch ms by the cluster's clock. */
  nowMs: number;
}

/** Ordered by service and number. */
export function rowsOf(pods: readonly Pod[], sight: Sight): InstanceRow[] {
  const groups = Map.groupBy(pods, serviceOf);
  return [...groups.keys()].sort().flatMap((service) => {
    const all = groups.get(service) as Pod[];
    return numbered(all).map(([pod, number]) => rowOf(pod, { service, number }, sight));
  });
}

/** A StatefulSet says itself which is which; the others of a service are counted by their age, those that are gone for us last. */
function numbered(pods: readonly Pod[]): [Pod, number][] {
  const ordinals = pods.map(ordinalOf);
  const isOrdinal = !ordinals.includes(null) && new Set(ordinals).size === pods.length;
  if (isOrdinal)
    return pods
      .map((pod, index): [Pod, number] => [pod, (ordinals[index] as number) + 1])
      .sort(([, one], [, other]) => one - other);
  const isOver = (pod: Pod) => Number(whyUntouchable(pod) !== null);
  const age = ({ metadata }: Pod) => `${metadata.creationTimestamp} ${metadata.name}`;
  return pods
    .toSorted((one, other) => isOver(one) - isOver(other) || (age(one) < age(other) ? -1 : 1))
    .map((pod, index) => [pod, index + 1]);
}

function ordinalOf(pod: Pod): number | null {
  if (ownerOf(pod)?.kind !== 'StatefulSet') return null;
  const { labels, name } = pod.metadata;
  const ordinal = Number(labels?.[POD_INDEX] ?? /-(\d+)$/.exec(name)?.[1]);
  return Number.isInteger(ordinal) ? ordinal : null;
}

/** The name of its workload; where it has none, what made it, or its own. */
function serviceOf(pod: Pod): string {
  const made = pod.metadata.ownerReferences?.find(({ controller }) => controller);
  return ownerOf(pod)?.name ?? made?.name ?? pod.metadata.name;
}

export function rowOf(
  pod: Pod,
  { service, number }: Pick<InstanceRow, 'service' | 'number'>,
  sight: Sight,
): InstanceRow {
  const { metadata, spec } = pod;
  const owner = ownerOf(pod);
  return {
    id: metadata.uid,
    name: metadata.name,
    project: metadata.namespace ?? '',
    service,
    number,
    state: stateOf(pod, sight),
    health: healthOf(pod, sight),
    untouchable: whyUntouchable(pod),
    ...(owner && { owner: ownerName(owner) }),
    ...(spec.nodeName !== undefined && { node: spec.nodeName }),
    made_at: metadata.creationTimestamp,
    labels: metadata.labels ?? {},
  };
}

function stateOf(pod: Pod, { silentNodes }: Sight): State {
  const { metadata, spec, status } = pod;
  // Also when its containers have ended, which is a part of its removal.
  if (metadata.deletionTimestamp) return 'removing';
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return 'exited';
  if (spec.nodeName !== undefined && silentNodes.has(spec.nodeName)) return 'unreachable';
  const states = statusesOf(pod).map(({ state }) => state);
  // Its kubelet starts them again, at once or after a while.
  if (
    states.some(({ waiting, terminated }) => terminated || waiting?.reason === 'CrashLoopBackOff')
  )
    return 'restarting';
  if (status.phase === 'Running' && states.every(({ running }) => running)) return 'running';
  return 'pending';
}

function healthOf(pod: Pod, { nowMs }: Sight): InstanceRow['health'] {
  const { conditions, phase } = pod.status;
  const isChecked = pod.spec.containers.some(({ readinessProbe }) => readinessProbe);
  if (phase !== 'Running') return 'none';
  if (condition(conditions, 'Ready') === 'True') return isChecked ? 'healthy' : 'none';
  const startedAt = startedAtOf(pod);
  const withinMs = healthyWithinMs(pod) ?? 0;
  return startedAt !== null && Date.parse(startedAt) + withinMs > nowMs ? 'starting' : 'unhealthy';
}

export function instanceOf(pod: Pod, row: InstanceRow): Instance {
  const statuses = statusesOf(pod);
  const ended = statuses.map(({ state }) => state.terminated).find(Boolean) ?? null;
  const { made_at: _m, labels: _l, ...shown } = row;
  const ids = statuses.map(({ containerID }) => containerID ?? '');
  const record: PodRecord = {
    namespace: row.project,
    ip: pod.status.podIP ?? null,
    containers: pod.spec.containers.map(({ name }) => name),
    host_network: pod.spec.hostNetwork === true,
    grace_ms: (pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S) * 1000,
  };
  return {
    ...shown,
    incarnation: ids.some((id) => id !== '') ? `${row.id}:${ids.join(',')}` : null,
    started_at: startedAtOf(pod),
    finished_at: iso(ended?.finishedAt),
    exit_code: ended?.exitCode ?? null,
    oom_killed: statuses.some(({ state, lastState }) =>
      [state.terminated, lastState?.terminated].some((each) => each?.reason === 'OOMKilled'),
    ),
    restart_count: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    restarted_by: pod.spec.restartPolicy === 'Never' ? null : (pod.spec.restartPolicy ?? 'Always'),
    unhealthy_since: null,
    healthy_within_ms: healthyWithinMs(pod),
    depends_on: [],
    record,
  };
}

function statusesOf(pod: Pod): ContainerStatus[] {
  return (pod.status.containerStatuses ?? []).toSorted((one, other) =>
    one.name < other.name ? -1 : 1,
  );
}

/** Of the container that was started last; null: none has ever run. */
function startedAtOf(pod: Pod): string | null {
  const times = statusesOf(pod).flatMap(({ state, lastState }) => {
    const at =
      state.running?.startedAt ?? state.terminated?.startedAt ?? lastState?.terminated?.startedAt;
    return at ? [at] : [];
  });
  return times.sort().at(-1) ?? null;
}

/** How long its checks may take after a start until they must have said that it is ready; null: it has none. */
function healthyWithinMs({ spec }: Pod): number | null {
  const each = spec.containers.flatMap(({ readinessProbe, startupProbe }) =>
    readinessProbe ? (startupProbe ? longest(startupProbe) : 0) + longest(readinessProbe) : [],
  );
  return each.length === 0 ? null : Math.max(...each);
}

/** By the API's own defaults, and one period for the first look. */
function longest(check: Check): number {
  const { initialDelaySeconds = 0, periodSeconds = 10 } = check;
  const { failureThreshold = 3, successThreshold = 1 } = check;
  return (initialDelaySeconds + periodSeconds * (failureThreshold + successThreshold)) * 1000;
}

function iso(time: string | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
