/** What a watchdog says of itself in its status file, for whoever looks: from its first moment, so that nobody takes the word of the one before for its own. */
import { type WatchdogFiles, type WatchdogStatus, writeStatus } from './files.ts';

export class Announcer {
  readonly #files: WatchdogFiles;
  #status: WatchdogStatus;

  constructor(files: WatchdogFiles) {
    this.#files = files;
    const since = new Date().toISOString();
    this.#status = { pid: process.pid, since, seq: 0, standby: null };
    try {
      writeStatus(files, this.#status);
    } catch {
      // A full disk; what it guards is said as soon as that can be written.
    }
  }

  /** Everything up to this event is guarded. Throws the system's error. */
  guards(seq: number): void {
    if (seq !== this.#status.seq) this.#write({ seq });
  }

  /** Its pid; null: there is none. Throws the system's error. */
  standby(pid: number | null): void {
    this.#write({ standby: pid });
  }

  #write(patch: Partial<WatchdogStatus>): void {
    const status = { ...this.#status, ...patch };
    writeStatus(this.#files, status);
    this.#status = status;
  }
}
