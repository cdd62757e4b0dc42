/**
 * A real Compose stack for a test: a fixture brought up under a name of its own, the engine opened on it, and both taken
 * away again. Lacks the search for a Docker engine: that is `test/docker`.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { ComposeEngine } from '../../src/engine/compose/compose.ts';
import { type ComposeEngineOptions, openComposeEngine } from '../../src/engine/compose/compose.ts';
import type { Effect } from '../../src/fault/effect.ts';
import { findKind, readParams, specOf } from '../../src/fault/fault-kind.ts';
import { type Instance, label } from '../../src/fault/instance.ts';
import { OWN_KINDS } from '../../src/fault/kinds/index.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import type { TestDocker } from '../docker/docker.ts';
import { rejection } from './contract.ts';

const run = promisify(execFile);
const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'compose');

export interface DockerStack {
  docker: TestDocker;
  project: string;
  /** A folder of the test's own, with the fixture in it as compose.yaml. */
  folder: string;
  /** As `docker compose` and the engine see it: with IMAGE for the fixture, and the project's name. */
  env: NodeJS.ProcessEnv;
  engine: ComposeEngine;
  compose(...args: string[]): Promise<string>;
  /** Another engine on the same stack. */
  open(options?: Partial<ComposeEngineOptions>): Promise<ComposeEngine>;
  cleanup(): Promise<void>;
}

/** `up` has the words after `docker compose up --detach`; null: nothing is brought up. */
export async function makeDockerStack(
  docker: TestDocker,
  fixture: string,
  up: string[] | null = [],
): Promise<DockerStack> {
  const folder = mkdtempSync(join(tmpdir(), 'gameday-compose-'));
  const project = docker.project(fixture);
  const env = {
    ...docker.env,
    IMAGE: await docker.image('busybox'),
    COMPOSE_PROJECT_NAME: project,
  };
  const engines: ComposeEngine[] = [];
  const compose = async (...args: string[]) =>
    (await docker.compose(args, { cwd: folder, env })).stdout;
  const cleanup = async () => {
    for (const engine of engines) engine.close();
    await compose('down', '--timeout', '0', '--volumes', '--remove-orphans');
    rmSync(folder, { recursive: true, force: true });
  };
  const open = async (options: Partial<ComposeEngineOptions> = {}) => {
    const engine = await openComposeEngine({
      cwd: folder,
      files: [],
      project: null,
      profiles: [],
      allowRemote: false,
      env,
      ...options,
    });
    engines.push(engine);
    return engine;
  };
  try {
    cpSync(join(FIXTURES, `${fixture}.yaml`), join(folder, 'compose.yaml'));
    if (up !== null) await compose('up', '--detach', '--quiet-pull', ...up);
    return { docker, project, folder, env, engine: await open(), compose, open, cleanup };
  } catch (error) {
    await cleanup();
    throw error;
  }
}

/** The instance with a label, looked at closely. */
export async function find(engine: ComposeEngine, wanted: string): Promise<Instance> {
  const row = (await engine.list()).find((each) => label(each) === wanted);
  const found = row && (await engine.inspect(row.id));
  if (!found) throw new Error(`there is no ${wanted}`);
  return found;
}

/** What a user wrote becomes the effect, by the same way as for a command. */
/** Ids of the containers that gameday has made for one, whether they run or not. */
export async function helpersFor(
  { docker }: Pick<DockerStack, 'docker'>,
  { id }: Instance,
): Promise<string[]> {
  const made = await docker.docker(['ps', '-aq', '--filter', `label=gameday.target=${id}`]);
  return made.split('\n').filter(Boolean);
}

type NewLife = (stack: DockerStack, target: Instance) => Promise<unknown>;

/** How a container comes to another life by somebody else's doing, in words and as it is done. */
export const NEW_LIVES: readonly [words: string, make: NewLife][] = [
  ['restarted', ({ docker }, { id }) => docker.docker(['restart', '--time', '0', id])],
  [
    'killed, and started',
    async ({ docker }, { id }) => {
      for (const act of ['kill', 'start']) await docker.docker([act, id]);
    },
  ],
  [
    'made anew',
    (stack, { service }) =>
      stack.compose('up', '--detach', '--force-recreate', '--timeout', '0', service),
  ],
];

export function effectOf(kind: string, written: Record<string, unknown> = {}): Effect {
  const row = findKind(OWN_KINDS, kind);
  const read = readParams(row, written, OWN_KINDS);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return specOf(row, read.values).effect;
}

/** The Refusal that a promise must reject with. */
export async function refusal(
  promise: Promise<unknown>,
  code: string,
  words: RegExp,
): Promise<Refusal> {
  const error = await rejection(promise);
  expect(error).to.be.instanceOf(Refusal).and.to.include({ code });
  expect((error as Refusal).message).to.match(words);
  expect((error as Refusal).next).not.to.equal('');
  return error as Refusal;
}

/** Runs `script` in a process of its own, with `open` at hand for the stack; resolves to what it printed when it has ended by itself. */
export async function inChild(
  stack: DockerStack,
  script: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const module = (name: string) =>
    JSON.stringify(join(import.meta.dirname, '..', '..', 'src', 'engine', name));
  const options = JSON.stringify({
    cwd: stack.folder,
    files: [],
    project: stack.project,
    profiles: [],
    allowRemote: false,
  });
  // It learns the code first: to another user the checkout may be closed.
  const source = `const { openComposeEngine } = await import(${module('compose/compose.ts')}); await import(${module('docker/docker-crash.ts')});
    const open = (options = {}) => openComposeEngine({ ...${options}, ...options });
    const becomeNobody = () => { process.setgroups([]); process.setgid(65534); process.setuid(65534); };\n${script}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], {
    env,
    timeout: 60_000,
  });
  return stdout.trim();
}
