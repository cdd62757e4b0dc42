/** Podman's Docker-compatible API on a socket of the tests' own (`service.sh`). Null where there is no podman, or we are not root. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { eventually } from '../engine/contract.ts';

const SCRIPT = join(import.meta.dirname, 'service.sh');

export interface TestPodman {
  /** The same programs, which talk to Podman. It has the image of busybox alone. */
  docker: TestDocker;
  cleanup(): Promise<void>;
}

export async function testPodman(): Promise<TestPodman | null> {
  const docker = await testDocker();
  if (!docker || process.getuid?.() !== 0 || !hasPodman()) return null;
  const folder = mkdtempSync(join(tmpdir(), 'podman-'));
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const service = spawn('bash', ['-c', 'exec bash "$0" "$1" >>"$2" 2>&1', SCRIPT, folder, log]);
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
