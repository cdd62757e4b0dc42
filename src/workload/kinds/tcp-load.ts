/**
 * TCP connections at a rate: opened, and closed at once when the target has accepted. Nothing is sent. Closed in the
 * ordinary way and not by a reset, which would end servers that do not expect it.
 */
import { connect } from 'node:net';
import type { TcpSpec } from '../../story/workload-spec.ts';
import { errorKind } from '../error-kinds.ts';
import { OpenLoop, type Operation } from '../pace/open-loop.ts';
import { type Endpoints, isNotDone, TargetPool } from '../pace/target-pool.ts';

export function openTcpLoad(spec: TcpSpec): OpenLoop {
  return new OpenLoop(spec, new TargetPool(new TcpEndpoints(spec), spec.balance, null));
}

class TcpEndpoints implements Endpoints {
  readonly count: number;
  readonly #endpoints: TcpEndpoint[];

  constructor({ addresses, connections }: TcpSpec) {
    this.count = addresses.length;
    this.#endpoints = addresses.map((address) => new TcpEndpoint(address, connections));
  }

  send(operation: Operation, endpoint: number): void {
    (this.#endpoints[endpoint] as TcpEndpoint).send(operation);
  }

  async close(): Promise<void> {}
}

class TcpEndpoint {
  readonly #address: TcpSpec['addresses'][number];
  readonly #mostOpen: number;
  readonly #waiting: Operation[] = [];
  #open = 0;

  constructor(address: TcpSpec['addresses'][number], connections: number) {
    this.#address = address;
    this.#mostOpen = connections;
  }

  send(operation: Operation): void {
    if (this.#open < this.#mostOpen) this.#connect(operation);
    else this.#waiting.push(operation);
  }

  #connect(operation: Operation): void {
    this.#open++;
    const socket = connect(this.#address);
    let failed = false;
    operation.abort = () => socket.destroy();
    socket.once('connect', () => {
      operation.settle(null);
      socket.destroy();
    });
    socket.once('error', (error) => {
      failed = true;
      const kind = errorKind(error);
      if (isNotDone(kind)) operation.undone(kind);
      else operation.settle(kind);
    });
    socket.once('close', () => {
      // After a failure it may be at the next target by now.
      if (!failed) operation.settle('reset');
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
