/**
 * The way to a cluster: `kubectl proxy` on a socket in a folder that is ours alone. kubectl knows contexts, tokens, certificates
 * and the programs that fetch them, so that none of it is our business and no library is needed.
 * Lacks on purpose: an address of TCP, which everybody on the machine could use.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Line, NoAnswer } from '../engine-request.ts';
import type { ClusterRef } from './cluster-ref.ts';
import { spawnBeside, unrefBeside } from './kubectl-beside.ts';

/** Long enough for a program that fetches a token over the network. */
const START_MS = 15_000;
const SAID_BYTES = 4000;
/** What the path of a socket may have at most, on every system that we know. */
const PATH_BYTES = 100;

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
  #isClosed = false;

  constructor(cluster: ClusterRef, env: NodeJS.ProcessEnv) {
    this.#cluster = cluster;
    this.#env = env;
  }

  /** Starts the proxy where there is none, or where it has ended. Rejects with NoAnswer, also when it is closed. */
  async line(): Promise<Line> {
    const before = this.#running;
    const isUp = (await before?.catch(() => null))?.isUp === true;
    // What is asked for too late would start one that nobody ends.
    if (this.#isClosed) throw new NoAnswer('CLOSED', 'nothing is asked of it any more', false);
    // Of several that ask at once, one starts it.
    if (!isUp && this.#running === before) this.#running = this.#start();
    return (await (this.#running as Promise<Running>)).line;
  }

  close(): void {
    this.#isClosed = true;
    void this.#running?.then(end, () => {});
    this.#running = null;
  }

  #start(): Promise<Running> {
    const folder = mkdtempSync(join(shortFolder(), 'gameday-kubectl-'));
    const socketPath = join(folder, 's');
    const child = spawnBeside(['proxy', `--unix-socket=${socketPath}`], {
      cluster: this.#cluster,
      env: this.#env,
      folder,
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
        unrefBeside(child);
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

function end({ line, pipe }: Running): void {
  line.agent.destroy();
  pipe.end();
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
