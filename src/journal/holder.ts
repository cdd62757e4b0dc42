/**
 * Who holds the lock, for the messages of those who meet it. Only a hint: the lock alone decides whether it is held, so a
 * hint that a killed holder left behind is never believed. It is written in place and always of one length, so that this
 * works on a full disk as well.
 */
import { closeSync, constants, fchmodSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Holder } from './journal.ts';
import { isLockHeld } from './lock.ts';
import { holderPath, lockPath } from './state-folder.ts';

const BYTES = 512;

/** For a holder that left no hint: nobody but a full disk prevents one. */
export const SOMEBODY: Holder = { pid: 0, command: 'another command', since: '' };

/** Never throws: a hint that cannot be written costs only the wording of a message. Null clears it. */
export function writeHolder(path: string, holder: Holder | null): void {
  const text = holder ? JSON.stringify({ ...holder, command: holder.command.slice(0, 200) }) : '';
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      fchmodSync(fd, 0o600);
      writeSync(fd, `${text.padEnd(BYTES - 1)}\n`, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    // See above.
  }
}

/** What the hint says, without asking whether it is true. */
export function readHint(path: string): Holder | null {
  try {
    const { pid, command, since } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof command === 'string' && typeof since === 'string'
      ? { pid, command, since }
      : null;
  } catch {
    return null;
  }
}

/** Who holds it now, or null. Looks at the lock only where a hint was left, so that it costs nothing while nobody works. */
export function readHolder(hintPath: string, lockPath: string): Holder | null {
  const hint = readHint(hintPath);
  return hint && isLockHeld(lockPath) ? hint : null;
}

/** Who holds the run in this state folder now, or null. */
export function holderOf(stateDir: string): Holder | null {
  return readHolder(holderPath(stateDir), lockPath(stateDir));
}
