/**
 * Tasks of a stack as instances. A task is one life of a place in its service: when it ends, the orchestrator makes another
 * one in the same place (`owner`). What the manager says of a task is older than what the engine of its node says of the
 * container, so that the latter counts wherever it could be asked. Pure.
 */
import {
  type Instance,
  type InstanceRow,
  NOTHING_KNOWN,
  type State,
} from '../../fault/instance.ts';
import type { InspectedContainer, ListedContainer } from '../docker/docker-answers.ts';
import { instanceOf, rowOf } from '../docker/docker-instance.ts';
import type { Service, SwarmNode, Task } from './swarm-answers.ts';

/** All that a look at a stack has found. */
export interface StackView {
  stack: string;
  tasks: readonly Task[];
  services: ReadonlyMap<string, Service>;
  nodes: ReadonlyMap<string, SwarmNode>;
}

/** What could be learned of the containers of a node. */
export type NodeLook =
  /** By the id of the task. */
  | { containers: ReadonlyMap<string, ListedContainer> }
  /** Why its engine cannot be asked, in words. `silent`: there is a way to it, and it does not answer. */
  | { why: string; silent: boolean };

/** What only a task has, in `record` of its instance, beside that of its container. */
export type TaskRecord = {
  node_id: string;
  /** Null while it has none yet. */
  container_id: string | null;
  service_id: string;
};

/** The orchestrator wants it to end, or it has come to an end that is meant. */
const ENDED = ['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'];

/** It is over, and the orchestrator makes another one in its place where one is wanted. */
export function isGivenUp({ DesiredState, Status }: Task): boolean {
  return ENDED.includes(DesiredState) && ENDED.includes(Status.State);
}

/** The orchestrator wants it to run, now or in a moment. */
export function isWanted({ DesiredState }: Task): boolean {
  return !ENDED.includes(DesiredState);
}

/** Names of the nodes by their ids: that of the machine, and where several bear it the beginning of the id beside it. */
export function nodeNames(nodes: Iterable<SwarmNode>): Map<string, string> {
  const all = [...nodes];
  const hostname = ({ Description, ID }: SwarmNode) => Description?.Hostname || ID.slice(0, 12);
  const isAlone = (node: SwarmNode) =>
    all.filter((each) => hostname(each) === hostname(node)).length === 1;
  const named = all.map((node): [string, string] => [
    node.ID,
    isAlone(node) ? hostname(node) : `${hostname(node)}-${node.ID.slice(0, 6)}`,
  ]);
  return new Map(named.toSorted(([, a], [, b]) => (a < b ? -1 : 1)));
}

/** Of a stack's own services the name as the stack file has it. */
export function serviceName({ Spec }: Service, stack: string): string {
  return Spec.Name.startsWith(`${stack}_`) ? Spec.Name.slice(stack.length + 1) : Spec.Name;
}

/** `look`: at the node of the task; null where it is on none yet. */
export function taskRow(
  task: Task,
  view: StackView,
  look: NodeLook | null,
  own: string | null,
): InstanceRow {
  const container = look && 'containers' in look ? look.containers.get(task.ID) : undefined;
  const seen = container && rowOf(container, own);
  const state = stateOf(task, view, look, seen?.state);
  return {
    ...identityOf(task, view),
    state,
    health: seen && (state === 'running' || state === 'paused') ? seen.health : 'none',
    untouchable: untouchableOf(task, view, look, own),
    made_at: task.CreatedAt ?? null,
    labels: {
      ...view.services.get(task.ServiceID)?.Spec.Labels,
      ...task.Spec?.ContainerSpec?.Labels,
      ...container?.Labels,
    },
  };
}

/** `container`: null where it could not be asked for, or is gone. */
export function taskInstance(
  task: Task,
  view: StackView,
  look: NodeLook | null,
  container: InspectedContainer | null,
  own: string | null,
): Instance {
  const seen = container && instanceOf(container, own);
  const { labels: _labels, made_at: _madeAt, ...row } = taskRow(task, view, look, own);
  const state = stateOf(task, view, look, seen?.state);
  const record: TaskRecord = {
    node_id: task.NodeID ?? '',
    container_id: containerOf(task),
    service_id: task.ServiceID,
  };
  return {
    ...NOTHING_KNOWN,
    ...seen,
    ...row,
    state,
    health: seen && (state === 'running' || state === 'paused') ? seen.health : 'none',
    // Its engine starts no task again: the orchestrator makes another one.
    restarted_by: null,
    record: { ...seen?.record, ...record },
  };
}

export function containerOf({ Status }: Task): string | null {
  return Status.ContainerStatus?.ContainerID || null;
}

function identityOf(task: Task, { stack, services, nodes }: StackView) {
  const service = services.get(task.ServiceID);
  const names = nodeNames(nodes.values());
  const name = service?.Spec.Name ?? task.ServiceID;
  const node = names.get(task.NodeID ?? '');
  const number = task.Slot || [...names.keys()].indexOf(task.NodeID ?? '') + 1 || 1;
  return {
    id: task.ID,
    name: `${name}.${task.Slot ?? node ?? '?'}`,
    project: stack,
    service: service ? serviceName(service, stack) : task.ServiceID,
    number,
    owner: `service ${name}`,
    ...(node !== undefined && { node }),
  };
}

function stateOf(task: Task, { nodes }: StackView, look: NodeLook | null, seen?: State): State {
  const { State: word } = task.Status;
  const hasEnded = ENDED.includes(word);
  const node = nodes.get(task.NodeID ?? '');
  const isSilent = look !== null && 'silent' in look && look.silent;
  if (!hasEnded && node && (node.Status.State !== 'ready' || isSilent)) return 'unreachable';
  if (!hasEnded && ENDED.includes(task.DesiredState)) return 'removing';
  if (hasEnded) return 'exited';
  if (seen !== undefined) return seen;
  // The engine was asked, and has no such container any more.
  if (word === 'running' && look && 'containers' in look) return 'dead';
  return word;
}

function untouchableOf(
  task: Task,
  { nodes, services }: StackView,
  look: NodeLook | null,
  own: string | null,
): string | null {
  const node = nodes.get(task.NodeID ?? '');
  const container = containerOf(task);
  if (own !== null && container?.startsWith(own))
    return 'the container that gameday itself runs in';
  const mode = services.get(task.ServiceID)?.Spec.Mode;
  if (mode?.ReplicatedJob || mode?.GlobalJob) return 'a task of a job, which ends by itself';
  if (node && node.Status.State !== 'ready')
    return `its node ${nodeNames(nodes.values()).get(node.ID)} is ${node.Status.State}`;
  if (ENDED.includes(task.DesiredState)) return 'the orchestrator is ending it';
  return look && 'why' in look ? look.why : null;
}
