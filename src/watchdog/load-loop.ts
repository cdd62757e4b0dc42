/**
 * Has the load be as the run wants it. Ends one that nobody has come back to, and one that ran in the foreground of a command
 * before this watchdog began: two watchdogs never run, so that command was killed.
 */
import { COMMAND_GONE, foregroundLoad } from '../run/foreground-load.ts';
import type { Run } from '../run/run.ts';
import type { WatchdogPorts } from './ports.ts';
import { retryMs } from './retry.ts';

export class LoadLoop {
  readonly #ports: WatchdogPorts;
  /** Whose command was killed, by its start; null: there is none. */
  readonly #left: string | null;
  /** On its way from one state to another, or what it wrote is being read back. */
  #changing = false;
  #changes = 0;
  #ending = false;
  #tries = 0;
  #retryAt = 0;

  /** `run`: as it is when the watchdog begins. */
  constructor(ports: WatchdogPorts, run: Run | null) {
    this.#ports = ports;
    this.#left = foregroundLoad(run);
  }

  isChanging(): boolean {
    return this.#changing;
  }

  /** Not waited for: a load that ends slowly must not hold up a fault whose time is up. */
  follow({ workload }: Run): void {
    this.#changing = true;
    const mine = ++this.#changes;
    const wanted = workload?.started_at === this.#left ? null : workload;
    void this.#ports.setLoad(wanted).then(() => {
      if (mine === this.#changes) this.#changing = false;
    });
  }

  /** Begins to end what is to end, and does not wait for it. `forgotten`: why nobody wants it any more; null: somebody does. */
  act({ workload }: Run, forgotten: string | null): void {
    const { elapsed } = this.#ports;
    if (workload === null || this.#ending || elapsed() < this.#retryAt) return;
    const { started_at } = workload;
    const reason = started_at === this.#left ? COMMAND_GONE : forgotten;
    if (reason === null) return;
    this.#ending = true;
    void this.#end(started_at, reason).finally(() => {
      this.#ending = false;
    });
  }

  async #end(startedAt: string, reason: string): Promise<void> {
    const { stopWorkload, elapsed, log } = this.#ports;
    try {
      await stopWorkload(startedAt, reason);
      this.#tries = 0;
    } catch (error) {
      const waitMs = retryMs(++this.#tries);
      this.#retryAt = elapsed() + waitMs;
      log(`workload: ${(error as Error).message} Next try in ${waitMs / 1000} s.`, 'problem');
    }
  }
}
