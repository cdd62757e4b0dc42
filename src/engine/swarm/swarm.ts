/**
 * The engine for stacks of a Docker Swarm. A manager says which tasks there are; what is done to one, the engine of its node
 * does. Its instances are replaced, not restarted: a task that has ended stays so, and the orchestrator makes another one.
 * Lacks on purpose: a cache, and anything that would deploy or remove a stack, which is the team's own.
 */
import type { Instance, InstanceRow } from '../../fault/instance.ts';
import { runProgram } from '../../system/program.ts';
import type { DockerApi } from '../docker/docker-api.ts';
import { endpointBy, findDockerEndpoint, refuseRemote } from '../docker/docker-connection.ts';
import { removeStrays } from '../docker/docker-helper.ts';
import type { EngineFacts } from '../docker/docker-info.ts';
import { ownContainerId } from '../docker/docker-self.ts';
import { readLogs } from '../docker/read-logs.ts';
import type { ByHand, Claim, Engine } from '../engine.ts';
import { taskAbilities } from './swarm-abilities.ts';
import { createClaim, readClaim } from './swarm-claim.ts';
import { createNode, createScale } from './swarm-cluster.ts';
import { StackLook } from './swarm-look.ts';
import { Manager } from './swarm-manager.ts';
import { allowedBy, openManager } from './swarm-open.ts';
import { isOther, OtherLook } from './swarm-other-look.ts';
import { replicasOf } from './swarm-others.ts';
import { refuseNoManager, refuseUnknownStack } from './swarm-refusals.ts';
import { isWanted, serviceName } from './swarm-tasks.ts';
import { NodeWays } from './swarm-ways.ts';

/** What a run has recorded of its stack. */
export interface RecordedSwarm {
  stack: string;
  context: string | null;
  /** By the id of a node: the docker context or the address by which it was found. */
  ways: Readonly<Record<string, string>>;
  /** Addresses on other machines that were allowed. */
  remote: readonly string[];
  toolsImage: string | null;
}

export interface SwarmEngineOptions {
  cwd: string;
  stack: string;
  /** The docker context of a manager; null: as the docker CLI finds its engine. */
  context: string | null;
  /** By the name of a node: a docker context or an address. */
  nodes: Readonly<Record<string, string>>;
  recorded?: RecordedSwarm | null;
  /** The image with the tools, by the story. */
  toolsImage?: string | null;
  allowRemote: boolean;
  /** Ours, unless a test says otherwise. */
  env?: NodeJS.ProcessEnv;
}

/** Throws Refusal `engine_unreachable`, `remote_engine`, `unsupported_stack`. */
export async function openSwarmEngine(options: SwarmEngineOptions): Promise<SwarmEngine> {
  const { recorded, env = process.env } = options;
  const context = options.context ?? recorded?.context ?? null;
  const endpoint = context === null ? findDockerEndpoint(env) : endpointBy(context, env);
  const allows = allowedBy(options.allowRemote, recorded?.remote);
  refuseRemote(endpoint, allows(endpoint));
  const others = Object.values(recorded?.ways ?? {});
  const { api, facts } = await openManager(endpoint, others, allows, env);
  try {
    refuseNoManager(api, facts);
    const engine = new SwarmEngine(api, facts, { ...options, context });
    await engine.findNodes(!recorded);
    return engine;
  } catch (error) {
    api.close();
    throw error;
  }
}

