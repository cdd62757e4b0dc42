/**
 * Does what `verify` asks for, in the watchdog: says in a status file that writes are recorded, how far reading them back
 * is, and the result. The ledger is in the watchdog's memory and is lost with it; the file has its process id.
 */

import { describeVerified } from '../../impact/verified.ts';
import type { Load } from '../../workload/index.ts';
import { type ReadBackStatus, readReadBack, type WatchdogFiles, writeReadBack } from './files.ts';

export class ReadBackTask {
  readonly #files: WatchdogFiles;
  readonly #log: (text: string) => void;
  readonly #signal: AbortSignal;
  /** Of the load that runs; null: nothing of it is to be read back. */
  #status: ReadBackStatus | null = null;

  /** `signal`: the watchdog is told to end, and reads nothing back any more. */
  constructor(files: WatchdogFiles, log: (text: string) => void, signal: AbortSignal) {
    this.#files = files;
    this.#log = log;
    this.#signal = signal;
  }

  /** The load of this workload is about to write; `workload` is its start, as the journal has it. */
  begin(workload: string): void {
    const before = readReadBack(this.#files);
    const incomplete = before?.workload === workload;
    if (incomplete)
      this.#log(`workload: the ledger of earlier writes was lost with the watchdog that kept it`);
    this.#status = {
      pid: process.pid,
      workload,
      since: new Date().toISOString(),
      incomplete,
      state: 'open',
      done: 0,
      of: 0,
      verified: null,
    };
    this.#write();
  }

  /** Nothing is written any more, and the load's connections still stand. Never rejects. */
  async finish(load: Load): Promise<void> {
    const status = this.#status;
    this.#status = null;
    if (!status || !load.readBack || this.#signal.aborted) return;
    const say = (done: number, of: number) => {
      this.#log(`workload: ${done} of ${of} keys read back`);
      Object.assign(status, { state: 'reading', done, of });
      this.#write(status);
    };
    const result = await load.readBack(say, this.#signal);
    if (result === null) return;
    const verified = { ...result, since: status.since, incomplete: status.incomplete };
    this.#log(`workload: ${describeVerified(verified)}`);
    Object.assign(status, { state: 'done', verified });
    this.#write(status);
  }

  #write(status = this.#status): void {
    try {
      if (status) writeReadBack(this.#files, status);
    } catch (error) {
      this.#log(`workload: what is read back cannot be written down: ${(error as Error).message}`);
    }
  }
}
