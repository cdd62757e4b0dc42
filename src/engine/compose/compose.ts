/**
 * The engine for Compose stacks: containers found by Compose's labels, looked at and broken through the Docker engine's HTTP
 * API. It owns what each operation means to the engine; the stack itself is the team's own, so `up` and `down` do nothing.
 * Lacks on purpose: a cache. Every look asks the engine, since others work on the same stack.
 */

import { type Instance, type InstanceRow, label, type Operation } from '../../fault/instance.ts';
import { runProgram } from '../../system/program.ts';
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import type { Engine } from '../engine.ts';
import { type ComposeFiles, findComposeFiles } from './compose-name.ts';
import { findProject, type Wish } from './compose-project.ts';
import { DockerApi, wordsOf } from './docker-api.ts';
import { findDockerEndpoint, refuseRemote } from './docker-connection.ts';
import { crashContainer } from './docker-crash.ts';
import {
  byServiceAndNumber,
  hidesHealth,
  type InspectedContainer,
  instanceOf,
  type ListedContainer,
  PROJECT_LABEL,
  rowOf,
} from './docker-instance.ts';
import { linesOf, unixTime } from './docker-logs.ts';
import { ownContainerId } from './docker-self.ts';

const CHANGE_MS = 30_000;
/** What Docker itself waits between SIGTERM and SIGKILL, where the container says nothing else. */
const STOP_S = 10;
/** For a container that asks to be waited for without end. */
const LONGEST_STOP_S = 600;

const PATHS = {
  kill: 'kill?signal=KILL',
  stop: 'stop',
  pause: 'pause',
  unpause: 'unpause',
  start: 'start',
} as const;
/** In which states that is so already which an operation is there for. */
const DONE: Record<keyof typeof PATHS, readonly Instance['state'][]> = {
  kill: ['exited', 'created', 'dead'],
  stop: ['exited', 'created', 'dead'],
  pause: ['paused'],
  unpause: ['running'],
  start: ['running', 'restarting'],
};

export interface ComposeEngineOptions extends Wish {
  /** Absolute, or relative to `cwd`; empty: as `docker compose` finds them. */
  files: readonly string[];
  allowRemote: boolean;
  /** Ours, unless a test says otherwise. */
  env?: NodeJS.ProcessEnv;
}

/** Throws Refusal `engine_unreachable`, `remote_engine`, `unsupported_stack`. */
export async function openComposeEngine(options: ComposeEngineOptions): Promise<Engine> {
  const { allowRemote, files, cwd, env = process.env } = options;
  const endpoint = findDockerEndpoint(env);
  refuseRemote(endpoint, allowRemote);
  // With a project given no file is needed, and one that is wrong is nobody's business.
  const model =
    options.project !== null && files.length === 0
      ? lenientFiles(options, env)
      : findComposeFiles(cwd, files, env);
  const api = await DockerApi.open(endpoint, env);
  try {
    const labelsOf = async (project?: string) =>
      (await listContainers(api, project)).map((container) => container.Labels ?? {});
    return new ComposeEngine(api, await findProject(options, model, labelsOf), options, model);
  } catch (error) {
    api.close();
    throw error;
  }
}

function lenientFiles({ cwd }: ComposeEngineOptions, env: NodeJS.ProcessEnv): ComposeFiles {
  try {
    return findComposeFiles(cwd, [], env);
  } catch {
    return { files: [], folder: cwd, env };
  }
}

async function listContainers(
  api: DockerApi,
  project?: string,
  signal?: AbortSignal,
): Promise<ListedContainer[]> {
  const filters = JSON.stringify({
    label: [project === undefined ? PROJECT_LABEL : `${PROJECT_LABEL}=${project}`],
  });
  return (
    (await api.read<ListedContainer[]>(
      `/containers/json?all=1&filters=${encodeURIComponent(filters)}`,
      signal,
    )) ?? []
  );
}

class ComposeEngine implements Engine {
  readonly kind = 'compose';
  readonly project: string;
  readonly #api: DockerApi;
  readonly #options: ComposeEngineOptions;
  readonly #model: ComposeFiles;
  readonly #own = ownContainerId();

  constructor(api: DockerApi, project: string, options: ComposeEngineOptions, model: ComposeFiles) {
    this.#api = api;
    this.project = project;
    this.#options = options;
    this.#model = model;
  }

  async describe() {
    return `${this.#api.engine} at ${this.#api.endpoint.address}`;
  }

  /** About ten milliseconds; the only way to the engine's time in less than whole seconds. */
  async clock() {
    const info = await this.#api.read<{ SystemTime: string }>('/info');
    return info?.SystemTime ?? new Date().toISOString();
  }

