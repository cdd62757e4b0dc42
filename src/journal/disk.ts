/**
 * The few ways in which this room writes to the disk: for the user alone whatever the umask, and either whole or not at
 * all. Throws what node throws; the callers say what it means. Lacks on purpose: any knowledge of journals and runs.
 */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** False where it is there already; that one is left as it is. Folders above it are made with the user's own umask. */
export function makeFolder(path: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
  chmodSync(path, 0o700);
  return true;
}

/** A file descriptor. The umask can only take bits away from what is asked for, and then takes them from the user himself. */
export function openPrivate(path: string, flags: 'a' | 'ax' | 'w' | 'wx'): number {
  const fd = openSync(path, flags, 0o600);
  try {
    fchmodSync(fd, 0o600);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return fd;
}

/** All of it, or an error: on a full disk a write takes what fits and says nothing. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const count = writeSync(fd, bytes, done);
    if (count === 0) throw Object.assign(new Error('nothing could be written'), { code: 'ENOSPC' });
    done += count;
  }
}

/** Readers see the old content or the new one. With `durable` it is on the disk when this returns. */
export function replaceFile(path: string, tmp: string, text: string, durable: boolean): void {
  try {
    const fd = openPrivate(tmp, 'w');
    try {
      writeAll(fd, Buffer.from(text));
      if (durable) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(tmp, path);
  } catch (error) {
    discard(tmp);
    throw error;
  }
  if (durable) syncFolder(dirname(path));
}

/** A small file beside a run, whole or not at all. Not fsynced. */
export function writeRecord(path: string, value: unknown): void {
  replaceFile(path, `${path}.${process.pid}`, `${JSON.stringify(value)}\n`, false);
}

/** Removes what processes that are gone were writing aside when they died. Never throws. */
export function discardDrafts(folder: string): void {
  for (const name of namesIn(folder)) {
    const pid = /\.(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && isGone(Number(pid))) discard(join(folder, name));
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
}

/** For what was made by halves: the error that led here is the one to be told of, not one of tidying up. */
export function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // See above.
  }
}

/** Makes a name that was just given to a file survive a power cut. Some file systems cannot sync a folder; they say EINVAL. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error;
  } finally {
    closeSync(fd);
  }
}

/** `ENOENT` and the like; an empty string for any other error. */
export function errnoOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? '';
}
