/** All outlets of one transition as one: each is told everything, and none of them can stop it. */
import type { Outgoing } from '../../run/outgoing.ts';
import type { RunnerEvent } from '../../run/progress.ts';
import type { Run } from '../../run/run.ts';
import type { Outlet } from './outlet.ts';

/** From Ctrl-C to the end, as long as the world answers slowly. */
const LAST_WORDS_MS = 3000;

export class Outlets {
  #outlets: readonly Outlet[];
  readonly #readRun: () => Run | null;

  constructor(outlets: readonly Outlet[], readRun: () => Run | null) {
    this.#outlets = outlets;
    this.#readRun = readRun;
  }

  add(more: readonly Outlet[]): void {
    this.#outlets = [...this.#outlets, ...more];
  }

  show(event: RunnerEvent): void {
    this.tell(event);
  }

  tell(outgoing: Outgoing): void {
    for (const outlet of this.#outlets) outlet.tell(outgoing, this.#readRun());
  }

  /** `command`: its signal. After it, what is still to be said has a moment. */
  async flush(command: AbortSignal): Promise<void> {
    const signal = command.aborted ? AbortSignal.timeout(LAST_WORDS_MS) : command;
    await Promise.all(this.#outlets.map((outlet) => outlet.flush(signal)));
  }
}
