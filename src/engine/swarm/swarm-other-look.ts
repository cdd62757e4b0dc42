/** A look at what else than a task can be a target: nodes and services, as a manager has them. */
import { type Instance, instanceOfRow } from '../../fault/instance.ts';
import type { Engine } from '../engine.ts';
import type { Manager } from './swarm-manager.ts';
import {
  nodeIdIn,
  nodeRecord,
  nodeRows,
  type Surroundings,
  scaleRecord,
  serviceIdIn,
  serviceRows,
} from './swarm-others.ts';

export function isOther(id: string): boolean {
  return nodeIdIn(id) !== null || serviceIdIn(id) !== null;
}

export class OtherLook {
  readonly #manager: Manager;
  readonly #stack: string;
  readonly #findOwnNode: () => Promise<string | null>;
  #ownNode: Promise<string | null> | null = null;

  /** `findOwnNode`: the id of the node that gameday itself runs on; asked once. */
  constructor(manager: Manager, stack: string, findOwnNode: () => Promise<string | null>) {
    this.#manager = manager;
    this.#stack = stack;
    this.#findOwnNode = findOwnNode;
  }

  readonly lists: NonNullable<Engine['others']> = {
    nodes: async (signal) =>
      nodeRows(await this.#manager.nodes(signal), await this.#surroundings()),
    services: async (signal) => {
      const { services } = await this.#manager.view(signal);
      return serviceRows(services.values(), this.#stack);
    },
  };

  /** Null where there is no such thing any more. */
  async instance(id: string, signal?: AbortSignal): Promise<Instance | null> {
    const serviceId = serviceIdIn(id);
    if (serviceId === null) return this.#node(id, signal);
    const service = await this.#manager.service(serviceId, signal);
    const [row] = service ? serviceRows([service], this.#stack) : [];
    return service && row ? instanceOfRow(row, { scale: scaleRecord(service) }) : null;
  }

  async #node(id: string, signal?: AbortSignal): Promise<Instance | null> {
    const nodes = await this.#manager.nodes(signal);
    const row = nodeRows(nodes, await this.#surroundings()).find((each) => each.id === id);
    const node = nodes.get(nodeIdIn(id) ?? '');
    return row && node ? instanceOfRow(row, { node: nodeRecord(node) }) : null;
  }

  async #surroundings(): Promise<Surroundings> {
    this.#ownNode ??= this.#findOwnNode();
    return { stack: this.#stack, ownNode: await this.#ownNode };
  }
}
