/**
 * Chooses the endpoint of each operation. `round_robin`: each in turn. `failover`: one of them until it fails; a definite
 * failure is retried on the next endpoint within the operation's time-out, and after a lost answer only the following
 * operations move on. Knows no protocol.
 */
import type { PaceSpec } from '../../story/workload-spec.ts';
import type { Ledger } from '../verify/ledger.ts';
import { type KeySequence, NO_KEY, NO_WRITE, type Selection } from './key-sequence.ts';
import type { Operation, Target } from './open-loop.ts';

/** Several endpoints of one protocol. */
export interface Endpoints {
  /** At least one. */
  readonly count: number;
  /**
   * Sends an operation (its `choice`, `key` and `write`) to one endpoint, counted from 0, and calls `settle` when it has
   * ended, or `undone` where it was surely not done. Must not throw. The same operation may come again, for another endpoint.
   */
  send(operation: Operation, endpoint: number): void;
  close(): Promise<void>;
}

/** Kinds of errors after which the operation was surely not done. */
const NOT_DONE = new Set([
  'refused',
  'unreachable',
  'unknown host',
  'not found',
  'not connected',
  'readonly',
  'loading',
  'masterdown',
  'status 503',
]);
/** Kinds of errors that end a connection and leave open whether the operation was done. */
const LOST = new Set(['timeout', 'reset']);

/** Whether an error of this kind (see `errorKind`) says that the operation was surely not done. */
export function isNotDone(error: string): boolean {
  return NOT_DONE.has(error);
}

export class TargetPool implements Target {
  readonly #endpoints: Endpoints;
  readonly #sequence: KeySequence | null;
  readonly #ledger: Ledger | null;
  readonly #failover: boolean;
  /** Counts the changes of endpoint; the current one is this modulo their number. */
  #turn = 0;

  /** `sequence`: null where all operations are the same. `ledger`: records the writes. */
  constructor(
    endpoints: Endpoints,
    balance: PaceSpec['balance'],
    sequence: KeySequence | null,
    ledger: Ledger | null = null,
  ) {
    this.#endpoints = endpoints;
    this.#failover = balance === 'failover' && endpoints.count > 1;
    this.#sequence = sequence;
    this.#ledger = ledger;
  }

  /** The endpoint of the next operation. */
  get endpoint(): number {
    return this.#turn % this.#endpoints.count;
  }

  issue(operation: Operation): void {
    this.#sequence?.next(operation);
    if (isBooked(operation)) this.#ledger?.begin(operation.write, performance.now());
    const { count } = this.#endpoints;
    operation.turn = this.#turn;
    // Kept small, so that it stays a small integer for the engine, however long the load runs.
    if (!this.#failover) this.#turn = this.#turn + 1 === count ? 0 : this.#turn + 1;
    this.#endpoints.send(operation, operation.turn % count);
  }

  /** True if it was sent to the next endpoint. At most once to each. */
  retry(operation: Operation, error: string): boolean {
    if (!this.#failover) return false;
    // A status is no proof that nothing was written: etcd also answers 503 to a write that took too long.
    if (error.startsWith('status ') && isBooked(operation))
      this.#ledger?.suspect(operation.write, operation.key);
    this.#leave(operation.turn);
    operation.tries++;
    if (operation.tries >= this.#endpoints.count) return false;
    operation.turn = this.#turn;
    operation.abort = null;
    this.#endpoints.send(operation, operation.turn % this.#endpoints.count);
    return true;
  }

  done(operation: Operation): void {
    if (isBooked(operation))
      this.#ledger?.acknowledge(operation.write, operation.key, performance.now());
  }

  failed(operation: Operation, error: string): void {
    if (isBooked(operation)) this.#ledger?.doubt(operation.write, operation.key);
    if (this.#failover && LOST.has(error)) this.#leave(operation.turn);
  }

  close(): Promise<void> {
    return this.#endpoints.close();
  }

  /** Only the first failure at an endpoint counts: operations that were sent there with it fail later and must not skip the next endpoint. */
  #leave(turn: number): void {
    if (turn === this.#turn) this.#turn++;
  }
}

/** Only what stands under a key can be read back. */
function isBooked({ write, key }: Selection): boolean {
  return write !== NO_WRITE && key !== NO_KEY;
}
