/** The conditions of the story that end all live faults at once. */
import { type AbortDue, stillToAbort } from '../story/aborts.ts';
import { liveFaults, type Run } from '../story/run.ts';
import type { WatchdogPorts } from './ports.ts';
import { retryMs } from './retry.ts';

/** Ends everything at once when a condition holds, and sees to it until all of it is recovered. */
export class Breaker {
  readonly #ports: WatchdogPorts;
  #underWay = false;
  #tries = 0;
  /** By the clock that never jumps. */
  #nextAt = 0;

  constructor(ports: WatchdogPorts) {
    this.#ports = ports;
  }

  isBusy(): boolean {
    return this.#underWay || this.#tries > 0;
  }

  /** Does not wait for what it begins. An abort in the journal that somebody left unfinished is gone on with. */
  act(run: Run): void {
    if (this.#underWay || this.#ports.elapsed() < this.#nextAt) return;
    const due = stillToAbort(run).length > 0 ? run.aborted : this.#ports.abortDue(run);
    if (!due) {
      this.#tries = 0;
      return;
    }
    this.#underWay = true;
    void this.#abort(run, due).finally(() => {
      this.#underWay = false;
    });
  }

  /** As for a fault whose time is up: undo first, journal second. */
  async #abort(run: Run, due: AbortDue): Promise<void> {
    const { log } = this.#ports;
    this.#tries++;
    try {
      if (this.#tries === 1) log(`aborts: ${due.measured} (abort_if: ${due.condition})`);
      for (const fault of liveFaults(run).toReversed()) {
        await this.#ports.revert(fault).catch((error: Error) => log(`${fault.id}: undo: ${error.message}`, 'problem'));
      }
      await this.#ports.abort(due);
      log('aborted: nothing of it is live any more');
    } catch (error) {
      const waitMs = retryMs(this.#tries);
      this.#nextAt = this.#ports.elapsed() + waitMs;
      log(`abort: ${(error as Error).message} Next try in ${waitMs / 1000} s.`, 'problem');
    }
  }
}
