/** Podman's Docker-compatible API on a socket of the tests' own (`service.sh`). Null where there is no podman, or we are not root. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../commands/cli.ts';
import type { Ended } from '../commands/ended.ts';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { eventually, type Stack } from '../engine/contract.ts';
import { makeDockerStack } from '../engine/docker-stack.ts';

const SCRIPT = join(import.meta.dirname, 'service.sh');

const CHECKOUT = join(import.meta.dirname, '..', '..', '/');
/** The user of a rootless one, who is there in its namespaces alone (`service.sh`). */
const UID = 64999;

export interface TestPodman {
  /** The same programs, which talk to Podman. It has the image of busybox alone. */
  docker: TestDocker;
  /** Of a rootless one: a script in bash as its user, beside its processes, with `gameday` on the PATH and `cwd` as the folder, which becomes the user's. */
  asUser(script: string, cwd: string): Promise<Ended>;
  cleanup(): Promise<void>;
}

/** `rootless`: as an ordinary user. */
export async function testPodman({ rootless = false } = {}): Promise<TestPodman | null> {
  const docker = await testDocker();
  if (!docker || process.getuid?.() !== 0 || !hasPodman()) return null;
  const folder = mkdtempSync(join(tmpdir(), 'podman-'));
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const how = rootless ? ['rootless', CHECKOUT] : [];
  const script = 'log=$1; shift; exec bash "$0" "$@" >>"$log" 2>&1';
  const service = spawn('bash', ['-c', script, SCRIPT, log, folder, ...how]);
  const ended = new Promise((resolve) => service.once('close', resolve));
  const cleanup = async () => {
    service.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  try {
    const path = join(folder, 'podman.sock');
    await eventually('Podman answers', () => {
      if (service.exitCode !== null) throw new Error(`podman ended: ${readFileSync(log, 'utf8')}`);
      return answers(path);
    });
    const host = `unix://${path}`;
    const tag = await docker.image('busybox');
    const image = join(folder, 'busybox.tar');
    await docker.docker(['save', '-o', image, tag]);
    await docker.docker(['-H', host, 'load', '-q', '-i', image]);
    rmSync(image);
    const env = { ...docker.env, DOCKER_HOST: host };
    return {
      asUser: (script, cwd) => asUser(service.pid ?? 0, folder, script, cwd),
      docker: {
        ...docker,
        env,
        host,
        image: async () => tag,
        docker: (args) => docker.docker(['-H', host, ...args]),
        compose: (args, options = {}) =>
          docker.compose(args, { ...options, env: { ...options.env, DOCKER_HOST: host } }),
      },
      cleanup,
    };
  } catch (error) {
    await cleanup();
    throw error;
  }
}

/** For the contract of engines. `how`: as of `testPodman`. */
export async function contractStack(how?: { rootless: boolean }): Promise<Stack | null> {
  const podman = await testPodman(how);
  if (!podman) return null;
  const { engine, cleanup } = await makeDockerStack(podman.docker, 'contract-alone');
  return {
    engine,
    banner: 'ready',
    cleanup: async () => {
      await cleanup();
      await podman.cleanup();
    },
  };
}

/** As whom and where `service.sh` has started Podman. */
async function asUser(
  service: number,
  folder: string,
  script: string,
  cwd: string,
): Promise<Ended> {
  const inside = readFileSync(`/proc/${service}/task/${service}/children`, 'utf8').trim();
  const code = (path: string) => path.replace(CHECKOUT, '/mnt/code/');
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const run = `exec '${code(process.execPath)}' /mnt/code/bin/run.js "$@"`;
  writeFileSync(join(bin, 'gameday'), `#!/bin/sh\n${run}\n`, { mode: 0o755 });
  for (const name of ['', ...readdirSync(cwd, { recursive: true, encoding: 'utf8' })])
    chownSync(join(cwd, name), UID, UID);
  const env = [
    `PATH=${bin}:/usr/bin:/bin`,
    `HOME=${folder}/home`,
    `DOCKER_HOST=unix://${folder}/podman.sock`,
    `GAMEDAY_TEST_RUN=${process.env.GAMEDAY_TEST_RUN}`,
  ];
  const user = [
    'setpriv',
    `--reuid=${UID}`,
    `--regid=${UID}`,
    '--clear-groups',
    'env',
    '-i',
    ...env,
  ];
  const enter = ['--target', inside, '--mount', '--pid', `--wdns=${cwd}`, '--'];
  return startProgram('nsenter', [...enter, ...user, 'bash', '-c', script], { cwd: '/' }).ended;
}

function hasPodman(): boolean {
  try {
    execFileSync('podman', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
