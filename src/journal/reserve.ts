/**
 * Room on the disk that is kept for the bad day: a file of real bytes, given back to the file system piece by piece when
 * a recovery must be recorded on a full disk. No fault begins without it, so that every fault can be recorded as recovered.
 * Between the giving and the writing another program may take the room; there are several pieces, and no better means.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, statSync, truncateSync } from 'node:fs';
import { openPrivate, writeAll } from './disk.ts';

/** Some forty faults' worth of recovery events. */
export const RESERVE_BYTES = 16 * 1024;
const PIECE_BYTES = 4096;

/** Makes it whole again. Throws what node throws when there is no room, with the file as it was. */
export function fillReserve(path: string): void {
  const size = sizeOf(path);
  if (size >= RESERVE_BYTES) return;
  const fd = openPrivate(path, 'a');
  try {
    // Random, since some file systems store a row of zeros in no room at all.
    writeAll(fd, randomBytes(RESERVE_BYTES - size));
    fsyncSync(fd);
  } catch (error) {
    ftruncateSync(fd, size);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Gives one piece back; false when there is nothing left to give. */
export function giveReserve(path: string): boolean {
  const size = sizeOf(path);
  if (size === 0) return false;
  truncateSync(path, Math.max(0, size - PIECE_BYTES));
  return true;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
