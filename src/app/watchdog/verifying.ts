/**
 * The watchdog's side of `verify`: says in a file of the run that it keeps a book of what is written, how far it is with
 * reading that back, and what came of it. A book lives in the watchdog's memory and dies with it; the file says whose it was.
 */

import { describeVerified } from '../../impact/verified.ts';
import type { Load } from '../../workload/index.ts';
import { type ReadBackStatus, readReadBack, type WatchdogFiles, writeReadBack } from './files.ts';

export class ReadBackTask {
  readonly #files: WatchdogFiles;
  readonly #log: (text: string) => void;
  readonly #signal: AbortSignal;
  /** Of the load that runs; null: nothing of it is to be read back. */
  #word: ReadBackStatus | null = null;

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
      this.#log(
        `workload: the book of what was written before is gone with the watchdog that kept it`,
      );
    this.#word = {
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
    const word = this.#word;
    this.#word = null;
    if (!word || !load.readBack || this.#signal.aborted) return;
    const say = (done: number, of: number) => {
      this.#log(`workload: ${done} of ${of} keys read back`);
      Object.assign(word, { state: 'reading', done, of });
      this.#write(word);
    };
    const result = await load.readBack(say, this.#signal);
    if (result === null) return;
    const verified = { ...result, since: word.since, incomplete: word.incomplete };
    this.#log(`workload: ${describeVerified(verified)}`);
    Object.assign(word, { state: 'done', verified });
    this.#write(word);
  }

  #write(word = this.#word): void {
    try {
      if (word) writeReadBack(this.#files, word);
    } catch (error) {
      this.#log(`workload: what is read back cannot be written down: ${(error as Error).message}`);
    }
  }
}