  async list(signal?: AbortSignal): Promise<InstanceRow[]> {
    const found = await listContainers(this.#api, this.project, signal);
    const rows = found.map(async (container) => {
      const row = rowOf(container, this.#own);
      if (!hidesHealth(container)) return row;
      const { health } = (await this.inspect(container.Id, signal)) ?? row;
      return { ...row, health };
    });
    return (await Promise.all(rows)).sort(byServiceAndNumber);
  }

  /** Takes most of a second where there are Compose files, since `docker compose` is asked for the model. */
  async services(): Promise<string[]> {
    const names = new Set((await this.list().catch(() => [])).map((row) => row.service));
    const { cwd, profiles } = this.#options;
    const { files, env } = this.#model;
    if (files.length > 0) {
      const { readComposeModel } = await import('./compose-model.ts');
      const model = await readComposeModel({
        cwd,
        files,
        profiles: [...profiles],
        project: this.project,
        env,
      }).catch(() => null);
      for (const { name } of model?.services ?? []) names.add(name);
    }
    return [...names].sort();
  }

  async inspect(id: string, signal?: AbortSignal): Promise<Instance | null> {
    const found = await this.#read(id, signal);
    return found && instanceOf(found, this.#own);
  }

  /** The engine would take a name or the beginning of an id as well; here only the full id counts. */
  async #read(id: string, signal?: AbortSignal): Promise<InspectedContainer | null> {
    const found = await this.#api.read<InspectedContainer>(
      `/containers/${encodeURIComponent(id)}/json`,
      signal,
    );
    return found?.Id === id ? found : null;
  }

  async perform(operation: Operation, target: Instance): Promise<void> {
    if (operation === 'crash') {
      const read = () => this.inspect(target.id);
      const now = await definitely(read);
      if (!now) throw gone(operation, target);
      return crashContainer(this.#api, target, now, read);
    }
    const timeoutMs = operation === 'stop' ? await this.#stopMs(target) : CHANGE_MS;
    const path = `/containers/${encodeURIComponent(target.id)}/${PATHS[operation]}`;
    const { status, body } = await this.#api.change(`${operation} of ${label(target)}`, path, {
      timeoutMs,
    });
    if (status < 300 || status === 304) return;
    if (status === 404) throw gone(operation, target);
    const now = await this.inspect(target.id).catch(() => null);
    if (now && DONE[operation].includes(now.state)) return;
    // A kill or stop that the engine gave up waiting for may still come; of the rest it says how it stands.
    const isUntouched = now?.state === target.state && now.started_at === target.started_at;
    const definite = status < 500 || (isUntouched && operation !== 'kill' && operation !== 'stop');
    const message = `The ${operation} of ${label(target)} failed: ${wordsOf(body)} (${status}).`;
    throw new EngineError(message, { definite, reason: status, next: 'fault list' });
  }

  /** As long as the container may take by its own word, and what we give any change. */
  async #stopMs(target: Instance): Promise<number> {
    const found = await definitely(() => this.#read(target.id));
    if (!found) throw gone('stop', target);
    const seconds = found.Config.StopTimeout ?? STOP_S;
    return (seconds < 0 ? LONGEST_STOP_S : seconds) * 1000 + CHANGE_MS;
  }

  async logs(id: string, lines: number, since?: string): Promise<string[]> {
    const found = await this.#read(id);
    if (!found || lines <= 0) return [];
    const after = since === undefined ? '' : `&since=${unixTime(since)}`;
    const { status, body } = await this.#api.look(
      `/containers/${id}/logs?stdout=1&stderr=1&tail=${lines}${after}`,
    );
    if (status === 404) return [];
    if (status !== 200) return [`(the engine cannot read its log: ${wordsOf(body)})`];
    return linesOf(body, found.Config.Tty === true, lines);
  }

  /** The engine stamps each line with its own clock. */
  logMark() {
    return this.clock();
  }

  async run(...[command, options]: Parameters<Engine['run']>) {
    const { cwd, profiles, env = {} } = this.#options;
    const { files } = this.#model;
    const set: Record<string, string> = { COMPOSE_PROJECT_NAME: this.project };
    if (files.length > 0)
      Object.assign(set, { COMPOSE_FILE: files.join(':'), COMPOSE_PATH_SEPARATOR: ':' });
    if (profiles.length > 0) set.COMPOSE_PROFILES = profiles.join(',');
    const given = Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return runProgram(command, { ...options, cwd, env: { ...Object.fromEntries(given), ...set } });
  }

  async up(): Promise<void> {}

  async down(): Promise<void> {}

  close(): void {
    this.#api.close();
  }
}

/** A look before a deed: when it fails, the deed surely did not happen, and that is said in the deed's way. */
async function definitely<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new EngineError(
      error.message,
      { definite: true, reason: error.code, next: error.next },
      { cause: error },
    );
  }
}

function gone(operation: Operation, target: Instance): EngineError {
  const message = `The ${operation} of ${label(target)} did not happen: there is no container ${target.id.slice(0, 12)} any more.`;
  return new EngineError(message, { definite: true, reason: 404, next: 'fault list' });
}
