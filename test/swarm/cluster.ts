/**
 * A Docker Swarm of three nodes on this machine, as the tests use it (`nodes.sh`), with the stack of the fixture on it. Where
 * it cannot be had (it takes root on Debian, and the engine that the other tests use for its image), the answer is null.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testDocker } from '../docker/docker.ts';
import { isDebian } from '../docker/find.ts';
import { eventually } from '../engine/contract.ts';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, 'nodes.sh');
const STACK_FILE = join(import.meta.dirname, '..', 'fixtures', 'swarm', 'shop.yaml');
const NODES = [1, 2, 3];
/** The stack of the fixture: two of web, one of agent a node. */
const FIXTURE = { file: STACK_FILE, tasks: 5 };

export interface Cluster {
  /** For programs: a folder of docker contexts `node1` to `node3`, and no DOCKER_HOST. */
  env: NodeJS.ProcessEnv;
  /** `unix:///…` of a node's engine. */
  host(node: number): string;
  /** `docker …` on a node; resolves to stdout without the last newline. */
  docker(node: number, ...args: string[]): Promise<string>;
  /** `off`, `on`, `unplug`, `plug`. */
  power(to: 'off' | 'on' | 'unplug' | 'plug', node: number): Promise<void>;
  /** The image with the tools, on every node. */
  loadTools(): Promise<string>;
  /** `tasks`: how many it is to have. */
  deploy(stack: string, from: { file: string; tasks: number }): Promise<void>;
  /** The stack of the fixture, over what there is. */
  deployAgain(): Promise<void>;
  /** All tasks of the stacks run, on nodes that are ready. */
  settled(): Promise<void>;
  cleanup(): Promise<void>;
}

/** `stack`: what that of the fixture is called; null: there is none yet. */
export async function testCluster(stack: string | null): Promise<Cluster | null> {
  const docker = await testDocker();
  if (!docker || !isDebian() || process.getuid?.() !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'swarm-'));
  const script = (...args: string[]) => run('bash', [SCRIPT, ...args], { maxBuffer: 2 ** 24 });
  const host = (node: number) => `unix://${folder}/${node}/d.sock`;
  const config = join(folder, 'config');
  const { DOCKER_HOST: _host, ...others } = docker.env;
  const env = { ...others, DOCKER_CONFIG: config };
  const on = async (node: number, ...args: string[]) =>
    (await run('docker', ['-H', host(node), ...args], { env })).stdout.trimEnd();
  const load = async (image: string) => {
    const file = join(folder, 'image.tar');
    await docker.docker(['save', '-o', file, image]);
    await Promise.all(NODES.map((node) => on(node, 'load', '-q', '-i', file)));
    rmSync(file);
    return image;
  };
  const stacks = new Map<string, number>();
  const isRunning = async ([stack, tasks]: [string, number]) => {
    const only = ['--filter', 'desired-state=running'];
    const format = ['--format', '{{.DesiredState}} {{.CurrentState}}'];
    const list = await on(1, 'stack', 'ps', stack, ...only, ...format).catch(() => '');
    const lines = list.split('\n');
    const running = lines.filter((line) => line.startsWith('Running Running'));
    return running.length >= tasks && lines.length === running.length;
  };
  const settled = async () => {
    const format = ['--format', '{{.Status}} {{.Availability}}'];
    await eventually(
      'every task of the stacks runs',
      async () => {
        const nodes = await on(1, 'node', 'ls', ...format).catch(() => '');
        const fit = nodes.split('\n').filter((line) => line === 'Ready Active');
        const running = await Promise.all([...stacks].map(isRunning));
        return fit.length === NODES.length && running.every(Boolean);
      },
      60_000,
    );
  };
  const cleanup = async () => {
    await script('down', folder);
  };
  try {
    const image = await docker.image('busybox');
    await script('up', folder, String(NODES.length), docker.packages, String(process.pid));
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, 'config.json'), '{}');
    for (const node of NODES)
      await on(node, 'context', 'create', `node${node}`, '--docker', `host=${host(node)}`);
    await load(image);
    const deploy: Cluster['deploy'] = async (name, { file, tasks }) => {
      const from = ['--resolve-image', 'never', '--compose-file', file];
      const deployed = ['-H', host(1), 'stack', 'deploy', ...from, name];
      await run('docker', deployed, { env: { ...env, IMAGE: image } });
      stacks.set(name, tasks);
      await settled();
    };
    if (stack !== null) await deploy(stack, FIXTURE);
    return {
      env,
      host,
      docker: on,
      power: async (to, node) => {
        await script(to, folder, String(node));
      },
      deploy,
      deployAgain: async () => deploy(stack as string, FIXTURE),
      loadTools: async () => load(await docker.image('tools')),
      settled,
      cleanup,
    };
  } catch (error) {
    await cleanup();
    throw error;
  }
}
