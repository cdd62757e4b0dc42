/**
 * The engine for Compose stacks: containers found by Compose's labels, looked at and broken through the Docker engine's HTTP
 * API. It owns what each operation means to the engine; the stack itself is the team's own, so it is not `owned`.
 * Lacks on purpose: a cache. Every look asks the engine, since others work on the same stack.
 */

import type { Instance, InstanceRow } from '../../fault/instance.ts';
import { runProgram } from '../../system/program.ts';
import { dockerAbilities } from '../docker/docker-abilities.ts';
import type { InspectedContainer, ListedContainer } from '../docker/docker-answers.ts';
import { DockerApi } from '../docker/docker-api.ts';
import { findDockerEndpoint, refuseRemote } from '../docker/docker-connection.ts';
import { removeStrays } from '../docker/docker-helper.ts';
import { type EngineFacts, listContainers, readEngineFacts } from '../docker/docker-info.ts';
import {
  byServiceAndNumber,
  hidesHealth,
  instanceOf,
  networkOwner,
  rowOf,
} from '../docker/docker-instance.ts';
import { ownContainerId } from '../docker/docker-self.ts';
import { dockerVerbs } from '../docker/docker-verbs.ts';
import { healthAsRun, isPodman } from '../docker/podman.ts';
import { readLogs } from '../docker/read-logs.ts';
import { type ToolsImage, toolsImage } from '../docker/tools-image.ts';
import type { Engine } from '../engine.ts';
import type { LifecycleVerbs } from '../lifecycle.ts';
import { byHand, remake } from './compose-by-hand.ts';
import { findComposeFiles } from './compose-name.ts';
import { type FoundProject, findProject, isMadeFrom, type Wish } from './compose-project.ts';

/** For the names of services in a hint. */
const HINT_MS = 10_000;

/** What a run has recorded of its stack. */
export interface RecordedStack extends FoundProject {
  /** The address of the engine where it is on another machine and that was allowed. */
  remote: string | null;
  toolsImage: string | null;
}

export interface ComposeEngineOptions extends Wish {
  /** What a run has recorded of its stack: then nothing is looked for, and no file, folder or variable is needed. */
  recorded?: RecordedStack | null;
  /** The image with the tools, by the story. */
  toolsImage?: string | null;
  allowRemote: boolean;
  /** Ours, unless a test says otherwise. */
  env?: NodeJS.ProcessEnv;
}

/** Throws Refusal `engine_unreachable`, `remote_engine`, `unsupported_stack`. */
export async function openComposeEngine(options: ComposeEngineOptions): Promise<ComposeEngine> {
  const { allowRemote, env = process.env } = options;
  // A file that is not there is a slip of the hand, and needs no engine to be told.
  if (!options.recorded && options.files.length > 0)
    findComposeFiles(options.cwd, options.files, env);
  const endpoint = findDockerEndpoint(env);
  // A run that was begun on another machine goes on there, and only there, without being allowed again.
  refuseRemote(endpoint, allowRemote || options.recorded?.remote === endpoint.address);
  const api = await DockerApi.open(endpoint, env);
  try {
    const labelsOf = async (project?: string) =>
      (await listContainers(api, project)).map((container) => container.Labels ?? {});
    const found = options.recorded ?? (await findProject(options, env, labelsOf));
    return new ComposeEngine(api, found, options);
  } catch (error) {
    api.close();
    throw error;
  }
}

export class ComposeEngine implements Engine {
  readonly kind = 'compose';
  readonly project: string;
  readonly spec: {
    profiles: readonly string[];
    made_from: readonly string[];
    remote: string | null;
    tools_image: string | null;
  };
  readonly perform: LifecycleVerbs['perform'];
  readonly #api: DockerApi;
  readonly #options: ComposeEngineOptions;
  readonly #own = ownContainerId();
  readonly #tools: ToolsImage;
  readonly abilities: Engine['abilities'];
  /** The stack is the team's own. */
  readonly owned = null;
  readonly byHand = byHand;
  #engineFacts: Promise<EngineFacts> | null = null;

