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
/** Of the fixture: two of web, one of agent a node. */
const TASKS = 5;

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
  /** All tasks of the stack run, on nodes that are ready. */
  settled(): Promise<void>;
  cleanup(): Promise<void>;
}

/** `stack`: what it is called. */
export async function testCluster(stack: string): Promise<Cluster | null> {
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
  const settled = async () => {
    await eventually(
      'every task of the stack runs',
      async () => {
        const format = '{{.DesiredState}} {{.CurrentState}}';
        const list = await on(
          1,
          'stack',
          'ps',
          stack,
          '--filter',
          'desired-state=running',
          '--format',
          format,
        ).catch(() => '');
        const nodes = await on(1, 'node', 'ls', '--format', '{{.Status}} {{.Availability}}').catch(
          () => '',
        );
        const running = list.split('\n').filter((line) => line.startsWith('Running Running'));
        const fit = nodes.split('\n').filter((line) => line === 'Ready Active');
        return (
          running.length >= TASKS &&
          list.split('\n').length === running.length &&
          fit.length === NODES.length
        );
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
    await run(
      'docker',
      ['-H', host(1), 'stack', 'deploy', '--resolve-image', 'never', '-c', STACK_FILE, stack],
      { env: { ...env, IMAGE: image } },
    );
    await settled();
    return {
      env,
      host,
      docker: on,
      power: async (to, node) => {
        await script(to, folder, String(node));
      },
      loadTools: async () => load(await docker.image('tools')),
      settled,
      cleanup,
    };
  } catch (error) {
    await cleanup();
    throw error;
  }
}