export class SwarmEngine implements Engine {
  readonly kind = 'swarm';
  readonly project: string;
  readonly abilities: Engine['abilities'];
  /** The stack is the team's own. */
  readonly owned = null;
  readonly #api: DockerApi;
  readonly #manager: Manager;
  readonly #facts: EngineFacts;
  readonly #ways: NodeWays;
  readonly #look: StackLook;
  readonly #others: OtherLook;
  readonly others: NonNullable<Engine['others']>;
  readonly claim: Claim;
  readonly #options: SwarmEngineOptions;
  /** For `story init` and `story doctor`. */
  readonly view = () => this.#manager.view();
  readonly readClaim = () => readClaim(this.#manager, this.project);

  constructor(api: DockerApi, facts: EngineFacts, options: SwarmEngineOptions) {
    const { stack, nodes, recorded, toolsImage = null, env = process.env } = options;
    this.project = stack;
    this.#api = api;
    this.#facts = facts;
    this.#options = options;
    this.#manager = new Manager(api, stack);
    this.#ways = new NodeWays({
      manager: api,
      given: nodes,
      recorded: recorded?.ways ?? {},
      allows: allowedBy(options.allowRemote, recorded?.remote),
      env,
    });
    const own = ownContainerId();
    this.#look = new StackLook(this.#manager, this.#ways, stack, own);
    const tasks = taskAbilities({
      manager: api,
      engineOf: async (id) => (await this.#ways.to(id, [id]))?.api ?? null,
      service: (id) => this.#manager.service(id),
      isLive: async ({ id }) => (await this.#manager.liveTask(id)) !== null,
      neighbours: () => this.#look.neighbours(),
      tools: { wanted: toolsImage, recorded: recorded?.toolsImage ?? null },
      own,
    });
    this.#others = new OtherLook(this.#manager, stack, () => this.#look.ownNode());
    this.others = this.#others.lists;
    this.claim = createClaim(this.#manager, stack, () => this.#nowMs());
    this.abilities = {
      ...tasks,
      node: createNode(this.#manager),
      scale: createScale(this.#manager),
    };
  }

  /** Looks for ways to the nodes. `isFresh`: nothing is known of the stack yet. Throws Refusal `unsupported_stack` where the swarm has no such stack. */
  async findNodes(isFresh: boolean): Promise<void> {
    if (isFresh) await refuseUnknownStack(this.#manager, this.project);
    await this.#ways.search([...(await this.#manager.nodes()).keys()]);
  }

  get spec() {
    const { context, toolsImage = null } = this.#options;
    const found = this.#apis();
    return {
      context,
      ways: this.#ways.words,
      remote: [
        ...new Set(found.flatMap(({ endpoint }) => (endpoint.local ? [] : endpoint.address))),
      ],
      tools_image: toolsImage,
    };
  }

  get reachedBy(): readonly string[] {
    const { context, address } = this.#api.endpoint;
    return [
      ...new Set([
        ...(context === undefined ? [] : [context]),
        address,
        ...Object.values(this.#ways.words),
      ]),
    ];
  }

  async removeStrays(): Promise<void> {
    const ids = async () => (await this.#look.neighbours()).map(({ container }) => container.Id);
    await Promise.all(this.#apis().map((api) => removeStrays(api, ids)));
  }

  #apis(): DockerApi[] {
    return [...new Set([this.#api, ...[...this.#ways.open.values()].map(({ api }) => api)])];
  }

  async describe() {
    return `${this.#api.engine} at ${this.#api.endpoint.address}, a manager of its swarm`;
  }

  /** Of the swarm, whichever of its managers answers. */
  async identity() {
    return this.#facts.swarm?.Cluster?.ID ?? null;
  }

  async clock() {
    return new Date(this.#nowMs()).toISOString();
  }

  #nowMs(): number {
    return Date.now() + this.#facts.skewMs;
  }

  list(signal?: AbortSignal): Promise<InstanceRow[]> {
    return this.#look.rows(signal);
  }

  async inspect(id: string, signal?: AbortSignal): Promise<Instance | null> {
    return isOther(id) ? this.#others.instance(id, signal) : this.#look.instance(id, signal);
  }

  remains(id: string, signal?: AbortSignal): Promise<Instance | null> {
    return this.#look.remains(id, signal);
  }

  /** Of a service that has a task on every node: as many as the orchestrator has given one, since it knows which nodes are fit. */
  async wanted({ record }: Instance, signal?: AbortSignal): Promise<number> {
    const { services, tasks } = await this.#manager.view(signal);
    const service = services.get(String(record.service_id));
    if (!service) return 0;
    const replicas = replicasOf(service);
    if (replicas !== null) return replicas;
    const mine = tasks.filter(({ ServiceID }) => ServiceID === service.ID);
    return new Set(mine.filter(isWanted).map(({ NodeID }) => NodeID)).size;
  }

  byHand(how: ByHand, services: readonly string[]): string | null {
    // No manager lets a task go on that the engine of its node has paused.
    if (how === 'unpause') return null;
    if (services.length === 0) return `docker stack deploy -c compose.yaml ${this.project}`;
    return services
      .map((name) => `docker service update --force ${this.project}_${name}`)
      .join(' && ');
  }

  async services(): Promise<string[]> {
    const { services } = await this.#manager.view();
    return [...services.values()].map((each) => serviceName(each, this.project)).sort();
  }

  async logs(id: string, lines: number, since?: string): Promise<string[]> {
    const found = await this.#look.containerOf(id);
    if (found === null || lines <= 0) return [];
    if (!('api' in found)) return [`(${found.why}, where its log is)`];
    return readLogs(found.api, found.container, lines, since);
  }

  /** Each engine stamps the lines with its own clock; those of a swarm agree, or it could not be one. */
  logMark() {
    return this.clock();
  }

  async run(...[command, options]: Parameters<Engine['run']>) {
    const { cwd, context, env = {} } = this.#options;
    const given = Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const meant = context === null ? {} : { DOCKER_CONTEXT: context, DOCKER_HOST: '' };
    return runProgram(command, {
      ...options,
      cwd,
      env: { ...Object.fromEntries(given), ...meant },
    });
  }

  close(): void {
    this.#ways.close();
    this.#api.close();
  }
}
