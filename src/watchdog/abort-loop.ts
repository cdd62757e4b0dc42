/** What ends all live faults at once: a condition of the story, or somebody who halted. */
import { stillToAbort } from '../run/aborts.ts';
import { liveFaults, type Run } from '../run/run.ts';
import { liveSchedules } from '../run/schedules.ts';
import type { WatchdogPorts } from './ports.ts';
import { retryMs } from './retry.ts';

/** A command that is under way notices a condition by itself, and two undos at one moment would be in each other's way. */
const HOLDER_MS = 3000;

/** Everything that is live has to end: why, and how it is written down and proven. */
interface Ending {
  faults: readonly string[];
  why: string;
  /** What would bring more of them ends as well. */
  schedules: boolean;
  prove(): Promise<void>;
}

/** Ends everything at once when a condition holds, and sees to it until all of it is recovered. */
export class AbortLoop {
  readonly #ports: WatchdogPorts;
  /** What held, from when on (by the clock that never jumps), until all of it is recovered. */
  #due: { due: Ending; sinceMs: number } | null = null;
  #underWay = false;
  #tries = 0;
  /** By the same clock. */
  #nextAt = 0;

  constructor(ports: WatchdogPorts) {
    this.#ports = ports;
  }

  isBusy(): boolean {
    return this.#underWay || this.#due !== null;
  }

  /** Does not wait for what it begins. An abort in the journal that somebody left unfinished is gone on with. */
  act(run: Run): void {
    const now = this.#ports.elapsed();
    if (this.#underWay || now < this.#nextAt) return;
    const seen = this.#seen(run);
    if (seen) this.#due = { due: seen, sinceMs: this.#due?.sinceMs ?? now };
    const held = this.#due;
    if (!held || !isLeft(run, held.due)) {
      [this.#due, this.#tries] = [null, 0];
      return;
    }
    if (this.#ports.isHeld() && now - held.sinceMs < HOLDER_MS) return;
    this.#underWay = true;
    void this.#abort(run, held.due).finally(() => {
      this.#underWay = false;
    });
  }

  #seen(run: Run): Ending | null {
    if (this.#ports.isHalted()) {
      const faults = liveFaults(run).map(({ id }) => id);
      const prove = () => this.#ports.halt();
      return { faults, why: 'somebody halted', schedules: true, prove };
    }
    const due = stillToAbort(run).length > 0 ? run.aborted : this.#ports.abortDue(run);
    if (!due) return null;
    const why = `${due.measured} (abort_if: ${due.condition})`;
    return { faults: due.faults, why, schedules: false, prove: () => this.#ports.abort(due) };
  }

  /** As for a fault whose time is up: undo first, journal second. */
  async #abort(run: Run, due: Ending): Promise<void> {
    const { log } = this.#ports;
    this.#tries++;
    try {
      if (this.#tries === 1) log(`aborts: ${due.why}`);
      for (const fault of liveFaults(run).toReversed()) {
        await this.#ports
          .revert(fault)
          .catch((error: Error) => log(`${fault.id}: undo: ${error.message}`, 'problem'));
      }
      await due.prove();
      log('aborted: nothing of it is live any more');
    } catch (error) {
      const waitMs = retryMs(this.#tries);
      this.#nextAt = this.#ports.elapsed() + waitMs;
      log(`abort: ${(error as Error).message} Next try in ${waitMs / 1000} s.`, 'problem');
    }
  }
}

function isLeft(run: Run, { faults, schedules }: Ending): boolean {
  const isFault = liveFaults(run).some(({ id }) => faults.includes(id));
  return isFault || (schedules && liveSchedules(run).length > 0);
}
