/** Becoming the one writer: at once, or after a while, or not at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readHint, SOMEBODY, writeHolder } from './holder.ts';
import type { Holder, Journal } from './journal.ts';
import { holdLock, type Lock } from './lock.ts';
import { busy } from './refusals.ts';
import { holderPath, lockPath, makeStateFolder } from './state-folder.ts';
import { Writer } from './writer.ts';

export interface LockOptions {
  /** Shown to others who want the run: `chapter next`. */
  command: string;
  /** 0: refused at once. */
  waitMs: number;
  signal?: AbortSignal;
  /** Told once, when the waiting begins. */
  onWait?: (holder: Holder) => void;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Several who wait must not ask in step. */
const ASK_EVERY_MS = { least: 15, most: 35 };

/**
 * Takes the lock of the state folder, which it makes, and opens the current run. Throws Refusal `run_busy`,
 * `state_unwritable`, `journal_damaged` or `journal_newer`, or the signal's reason; then it holds nothing.
 */
export async function lockRun(stateDir: string, options: LockOptions): Promise<Journal> {
  options.signal?.throwIfAborted();
  makeStateFolder(stateDir);
  const lock = await waitForLock(stateDir, options);
  const now = options.now ?? Date.now;
  writeHolder(holderPath(stateDir), {
    pid: process.pid,
    command: options.command,
    since: new Date(now()).toISOString(),
  });
  try {
    return new Writer(stateDir, lock, now);
  } catch (error) {
    writeHolder(holderPath(stateDir), null);
    lock.release();
    throw error;
  }
}

async function waitForLock(
  stateDir: string,
  { waitMs, signal, onWait }: LockOptions,
): Promise<Lock> {
  const path = lockPath(stateDir);
  const who = () => readHint(holderPath(stateDir)) ?? SOMEBODY;
  const end = performance.now() + waitMs;
  let lock = holdLock(path);
  if (!lock && waitMs > 0) onWait?.(who());
  while (!lock) {
    const leftMs = end - performance.now();
    if (leftMs <= 0) throw busy(who());
    const pauseMs = ASK_EVERY_MS.least + Math.random() * (ASK_EVERY_MS.most - ASK_EVERY_MS.least);
    await sleep(Math.min(pauseMs, leftMs), undefined, signal && { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
    lock = holdLock(path, { patienceMs: 0 });
  }
  return lock;
}
