/**
 * The standby of a watchdog: a process that waits for its death and takes its place, so that a limit holds though either of the
 * two is killed. It ends with a watchdog that ends by itself. One that is killed is replaced at once.
 */
import type { ChildProcess } from 'node:child_process';
import type { WatchdogPorts } from '../../watchdog/ports.ts';
import type { WatchdogFiles } from './files.ts';
import { spawnStandby } from './launch.ts';
import type { WatchdogOrder } from './order.ts';

/** What dies so often in a row, each time soon after its start, would die again. */
const MOST_IN_A_ROW = 5;
/** One that has lived so long did not die of its start. */
const SETTLED_MS = 30_000;
/** After one that died at once. */
const AGAIN_MS = 1000;
/** So long its end is waited for. */
const END_MS = 1000;

export interface StandbyOptions {
  order: WatchdogOrder;
  files: WatchdogFiles;
  /** How many watchdogs before this one died, one after the other. */
  inARow: number;
  /** Told of each new one; null: there is none now. */
  began(pid: number | null): void;
  log: WatchdogPorts['log'];
}

export class Standby {
  readonly #options: StandbyOptions;
  #inARow: number;
  #child: ChildProcess | null = null;
  #again: NodeJS.Timeout | undefined;
  readonly #settled: NodeJS.Timeout;
  #ended: Promise<void> | null = null;

  constructor(options: StandbyOptions) {
    this.#options = options;
    this.#inARow = options.inARow + 1;
    this.#settled = setTimeout(() => this.#settle(), SETTLED_MS).unref();
    if (options.inARow > 0) options.log('takes the place of one that was killed');
    if (this.#inARow <= MOST_IN_A_ROW) this.#begin();
    else options.log(`${options.inARow} were killed one after the other; no standby`, 'problem');
  }

  /** Lets the standby end; resolves when it has, or does not within a second. Idempotent. */
  end(): Promise<void> {
    clearTimeout(this.#settled);
    clearTimeout(this.#again);
    this.#ended ??= this.#dismiss();
    return this.#ended;
  }

  /** From now on a death is the first one. */
  #settle(): void {
    if (this.#inARow === 1) return;
    this.#inARow = 1;
    clearTimeout(this.#again);
    void this.#dismiss();
    this.#begin();
  }

  #begin(): void {
    const { order, files, log } = this.#options;
    const startedAt = performance.now();
    let child: ChildProcess;
    try {
      child = spawnStandby(order, files, this.#inARow);
    } catch (error) {
      log(`no standby: ${(error as Error).message}`, 'problem');
      this.#later();
      return;
    }
    this.#child = child;
    child.stdin?.on('error', () => {}); // It has died, which its exit says.
    const gone = (why: string) => {
      if (this.#child !== child || this.#ended !== null) return;
      this.#child = null;
      log(`the standby ${why}`);
      this.#say(null);
      if (performance.now() - startedAt > AGAIN_MS) this.#begin();
      else this.#later();
    };
    child.once('error', ({ message }) => gone(`cannot be started: ${message}`));
    child.once('exit', (code, signal) => gone(`ended by ${signal ?? `exit code ${code}`}`));
    if (child.pid !== undefined) this.#say(child.pid);
  }

  #say(pid: number | null): void {
    const { began, log } = this.#options;
    try {
      began(pid);
    } catch (error) {
      log(`the standby cannot be written down: ${(error as Error).message}`, 'problem');
    }
  }

  #later(): void {
    this.#again = setTimeout(() => this.#begin(), AGAIN_MS).unref();
  }

  async #dismiss(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.pid === undefined) return;
    const gone = Promise.withResolvers<void>();
    child.once('exit', () => gone.resolve());
    // It may be stopped.
    const timer = setTimeout(gone.resolve, END_MS);
    child.ref();
    child.stdin?.end('\n');
    await gone.promise;
    clearTimeout(timer);
    child.unref();
  }
}
