/**
 * Which of several targets an operation goes to: each in turn, or, as a client with several addresses has it, one of
 * them until it fails. Then an operation that was surely not done goes to the next one within its own time, and one
 * whose answer is lost is an error, after which the next operation goes to the next target. Knows no protocol.
 */
import type { PaceSpec } from '../../story/workload-spec.ts';
import type { Ledger } from '../verify/ledger.ts';
import { type Draw, type Drawn, NO_KEY, NO_WRITE } from './draw.ts';
import type { Operation, Target } from './open-loop.ts';

/** Several targets that speak one protocol. */
export interface Places {
  /** At least one. */
  readonly count: number;
  /**
   * Sends what was drawn for the operation (`choice`, `key`, `write`) to one target, `place` from 0, and sees to it that it is settled:
   * by `settle`, or by `undone` where it was surely not done. Must not throw. The same operation may come again, for another target.
   */
  send(operation: Operation, place: number): void;
  close(): Promise<void>;
}

/** Errors that say that the operation was surely not done, whoever tells them. */
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
/** Errors with which a client gives up a connection, and that leave open whether the operation was done. */
const LOST = new Set(['timeout', 'reset']);

/** Whether an error of this kind (see `errorKind`) says that the operation was surely not done. */
export function isNotDone(error: string): boolean {
  return NOT_DONE.has(error);
}

export class TargetPool implements Target {
  readonly #places: Places;
  readonly #draw: Draw | null;
  readonly #ledger: Ledger | null;
  readonly #failover: boolean;
  /** Counts the changes of target; the target is this one modulo their number. */
  #turn = 0;

  /** `draw`: null where operations are all alike. `ledger`: is told what becomes of each write. */
  constructor(
    places: Places,
    balance: PaceSpec['balance'],
    draw: Draw | null,
    ledger: Ledger | null = null,
  ) {
    this.#places = places;
    this.#failover = balance === 'failover' && places.count > 1;
    this.#draw = draw;
    this.#ledger = ledger;
  }

  /** Where the next operation goes. */
  get place(): number {
    return this.#turn % this.#places.count;
  }

  issue(operation: Operation): void {
    this.#draw?.next(operation);
    if (isBooked(operation)) this.#ledger?.begin(operation.write, performance.now());
    const { count } = this.#places;
    operation.turn = this.#turn;
    // Kept small, so that it stays a small integer for the engine, however long the load runs.
    if (!this.#failover) this.#turn = this.#turn + 1 === count ? 0 : this.#turn + 1;
    this.#places.send(operation, operation.turn % count);
  }

  /** True if it was sent to the next target. Never more often than there are targets. */
  retry(operation: Operation, error: string): boolean {
    if (!this.#failover) return false;
    // A server's word that it did nothing is no proof: etcd says 503 of a write that only took it too long.
    if (error.startsWith('status ') && isBooked(operation))
      this.#ledger?.suspect(operation.write, operation.key);
    this.#leave(operation.turn);
    operation.tries++;
    if (operation.tries >= this.#places.count) return false;
    operation.turn = this.#turn;
    operation.abort = null;
    this.#places.send(operation, operation.turn % this.#places.count);
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
    return this.#places.close();
  }

  /** Only the first failure at a target counts: those that were under way there with it must not push the next one away. */
  #leave(turn: number): void {
    if (turn === this.#turn) this.#turn++;
  }
}

/** Only what stands under a key can be read back. */
function isBooked({ write, key }: Drawn): boolean {
  return write !== NO_WRITE && key !== NO_KEY;
}
