/** One operation outside a load, with a time-out of its own: of a set-up, or a read at the end. */

import type { Operation } from './open-loop.ts';
import { isNotDone } from './target-pool.ts';

export class OneShot implements Pick<Operation, 'settled' | 'settle' | 'undone' | 'abort'> {
  settled = false;
  abort: (() => void) | null = null;
  readonly #timer: NodeJS.Timeout;
  readonly #onEnd: (error: string | null, undone: boolean) => void;

  /** `onEnd` is called once, with the kind of error or null, and whether it was surely not done. */
  constructor(timeoutMs: number, onEnd: (error: string | null, undone: boolean) => void) {
    this.#onEnd = onEnd;
    this.#timer = setTimeout(() => {
      this.settle('timeout');
      this.abort?.();
    }, timeoutMs);
  }

  settle(error: string | null): void {
    this.#end(error, error !== null && isNotDone(error));
  }

  undone(error: string): void {
    this.#end(error, true);
  }

  #end(error: string | null, undone: boolean): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.#timer);
    this.#onEnd(error, undone);
  }
}
