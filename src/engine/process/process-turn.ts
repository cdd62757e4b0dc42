/**
 * One at a time on an instance. Whoever changes the stack holds the run's lock, but for the watchdog that undoes a fault at
 * once: it and a command may act on one instance at the same moment, and two starts would clear each other away.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Takes a lock on a file that the kernel frees when its holder dies; null while another holds it. Throws where the file cannot be made. */
export type HoldLock = (path: string) => { release(): void } | null;

/** Longer than an operation takes; after that the system hangs, and to act is better than to wait. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 10;

export async function inTurn<T>(hold: HoldLock, path: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeTurn(hold, path);
  try {
    return await work();
  } finally {
    lock?.release();
  }
}

/** Null where there is none to be had: a full disk must not keep anything broken. */
async function takeTurn(hold: HoldLock, path: string): Promise<{ release(): void } | null> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      const lock = hold(path);
      if (lock !== null || performance.now() > end) return lock;
    } catch {
      return null;
    }
    await delay(LOOK_EVERY_MS);
  }
}
