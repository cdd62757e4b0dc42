/**
 * One at a time on an instance. Whoever changes the stack holds the run's lock, but for the watchdog that undoes a fault at
 * once: it and a command may act on one instance at the same moment, and two starts would clear each other away.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { holdLock } from '../journal/index.ts';

/** Longer than a stop takes on most stacks; after that somebody hangs or was stopped, and to act is better than to wait. */
const PATIENCE_MS = 45_000;
const LOOK_EVERY_MS = 10;

/** Of the run with this folder: `alone(id, work)`. What cannot be locked is done all the same: a full disk must not keep anything broken. */
export function aloneIn(runDir: string): <T>(id: string, work: () => Promise<T>) => Promise<T> {
  const folder = join(runDir, 'instances');
  return (id, work) => {
    const name = createHash('sha256').update(id).digest('hex').slice(0, 16);
    return inTurn(folder, join(folder, `${name}.lock`), work);
  };
}

async function inTurn<T>(folder: string, path: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeTurn(folder, path);
  try {
    return await work();
  } finally {
    lock?.release();
  }
}

/** Null where there is none to be had. */
async function takeTurn(folder: string, path: string): Promise<{ release(): void } | null> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const lock = await holdLock(path, { patienceMs: 0 });
      if (lock !== null || performance.now() > end) return lock;
    } catch {
      return null;
    }
    await delay(LOOK_EVERY_MS);
  }
}
