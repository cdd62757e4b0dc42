/**
 * The engine for Compose stacks: containers found by Compose's labels, looked at and broken through the Docker engine's HTTP
 * API. It owns what each operation means to the engine; the stack itself is the team's own, so `up` and `down` do nothing.
 * Lacks on purpose: a cache. Every look asks the engine, since others work on the same stack.
 */

import { type Instance, type InstanceRow, label, type Operation } from '../../fault/instance.ts';
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import type { Engine } from '../engine.ts';
import { findComposeFiles } from './compose-name.ts';
import { type FoundProject, findProject, isMadeFrom, type Wish } from './compose-project.ts';
import { DockerApi, wordsOf } from './docker-api.ts';
import { findDockerEndpoint, refuseRemote } from './docker-connection.ts';
import {
  byServiceAndNumber,
  hidesHealth,
  type InspectedContainer,
  instanceOf,
  type ListedContainer,
  PROJECT_LABEL,
  rowOf,
} from './docker-instance.ts';
import { ownContainerId } from './docker-self.ts';

const CHANGE_MS = 30_000;
/** What Docker itself waits between SIGTERM and SIGKILL, where the container says nothing else. */
const STOP_S = 10;
/** For the names of services in a hint. */
const HINT_MS = 10_000;
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
  /** What a run has recorded of its stack: then nothing is looked for, and no file, folder or variable is needed. */
  recorded?: FoundProject | null;
  allowRemote: boolean;
  /** Ours, unless a test says otherwise. */
  env?: NodeJS.ProcessEnv;
}

/** Throws Refusal `engine_unreachable`, `remote_engine`, `unsupported_stack`. */
export async function openComposeEngine(options: ComposeEngineOptions): Promise<Engine> {
  const { allowRemote, env = process.env } = options;
  const endpoint = findDockerEndpoint(env);
  refuseRemote(endpoint, allowRemote);
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
  readonly madeFrom: readonly string[];
  readonly #api: DockerApi;
  readonly #options: ComposeEngineOptions;
  readonly #own = ownContainerId();

  constructor(api: DockerApi, found: FoundProject, options: ComposeEngineOptions) {
    this.#api = api;
    this.project = found.project;
    this.madeFrom = found.madeFrom;
    this.#options = options;
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
    const all = await listContainers(this.#api, this.project, signal);
    const { madeFrom } = this;
    const found = all.filter(
      ({ Labels }) => madeFrom.length === 0 || isMadeFrom(Labels ?? {}, madeFrom),
    );
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
    if (files.length === 0 && this.madeFrom.length > 0) return this.madeFrom;
    try {
      return findComposeFiles(cwd, files, env)?.files ?? [];
    } catch {
      return [];
    }
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
      const { crashContainer } = await import('./docker-crash.ts');
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
    const { linesOf, unixTime } = await import('./docker-logs.ts');
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
    const { runProgram } = await import('../../system/program.ts');
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