  constructor(api: DockerApi, found: FoundProject, options: ComposeEngineOptions) {
    this.#api = api;
    this.project = found.project;
    const { local, address } = api.endpoint;
    const remote = local ? null : address;
    const { profiles, recorded, toolsImage: wanted = null } = options;
    this.spec = { profiles, made_from: found.madeFrom, remote, tools_image: wanted };
    this.#options = options;
    const verbs = dockerVerbs(api, (id) => this.inspect(id), remake);
    this.perform = verbs.perform;
    this.#tools = toolsImage(api, wanted, recorded?.toolsImage ?? null);
    this.abilities = dockerAbilities(verbs, {
      api,
      tools: this.#tools,
      inspect: verbs.inspect,
      neighbours: async () =>
        (await this.#containers()).map((container) => ({
          container,
          row: rowOf(container, this.#own),
        })),
    });
  }

  get reachedBy(): readonly string[] {
    const { context, address } = this.#api.endpoint;
    return context === undefined ? [address] : [context, address];
  }

  /** What runs beside targets, or did: to look at, and to remove what nobody needs. */
  async helpers() {
    return (await import('../docker/docker-exam.ts')).helpersOn(this.#api, this.#tools);
  }

  removeStrays(): Promise<void> {
    return removeStrays(this.#api, async () => (await this.#containers()).map(({ Id }) => Id));
  }

  describe = async () => `${this.#api.engine} at ${this.#api.endpoint.address}`;
  identity = async () => (await this.#facts()).id;

  /** From one answer of the engine on: its clock and ours run alike. */
  async clock() {
    const { skewMs } = await this.#facts();
    return new Date(Date.now() + skewMs).toISOString();
  }

  /** About ten milliseconds, once. Behind a proxy that keeps `/info` back, nobody knows which engine it is. */
  #facts(): Promise<EngineFacts> {
    this.#engineFacts ??= readEngineFacts(this.#api);
    return this.#engineFacts;
  }

  async list(signal?: AbortSignal): Promise<InstanceRow[]> {
    const all = await this.#containers(signal);
    const rows = all.map(async (container) => {
      const row = {
        ...rowOf(container, this.#own),
        network_of: networkOwner(container, all),
      };
      if (!hidesHealth(container) && !(isPodman(this.#api) && row.state === 'running')) return row;
      const { health } = (await this.inspect(container.Id, signal)) ?? row;
      return { ...row, health };
    });
    return (await Promise.all(rows)).sort(byServiceAndNumber);
  }

  async #containers(signal?: AbortSignal): Promise<ListedContainer[]> {
    const all = await listContainers(this.#api, this.project, signal);
    const { made_from } = this.spec;
    return all.filter(
      ({ Labels }) => made_from.length === 0 || isMadeFrom(Labels ?? {}, made_from),
    );
  }

  /** Takes most of a second where there are Compose files, since `docker compose` is asked for the model. */
  async services(): Promise<string[]> {
    const names = new Set((await this.list().catch(() => [])).map((row) => row.service));
    const { cwd, profiles, env = process.env } = this.#options;
    const files = this.#files();
    if (files.length > 0) {
      const { readComposeModel } = await import('./compose-model.ts');
      const query = { cwd, files, profiles, project: this.project, env, limitMs: HINT_MS };
      const model = await readComposeModel(query).catch(() => null);
      for (const { name } of model?.services ?? []) names.add(name);
    }
    return [...names].sort();
  }

  /** Absolute; as far as they are known without asking. For hints and for programs of the story. */
  #files(): readonly string[] {
    const { cwd, files, env = process.env } = this.#options;
    const { made_from } = this.spec;
    if (files.length === 0 && made_from.length > 0) return made_from;
    try {
      return findComposeFiles(cwd, files, env)?.files ?? [];
    } catch {
      return [];
    }
  }

  async compare({ inside }: { inside: boolean }) {
    const { compareStack } = await import('./compose-compare.ts');
    const [api, own, tools] = [this.#api, this.#own, inside ? this.#tools : null];
    const stack = { ...this.#options, api, project: this.project, own, tools };
    return compareStack(stack, await this.#containers(), this.#files());
  }

  async inspect(id: string, signal?: AbortSignal): Promise<Instance | null> {
    const found = await this.#read(id, signal);
    const instance = found && instanceOf(found, this.#own);
    if (!instance || !isPodman(this.#api)) return instance;
    return healthAsRun(instance, found, Date.parse(await this.clock()));
  }

  /** The engine would take a name or the beginning of an id as well; here only the full id counts. */
  async #read(id: string, signal?: AbortSignal): Promise<InspectedContainer | null> {
    const found = await this.#api.read<InspectedContainer>(
      `/containers/${encodeURIComponent(id)}/json`,
      signal,
    );
    return found?.Id === id ? found : null;
  }

  /** Whether we may signal the process of a running container ourselves. */
  async reaches(id: string): Promise<boolean> {
    const { isWithinReach } = await import('../docker/docker-crash.ts');
    const pid = (await this.inspect(id))?.record.pid;
    return typeof pid === 'number' && isWithinReach(this.#api.endpoint.transport.by, id, pid);
  }

  async logs(id: string, lines: number, since?: string): Promise<string[]> {
    const found = await this.#read(id);
    return !found || lines <= 0 ? [] : readLogs(this.#api, found, lines, since);
  }

  /** The engine stamps each line with its own clock. */
  logMark() {
    return this.clock();
  }

  async run(...[command, options]: Parameters<Engine['run']>) {
    const { cwd, profiles, env = {} } = this.#options;
    const files = this.#files();
    const set: Record<string, string> = { COMPOSE_PROJECT_NAME: this.project };
    if (files.length > 0)
      Object.assign(set, { COMPOSE_FILE: files.join(':'), COMPOSE_PATH_SEPARATOR: ':' });
    if (profiles.length > 0) set.COMPOSE_PROFILES = profiles.join(',');
    const given = Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return runProgram(command, { ...options, cwd, env: { ...Object.fromEntries(given), ...set } });
  }

  close(): void {
    this.#api.close();
  }
}
