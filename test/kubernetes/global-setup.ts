/**
 * Once for the run of these tests: a real cluster of two nodes, and its end. GAMEDAY_TEST_CLUSTER names one that is up already
 * (`cluster.sh up DIR PROGRAMS`), which is then left as it is. GAMEDAY_CHAOSMESH=1 has Chaos Mesh in it, which takes longer.
 * Where no cluster can be made the process ends with NO_CLUSTER, and no test has run. A run that is killed is cleared away by
 * `guard.ts`; whatever is started in it has the mark of the run (`sweep.ts`, which is loaded after this file). One kubectl proxy stays
 * meanwhile, since a kubectl for each look at the cluster would take longer than what is tested.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isRunOver, makeRunFolder, RUN_MARK } from '../run-folder.ts';

export const CLUSTER = 'GAMEDAY_TEST_CLUSTER';
/** Of that proxy. */
export const SOCKET = 'GAMEDAY_TEST_CLUSTER_SOCKET';
const DIR = '/tmp/gameday-test-cluster';
/** In the cluster's folder: the folder of the run that it is of. */
const OF_RUN = 'run';
/** Of the process, as `programs.sh` has it; `.ci/run` knows it as well. */
const NO_CLUSTER = 75;

const script = (name: string, ...args: string[]) =>
  execFileSync('bash', [join(import.meta.dirname, name), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

let guard: ChildProcess | null = null;
let proxy: ChildProcess | null = null;

export async function mochaGlobalSetup(): Promise<void> {
  const folder = makeRunFolder();
  process.env[RUN_MARK] = folder;
  try {
    if (!process.env[CLUSTER]) makeCluster(folder);
    proxy = await startProxy(join(folder, 'kubectl'));
  } catch (error) {
    process.stderr.write(`No cluster can be made here: ${(error as Error).message}\n`);
    process.exit(NO_CLUSTER);
  }
}

export function mochaGlobalTeardown(): void {
  proxy?.kill();
  if (!guard) return;
  script('cluster.sh', 'down', DIR);
  guard.kill();
}

function makeCluster(folder: string): void {
  const programs = script('programs.sh');
  refuseSecond();
  script('cluster.sh', 'down', DIR);
  mkdirSync(DIR, { mode: 0o700 });
  writeFileSync(join(DIR, OF_RUN), folder);
  guard = startGuard(folder);
  script('cluster.sh', 'up', DIR, programs);
  process.env[CLUSTER] = DIR;
  if (process.env.GAMEDAY_CHAOSMESH) script('chaos-mesh.sh', DIR);
}

/** It asks as the administrator of the cluster. */
async function startProxy(socket: string): Promise<ChildProcess> {
  const cluster = process.env[CLUSTER] as string;
  const kubectl = join(readFileSync(join(cluster, 'programs'), 'utf8').trim(), 'kubectl');
  const config = ['--kubeconfig', join(cluster, 'admin.conf')];
  const child = spawn(kubectl, [...config, 'proxy', `--unix-socket=${socket}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const died = once(child, 'exit').then(() => {
    throw new Error('kubectl proxy has ended');
  });
  await Promise.race([once(child.stdout as Readable, 'data'), died]);
  died.catch(() => {});
  process.env[SOCKET] = socket;
  return child;
}

function refuseSecond(): void {
  const mark = join(DIR, OF_RUN);
  if (existsSync(mark) && !isRunOver(readFileSync(mark, 'utf8')))
    throw new Error(`another run of these tests has one in ${DIR}, and two have no room`);
}

function startGuard(folder: string): ChildProcess {
  const { [RUN_MARK]: _, ...env } = process.env;
  const file = join(import.meta.dirname, 'guard.ts');
  const child = spawn(process.execPath, [file, folder, DIR], {
    detached: true,
    stdio: 'ignore',
    env,
  });
  child.unref();
  return child;
}
