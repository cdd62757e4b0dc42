/** Wakes the feed when something in its folders changed. Where the system tells of no change, the time-out of a wait has to do. */
import { type FSWatcher, watch } from 'node:fs';

export class Wake {
  readonly #watchers = new Map<string, FSWatcher>();
  #changed = false;
  #resolve: (() => void) | null = null;

  /** Watches these folders and no others; one that is not there yet is tried again by the next call. */
  watch(folders: readonly string[]): void {
    for (const [folder, watcher] of this.#watchers) {
      if (folders.includes(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.notice());
        watcher.on('error', () => this.notice());
        this.#watchers.set(folder, watcher);
      } catch {
        // It is not there, or no watches are left on this system.
      }
    }
  }

  notice(): void {
    this.#changed = true;
    this.#resolve?.();
  }

  /** Resolves when something changed since the last call, the time is over, or the signal comes. Never rejects. */
  async next(withinMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#changed && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, withinMs);
      this.#resolve = resolve;
      signal.addEventListener('abort', resolve as () => void, { once: true });
      await promise;
      clearTimeout(timer);
      signal.removeEventListener('abort', resolve as () => void);
      this.#resolve = null;
    }
    this.#changed = false;
  }

  close(): void {
    this.watch([]);
  }
}
