/** Clocks for the model engine: the real one, and one that stands still until somebody waits. */

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Has `deed` happen that much later. */
  after(delayMs: number, deed: () => void): void;
}

export const realClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, deed) => {
    setTimeout(deed, delayMs).unref();
  },
};

/** Time passes only while somebody waits for it, and all that falls due in between happens in its order. */
export class VirtualClock implements Clock {
  #now = Date.parse('2026-11-24T10:00:00.000Z');
  #due: { at: number; deed: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, deed: () => void): void {
    this.#due.push({ at: this.#now + delayMs, deed });
  }

  pass(durationMs: number): void {
    const end = this.#now + Math.max(0, durationMs);
    for (;;) {
      const next = this.#due.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#due.splice(this.#due.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at);
      next.deed();
    }
    this.#now = end;
  }
}
