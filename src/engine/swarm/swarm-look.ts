/** A look at the stack: what a manager says of its tasks, and what the engine of each node says of their containers. */
import { hostname } from 'node:os';
import type { Instance, InstanceRow } from '../../fault/instance.ts';
import type { InspectedContainer, ListedContainer } from '../docker/docker-answers.ts';
import type { DockerApi } from '../docker/docker-api.ts';
import { byServiceAndNumber, hidesHealth } from '../docker/docker-instance.ts';
import type { Neighbour } from '../docker/network-peers.ts';
import { STACK_LABEL, type SwarmNode, TASK_LABEL, type Task } from './swarm-answers.ts';
import type { Manager } from './swarm-manager.ts';
import { neighboursIn } from './swarm-neighbours.ts';
import {
  containerOf,
  isGivenUp,
  type NodeLook,
  nodeNames,
  type StackView,
  taskInstance,
  taskRow,
} from './swarm-tasks.ts';
import { isSilence, type NodeWays } from './swarm-ways.ts';

/** Why the engine of a node cannot be asked. */
type NoWay = Extract<NodeLook, { why: string }>;

export class StackLook {
  readonly #manager: Manager;
  readonly #ways: NodeWays;
  readonly #stack: string;
  readonly #own: string | null;

  /** `own`: the id of the container that gameday itself runs in. */
  constructor(manager: Manager, ways: NodeWays, stack: string, own: string | null) {
    this.#manager = manager;
    this.#ways = ways;
    this.#stack = stack;
    this.#own = own;
  }

  async rows(signal?: AbortSignal): Promise<InstanceRow[]> {
    const { view, looks } = await this.#look(signal);
    const rows = view.tasks
      .filter((task) => !isGivenUp(task))
      .map(async (task) => {
        const look = looks.get(task.NodeID ?? '') ?? null;
        const row = taskRow(task, view, look, this.#own);
        const container = look && 'containers' in look && look.containers.get(task.ID);
        if (!container || !hidesHealth(container)) return row;
        const { health } = (await this.instance(task.ID, signal)) ?? row;
        return { ...row, health };
      });
    return (await Promise.all(rows)).sort(byServiceAndNumber);
  }

  /** The node that gameday itself runs on; null: none of them, as far as can be told. */
  async ownNode(): Promise<string | null> {
    for (const [id, { api }] of this.#ways.open) {
      const { transport } = api.endpoint;
      if (transport.by !== 'unix') continue;
      const info = await api.read<{ Name?: string }>('/info').catch(() => null);
      if (info?.Name === hostname()) return id;
      const path = `/containers/${this.#own}/json`;
      if (this.#own !== null && (await api.read(path).catch(() => null))) return id;
    }
    return null;
  }

  /** Null where the orchestrator has given the task up. Throws where the engine of its node is silent, though the node is said to be ready. */
  async instance(id: string, signal?: AbortSignal): Promise<Instance | null> {
    const found = await this.#manager.viewOf(id, signal);
    return found && !isGivenUp(found.task) ? this.#seen(found, signal) : null;
  }

  /** Also of a task that is over, as long as a manager remembers it. */
  async remains(id: string, signal?: AbortSignal): Promise<Instance | null> {
    const found = await this.#manager.viewOf(id, signal);
    return found && this.#seen(found, signal);
  }

  async #seen(
    { task, view }: { task: Task; view: StackView },
    signal?: AbortSignal,
  ): Promise<Instance> {
    const node = view.nodes.get(task.NodeID ?? '');
    const way = node ? await this.#wayTo(node, view.nodes) : null;
    const container = containerOf(task);
    if (way === null || 'why' in way || container === null)
      return taskInstance(task, view, way && 'why' in way ? way : null, null, this.#own);
    const path = `/containers/${container}/json`;
    const seen = await way.api.read<InspectedContainer>(path, signal);
    return taskInstance(task, view, { containers: new Map() }, seen, this.#own);
  }

  /** Also of a task that is over, as long as its container is there; null: it has none any more. */
  async containerOf(
    id: string,
  ): Promise<{ api: DockerApi; container: InspectedContainer } | NoWay | null> {
    const found = await this.#manager.viewOf(id);
    const node = found?.view.nodes.get(found.task.NodeID ?? '');
    const containerId = found && containerOf(found.task);
    if (!found || !node || !containerId) return null;
    const way = await this.#wayTo(node, found.view.nodes);
    if ('why' in way) return way;
    const container = await way.api.read<InspectedContainer>(`/containers/${containerId}/json`);
    return container && { api: way.api, container };
  }

  async neighbours(): Promise<Neighbour[]> {
    const { view, looks } = await this.#look();
    return neighboursIn(view, looks, this.#own);
  }

  async #look(signal?: AbortSignal): Promise<{ view: StackView; looks: Map<string, NodeLook> }> {
    const view = await this.#manager.view(signal);
    const live = view.tasks.filter((task) => !isGivenUp(task));
    const ids = new Set(live.flatMap(({ NodeID }) => NodeID || []));
    const nodes = [...ids].flatMap((id) => view.nodes.get(id) ?? []);
    const looks = nodes.map(
      async (node): Promise<[string, NodeLook]> => [
        node.ID,
        await this.#lookAt(node, view, signal),
      ],
    );
    return { view, looks: new Map(await Promise.all(looks)) };
  }

  /** Never rejects for an engine that is silent: the others are still worth a look. */
  async #lookAt(node: SwarmNode, { nodes }: StackView, signal?: AbortSignal): Promise<NodeLook> {
    const way = await this.#wayTo(node, nodes);
    if ('why' in way) return way;
    const filters = encodeURIComponent(
      JSON.stringify({ label: [`${STACK_LABEL}=${this.#stack}`] }),
    );
    try {
      const path = `/containers/json?all=1&filters=${filters}`;
      const all = (await way.api.read<ListedContainer[]>(path, signal)) ?? [];
      return { containers: new Map(all.map((each) => [each.Labels?.[TASK_LABEL] ?? '', each])) };
    } catch (error) {
      signal?.throwIfAborted();
      if (!isSilence(error)) throw error;
      const name = nodeNames(nodes.values()).get(node.ID);
      return { why: `the engine of its node ${name} does not answer`, silent: true };
    }
  }

  async #wayTo(
    { ID, Status }: SwarmNode,
    nodes: StackView['nodes'],
  ): Promise<{ api: DockerApi } | NoWay> {
    const name = nodeNames(nodes.values()).get(ID);
    if (Status.State !== 'ready')
      return { why: `its node ${name} is ${Status.State}`, silent: true };
    const way = await this.#ways.to(ID, [...nodes.keys()]);
    if (way) return { api: way.api };
    const why = this.#ways.isAnyRefused
      ? `no docker context that is allowed leads to its node ${name} (--allow-remote allows those of other machines)`
      : `no docker context leads to its node ${name}`;
    return { why, silent: this.#ways.knows(ID) };
  }
}
