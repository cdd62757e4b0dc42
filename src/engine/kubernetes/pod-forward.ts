/** One `kubectl port-forward` to one port of one pod. It ends with its pod, and where a connection through it could not be made. */
import type { ClusterRef } from './cluster-ref.ts';
import { type Beside, spawnBeside, unrefBeside } from './kubectl-beside.ts';

export class PodForward {
  /** Of this machine's loopback; null: not yet. */
  port: number | null = null;
  /** Epoch ms; null: not yet. */
  upAt: number | null = null;
  /** Epoch ms; null: it goes on. */
  overAt: number | null = null;
  /** The last line that kubectl wrote, where it has ended. */
  said = '';
  readonly #child: Beside;

  constructor(cluster: ClusterRef, env: NodeJS.ProcessEnv, to: { pod: string; port: number }) {
    const at = ['--namespace', cluster.namespace, '--address', '127.0.0.1'];
    const args = ['port-forward', ...at, `pod/${to.pod}`, `:${to.port}`];
    this.#child = spawnBeside(args, { cluster, env });
    const over = () => {
      this.overAt ??= Date.now();
    };
    this.#child.on('error', over);
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.said = chunk.toString().trim().split('\n').at(-1) ?? '';
    });
    this.#child.stdout.on('data', (chunk: Buffer) => {
      const found = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(chunk.toString())?.[1];
      if (found) [this.port, this.upAt] = [Number(found), Date.now()];
    });
    this.#child.stdout.on('close', () => {
      over();
      this.#child.stdin.end();
    });
    unrefBeside(this.#child);
  }

  get isUp(): boolean {
    return this.port !== null && this.overAt === null;
  }

  close(): void {
    this.overAt ??= Date.now();
    this.#child.stdin.end();
  }
}
