/** The faults with a time limit, and when each is due: undone at once, proven and written down after that, tried again until it is done. */
import { type Fault, liveFaults, type Run } from '../run/run.ts';
import type { WatchdogPorts } from './ports.ts';
import { retryMs } from './retry.ts';

interface Limited {
  fault: Fault;
  /** By the clock that never jumps, from the moment the fault was first seen: a wall clock set back must not lengthen a fault. */
  dueAt: number;
  tries: number;
  underWay: boolean;
}

/** The faults with a time limit, and when each is due. */
export class Deadlines {
  readonly #ports: WatchdogPorts;
  readonly #guarded = new Map<string, Limited>();

  constructor(ports: WatchdogPorts) {
    this.#ports = ports;
  }

  follow(run: Run): void {
    const limited = liveFaults(run).filter((fault) => fault.deadline !== null);
    for (const id of this.#guarded.keys())
      if (!limited.some((fault) => fault.id === id)) this.#guarded.delete(id);
    for (const fault of limited) {
      const known = this.#guarded.get(fault.id);
      if (known) known.fault = fault;
      else {
        const leftMs = Date.parse(fault.deadline as string) - this.#ports.now();
        const limitMs = Date.parse(fault.deadline as string) - Date.parse(fault.injecting_at);
        const dueAt = this.#ports.elapsed() + Math.min(leftMs, limitMs);
        this.#guarded.set(fault.id, { fault, dueAt, tries: 0, underWay: false });
      }
    }
  }

  isBusy(): boolean {
    return this.#guarded.size > 0;
  }

  guarded(): Fault[] {
    return [...this.#guarded.values()].map(({ fault }) => fault).toReversed();
  }

  /** Until the next one is due; not less than a millisecond, and Infinity with none. */
  nextDueMs(): number {
    const waits = [...this.#guarded.values()]
      .filter((each) => !each.underWay)
      .map((each) => each.dueAt - this.#ports.elapsed());
    return Math.max(1, Math.min(...waits));
  }

  /** Begins the recovery of what is due, newest first; does not wait for it, since others may be due meanwhile. */
  act(): void {
    const due = [...this.#guarded.values()].filter(
      (each) => !each.underWay && each.dueAt <= this.#ports.elapsed(),
    );
    for (const each of due.toReversed()) {
      each.underWay = true;
      void this.#recover(each).finally(() => {
        each.underWay = false;
      });
    }
  }

  /** Undo first, journal second: nothing that fails later may keep the target broken. */
  async #recover(each: Limited): Promise<void> {
    const { fault } = each;
    const { log } = this.#ports;
    each.tries++;
    try {
      if (each.tries === 1) log(`${fault.id}: its time is up`);
      await this.#ports
        .revert(fault)
        .catch((error: Error) => log(`${fault.id}: undo: ${error.message}`, 'problem'));
      await this.#ports.recover(fault);
      log(`${fault.id}: recovered`);
    } catch (error) {
      const waitMs = retryMs(each.tries);
      each.dueAt = this.#ports.elapsed() + waitMs;
      log(`${fault.id}: ${(error as Error).message} Next try in ${waitMs / 1000} s.`, 'problem');
    }
  }
}
