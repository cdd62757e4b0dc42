/**
 * TCP connections at a rate: opened, and closed at once when the target has accepted. Nothing is sent. Closed in the
 * ordinary way and not by a reset, which would end servers that do not expect it.
 */
import { connect } from 'node:net';
import type { WorkloadSpec } from '../story/workload-spec.ts';
import { errorKind } from './error-kinds.ts';
import { OpenLoop, type Operation, type Target } from './open-loop.ts';

type TcpSpec = Extract<WorkloadSpec, { kind: 'tcp' }>;

export function openTcpLoad(spec: TcpSpec): OpenLoop {
  return new OpenLoop(spec, new TcpTarget(spec));
}

class TcpTarget implements Target {
  readonly #host: string;
  readonly #port: number;
  readonly #mostOpen: number;
  readonly #waiting: Operation[] = [];
  #open = 0;

  constructor({ host, port, connections }: TcpSpec) {
    this.#host = host;
    this.#port = port;
    this.#mostOpen = connections;
  }

  issue(operation: Operation): void {
    if (this.#open < this.#mostOpen) this.#connect(operation);
    else this.#waiting.push(operation);
  }

  async close(): Promise<void> {}

  #connect(operation: Operation): void {
    this.#open++;
    const socket = connect({ host: this.#host, port: this.#port });
    operation.abort = () => socket.destroy();
    socket.once('connect', () => {
      operation.settle(null);
      socket.destroy();
    });
    socket.once('error', (error) => operation.settle(errorKind(error)));
    socket.once('close', () => {
      operation.settle('reset');
      this.#open--;
      this.#connectNext();
    });
  }

  /** Those whose time is up while they waited for their turn are passed over. */
  #connectNext(): void {
    for (;;) {
      const next = this.#waiting.shift();
      if (!next) return;
      if (next.settled) continue;
      this.#connect(next);
      return;
    }
  }
}
