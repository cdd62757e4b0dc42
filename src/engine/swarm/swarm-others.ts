/** What else than a task can be a target: the nodes of the swarm, and the services of the stack as a whole. Pure. */
import type { InstanceRow, State } from '../../fault/instance.ts';
import type { Service, SwarmNode } from './swarm-answers.ts';
import { nodeNames, serviceName } from './swarm-tasks.ts';

/** As a manager has them: what a node takes, by a word, and what we have made of it. */
export type NodeRecord = { availability: string; ours: string | null };
/** Null: it has a task on every node. */
export type ScaleRecord = { replicas: number | null; ours: string | null };

/**
 * By these labels a node and a service say what gameday has made of them, so that what somebody else has made of them since
 * is told from it, and never undone.
 */
export const NODE_MARK = 'gameday.availability';
export const SCALE_MARK = 'gameday.replicas';

const NODE = 'node:';
const SERVICE = 'service:';

/** The id that a manager knows it by; null: it is no node. */
export function nodeIdIn(id: string): string | null {
  return id.startsWith(NODE) ? id.slice(NODE.length) : null;
}

/** The id that a manager knows it by; null: it is no service. */
export function serviceIdIn(id: string): string | null {
  return id.startsWith(SERVICE) ? id.slice(SERVICE.length) : null;
}

export interface Surroundings {
  stack: string;
  /** The node that gameday runs on itself; null: none of them. */
  ownNode: string | null;
}

export function nodeRows(nodes: ReadonlyMap<string, SwarmNode>, at: Surroundings): InstanceRow[] {
  const managers = [...nodes.values()].filter(({ Spec }) => Spec.Role === 'manager');
  return [...nodeNames(nodes.values())].flatMap(([id, name], index) => {
    const node = nodes.get(id);
    if (!node) return [];
    const why =
      id === at.ownNode
        ? `gameday itself runs on ${name}`
        : managers.length === 1 && managers[0] === node
          ? `${name} is the only manager of the swarm`
          : null;
    return {
      id: `${NODE}${id}`,
      name,
      project: at.stack,
      service: 'node',
      number: index + 1,
      state: nodeState(node),
      health: 'none' as const,
      untouchable: null,
      node: name,
      labels: node.Spec.Labels ?? {},
      ...(why !== null && { protected_because: why }),
    };
  });
}

export function serviceRows(services: Iterable<Service>, stack: string): InstanceRow[] {
  const rows = [...services].map((service): InstanceRow => {
    const name = serviceName(service, stack);
    return {
      id: `${SERVICE}${service.ID}`,
      name: service.Spec.Name,
      project: stack,
      service: name,
      number: 0,
      state: 'running',
      health: 'none',
      untouchable:
        replicasOf(service) === null ? 'it has no number of tasks that could be changed' : null,
      labels: service.Spec.Labels ?? {},
    };
  });
  return rows.sort((a, b) => (a.service < b.service ? -1 : 1));
}

export function nodeRecord({ Spec }: SwarmNode): NodeRecord {
  return { availability: Spec.Availability, ours: Spec.Labels?.[NODE_MARK] ?? null };
}

export function scaleRecord(service: Service): ScaleRecord {
  return {
    replicas: replicasOf(service),
    ours: service.Spec.Labels?.[SCALE_MARK] ?? null,
  };
}

/** Null: it has a task on every node, or is a job. */
export function replicasOf({ Spec }: Service): number | null {
  const { Replicated } = Spec.Mode ?? {};
  return Replicated ? (Replicated.Replicas ?? 1) : null;
}

const STATES: Record<string, State> = { active: 'running', drain: 'drained', pause: 'cordoned' };

function nodeState({ Status, Spec }: SwarmNode): State {
  if (Status.State !== 'ready') return Status.State;
  return STATES[Spec.Availability] ?? Spec.Availability;
}
