/** All windows of a long measurement as one, added up as they come, each once: the memory stays that of a single window. Pure. */
import { merge, type Window } from './windows.ts';

export class Tally {
  #whole: Window | null = null;
  #fromMs: number;

  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  /** Epoch milliseconds: windows that begin before it are counted already, or not meant. */
  get fromMs(): number {
    return this.#fromMs;
  }

  /** Null until something was measured. */
  get whole(): Window | null {
    return this.#whole;
  }

  /** In their order; those that were added before are left out. */
  add(windows: readonly Window[]): void {
    const fresh = windows.filter(({ at }) => at >= this.#fromMs);
    if (fresh.length === 0) return;
    this.#whole = merge(this.#whole ? [this.#whole, ...fresh] : fresh);
    this.#fromMs = (fresh.at(-1) as Window).at + 1;
  }
}
