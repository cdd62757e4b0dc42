/** Nodes as targets: closed to new pods, or emptied. What was so before stands in the record, and is made so again. */
import { NodeEffectSchema } from '../../fault/cluster-effect.ts';
import { type Instance, type InstanceRow, instanceOfRow, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { budgetName, budgetsInTheWay, listBudgets } from './budgets.ts';
import { evict } from './eviction.ts';
import { condition, type Node, type Pod } from './kube-answers.ts';
import { type KubeApi, MERGE } from './kube-api.ts';
import { refusedChange, SETTLE_MS, waitUntilGone } from './pod-life.ts';

const NODES = '/api/v1/nodes';
const ID = 'node:';
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
/** How long a budget may hold up a drain, which other pods have to come up for. */
const PATIENCE_MS = 60_000;
const FORBIDDEN = 403;
const CONFLICT = 409;
const TRIES = 5;

/** What the pods on a node are asked for. Those alone that a fault may be done to, looked at closely. */
export type PodsOn = (node: string) => Promise<Instance[]>;

export async function listNodes(api: KubeApi, signal?: AbortSignal): Promise<InstanceRow[]> {
  const nodes = await api.list<Node>(NODES, signal);
  return inOrder(nodes).map((node, index) => rowOf(api, node, index + 1));
}

/** Null for the id of anything else, and of a node that is gone. */
export async function inspectNode(
  api: KubeApi,
  id: string,
  signal?: AbortSignal,
): Promise<Instance | null> {
  if (!id.startsWith(ID)) return null;
  const nodes = inOrder(await api.list<Node>(NODES, signal));
  const index = nodes.findIndex((node) => idOf(node) === id);
  const node = nodes[index];
  if (!node) return null;
  const row = rowOf(api, node, index + 1);
  return {
    ...instanceOfRow(row, { node: { unschedulable: node.spec.unschedulable === true } }),
    // What runs on it is not what it is.
    incarnation: row.id,
    started_at: node.metadata.creationTimestamp,
  };
}

/**
 * Which nodes no longer answer for their pods. Nodes belong to the whole cluster, and a role that sees one namespace alone cannot
 * look at them: then none is known to be silent.
 */
export class NodeSight {
  readonly #api: KubeApi;
  #isAllowed = true;

  constructor(api: KubeApi) {
    this.#api = api;
  }

  async silentNodes(signal?: AbortSignal): Promise<Set<string>> {
    const nodes = await this.#look(() => this.#api.list<Node>(NODES, signal));
    return new Set((nodes ?? []).filter(isSilent).map(({ metadata }) => metadata.name));
  }

  /** `name`: of the only one that is of interest, if there is any. */
  async silentAmong(name: string | undefined, signal?: AbortSignal): Promise<Set<string>> {
    if (name === undefined) return new Set();
    const node = await this.#look(() => this.#api.read<Node>(`${NODES}/${name}`, signal));
    return new Set(node && isSilent(node) ? [name] : []);
  }

  async #look<Shape>(look: () => Promise<Shape | null>): Promise<Shape | null> {
    if (!this.#isAllowed) return null;
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof EngineError && error.reason === FORBIDDEN)) throw error;
      this.#isAllowed = false;
      return null;
    }
  }
}

function isSilent({ status }: Node): boolean {
  return condition(status.conditions, 'Ready') !== 'True';
}

export function createNodeAbility(api: KubeApi, podsOn: PodsOn): Ability {
  return {
    async whyNot(target, effect) {
      const { to } = parseEffectBy(NodeEffectSchema, effect);
      if (to === 'drained') return whyNotDrained(api, await podsOn(target.name));
      if (!wasClosed(target)) return null;
      return { why: 'it is cordoned already', next: `kubectl get node ${target.name}` };
    },
    async set(target, effects) {
      await close(api, target, effects.length > 0 || wasClosed(target));
      const isDrain = effects.some(
        ({ effect }) => parseEffectBy(NodeEffectSchema, effect).to === 'drained',
      );
      if (isDrain) await empty(api, target, await podsOn(target.name));
    },
    async read(now, effects) {
      return effects.map(() => ({ state: wasClosed(now) ? 'in_force' : 'absent' }));
    },
    settleMs: () => SETTLE_MS,
  };
}

async function whyNotDrained(api: KubeApi, pods: readonly Instance[]): Promise<Hindrance | null> {
  const labels = await api.list<Pod>(podsPath(api));
  const here = labels.filter(({ metadata }) => pods.some(({ id }) => id === metadata.uid));
  const [budget] = budgetsInTheWay(await listBudgets(api), here);
  if (!budget) return null;
  return {
    why: `${budgetName(budget)} lets none of its pods on it go now`,
    next: 'Wait until it lets one go, or `fault inject cordon`, which takes nothing away.',
  };
}

/** One after the other: a budget that lets one go may not let the next one go before another is up. */
async function empty(api: KubeApi, node: Instance, pods: readonly Instance[]): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  try {
    for (const pod of pods) await evict(api, pod, end - performance.now());
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const message = `${label(node)} is cordoned and not empty: ${error.message}`;
    throw new EngineError(message, {
      definite: false,
      reason: error.reason,
      next: 'fault recover',
    });
  }
  for (const pod of pods) await waitUntilGone(api, pod);
}

/** Bound to what was looked at: a node that somebody changed meanwhile is looked at again. */
async function close(api: KubeApi, target: Instance, unschedulable: boolean): Promise<void> {
  const what = `${unschedulable ? 'cordon' : 'uncordon'} of ${label(target)}`;
  const path = `${NODES}/${target.name}`;
  for (let tries = 1; ; tries++) {
    const now = await api.read<Node>(path);
    if (!now || idOf(now) !== target.id) return; // Another machine by now, to which nothing was done.
    if ((now.spec.unschedulable === true) === unschedulable) return;
    const { uid, resourceVersion } = now.metadata;
    const body = {
      metadata: { uid, resourceVersion },
      spec: { unschedulable: unschedulable || null },
    };
    const answer = await api.change(what, path, { method: 'PATCH', contentType: MERGE, body });
    if (answer.status < 300) return;
    if (answer.status !== CONFLICT || tries === TRIES) throw refusedChange(what, answer);
  }
}

function rowOf({ cluster }: KubeApi, node: Node, number: number): InstanceRow {
  const { name, labels = {}, creationTimestamp } = node.metadata;
  return {
    id: idOf(node),
    name,
    project: cluster.namespace,
    service: 'node',
    number,
    state: isSilent(node) ? 'unreachable' : 'running',
    health: 'none',
    untouchable: CONTROL_PLANE in labels ? 'the control plane runs on it' : null,
    made_at: creationTimestamp,
    labels,
  };
}

function inOrder(nodes: readonly Node[]): Node[] {
  return nodes.toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
}

function idOf({ metadata }: Node): string {
  return `${ID}${metadata.uid}`;
}

function wasClosed({ record }: Instance): boolean {
  return (record.node as { unschedulable?: boolean } | undefined)?.unschedulable === true;
}

function podsPath({ cluster }: KubeApi): string {
  return `/api/v1/namespaces/${cluster.namespace}/pods`;
}
