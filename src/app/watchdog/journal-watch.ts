/** Tells when a run's journal changed. What changed between two waits is told at once by the second. */
import { type FSWatcher, watch } from 'node:fs';

export class JournalWatch {
  readonly #watcher: FSWatcher | null = null;
  #changed = true;
  #wake: (() => void) | null = null;

  /** The folder is watched, not the file: a journal that is replaced is seen, too. */
  constructor(runDir: string) {
    try {
      this.#watcher = watch(runDir, (_, name) => {
        if (name === 'journal.ndjson') this.#notice();
      });
      this.#watcher.on('error', () => this.#notice());
    } catch {
      // No watches are left on this system: the time-out of each wait has to do.
    }
  }

  #notice(): void {
    this.#changed = true;
    this.#wake?.();
  }

  /** Resolves when it changed since the last wait, the time is over, or the signal comes. Never rejects. */
  async changed(withinMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#changed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener('abort', this.#wake, { once: true });
      });
      if (this.#wake) signal.removeEventListener('abort', this.#wake);
      this.#wake = null;
    }
    this.#changed = false;
  }

  close(): void {
    this.#watcher?.close();
  }
}
