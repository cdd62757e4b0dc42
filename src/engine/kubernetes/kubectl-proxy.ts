/**
 * The way to a cluster: `kubectl proxy` on a socket in a folder that is ours alone. kubectl knows contexts, tokens, certificates
 * and the programs that fetch them, so that none of it is our business and no library is needed.
 * It never outlives us: a shell waits beside it on a pipe that the system closes when we end, also by SIGKILL.
 * Lacks on purpose: an address of TCP, which everybody on the machine could use.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Line, NoAnswer } from '../engine-request.ts';
import type { ClusterRef } from './cluster-ref.ts';

/** Long enough for a program that fetches a token over the network. */
const START_MS = 15_000;
const SAID_BYTES = 4000;
/** What the path of a socket may have at most, on every system that we know. */
const PATH_BYTES = 100;

/** `$1`: the folder of the socket; the rest is kubectl. Its output is let go, so that the end of kubectl is seen at once. */
const BESIDE = `
folder=$1; shift
"$@" </dev/null &
exec >/dev/null 2>&1
read -r end
kill "$!"
rm -rf "$folder"`;

interface Running {
  line: Line;
  /** Its end is the end of the proxy. */
  pipe: Writable;
  isUp: boolean;
}

export class KubectlProxy {
  readonly #cluster: ClusterRef;
  readonly #env: NodeJS.ProcessEnv;
  #running: Promise<Running> | null = null;

  constructor(cluster: ClusterRef, env: NodeJS.ProcessEnv) {
    this.#cluster = cluster;
    this.#env = env;
  }

  /** Starts the proxy where there is none, or where it has ended. Rejects with NoAnswer. */
  async line(): Promise<Line> {
    const before = await this.#running?.catch(() => null);
    if (!before?.isUp) this.#running = this.#start();
    return (await (this.#running as Promise<Running>)).line;
  }

  close(): void {
    void this.#running?.then(end, () => {});
    this.#running = null;
  }

  #start(): Promise<Running> {
    const folder = mkdtempSync(join(shortFolder(), 'gameday-kubectl-'));
    const socketPath = join(folder, 's');
    const args = ['proxy', `--unix-socket=${socketPath}`, ...contextArgs(this.#cluster)];
    const child = spawn('/bin/sh', ['-c', BESIDE, 'sh', folder, 'kubectl', ...args], {
      env: kubectlEnv(this.#cluster, this.#env),
      stdio: ['pipe', 'pipe', 'pipe'],
      // A Ctrl-C is ours to take: what is begun is carried through.
      detached: true,
    });
    // Without the name, node's agent works out one for TLS for each request.
    const options = { socketPath, headers: { Host: 'localhost' }, servername: '' };
    const running: Running = {
      line: {
        agent: new Agent({ keepAlive: true }),
        request,
        options,
        prefix: '',
        readyEvent: 'connect',
      },
      pipe: child.stdin,
      isUp: true,
    };
    child.stdin.on('error', () => {});
    return new Promise((resolve, reject) => {
      let said = '';
      const fail = (why: string) => {
        end(running);
        rmSync(folder, { recursive: true, force: true });
        reject(new NoAnswer('KUBECTL', why, false));
      };
      const timer = setTimeout(
        () => fail(`kubectl proxy is not up after ${START_MS / 1000} s`),
        START_MS,
      );
      child.on('error', (error) => fail(`no shell can be started: ${error.message}`));
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-SAID_BYTES);
      });
      child.stdout.on('data', (chunk: Buffer) => {
        if (!chunk.toString().includes('Starting to serve')) return;
        clearTimeout(timer);
        for (const each of [child, child.stdout, child.stderr, child.stdin]) unref(each);
        resolve(running);
      });
      child.stdout.on('close', () => {
        clearTimeout(timer);
        running.isUp = false;
        fail(wordsOfKubectl(said));
      });
    });
  }
}

/** The context, as arguments of any kubectl. */
export function contextArgs({ context }: ClusterRef): string[] {
  return context === IN_CLUSTER ? [] : ['--context', context];
}

/** `in-cluster`: the account of the pod that gameday runs in. */
export const IN_CLUSTER = 'in-cluster';

export function kubectlEnv(
  { context, kubeconfig }: ClusterRef,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  if (context === IN_CLUSTER) return { ...env, KUBECONFIG: '/dev/null' };
  return kubeconfig === null ? env : { ...env, KUBECONFIG: kubeconfig };
}

function end({ line, pipe }: Running): void {
  line.agent.destroy();
  pipe.end();
}

function unref(handle: object): void {
  (handle as { unref?(): void }).unref?.();
}

function shortFolder(): string {
  const folder = tmpdir();
  return folder.length + 30 > PATH_BYTES ? '/tmp' : folder;
}

function wordsOfKubectl(said: string): string {
  const last = said.trim().split('\n').at(-1) ?? '';
  if (/kubectl: (not found|command not found)|kubectl: No such file/.test(last))
    return 'there is no program kubectl here';
  return last.replace(/^error: /, '') || 'kubectl proxy ended, and did not say why';
}
