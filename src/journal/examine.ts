/** A close look at the state folder and the journal, for `story doctor`: the whole file is read, whatever a snapshot covers. Changes nothing. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Halt } from '../run/halt.ts';
import { type ErrorReport, errorReport } from '../terms/outcomes.ts';
import { readHalt } from './halt.ts';
import { readHint, SOMEBODY } from './holder.ts';
import { isLockHeld } from './lock.ts';
import { readEvents } from './read-run.ts';
import { unmakable, unwritable } from './refusals.ts';
import { RESERVE_BYTES } from './reserve.ts';
import { holderPath, journalPath, lockPath, readCurrent, runFolder } from './state-folder.ts';

export interface StateFacts {
  dir: string;
  exists: boolean;
  /** Why it cannot be written. */
  error: ErrorReport | null;
  /** Permission bits that let others in; 0 for none. */
  open_to_others: number;
  free_bytes: number | null;
  /** Somebody halted all faults. */
  halt: Halt | null;
  /** Room kept for recording recoveries; null before the first run. */
  reserve: { bytes: number; wanted: number } | null;
}

export interface JournalFacts {
  /** Null where no run has begun. */
  path: string | null;
  events: number;
  warnings: string[];
  error: ErrorReport | null;
  holder: { pid: number; command: string; since: string } | null;
}

/** All but what git says of it. Never throws. */
export function examineState(dir: string): StateFacts {
  const exists = existsSync(dir);
  return {
    dir,
    exists,
    error: refusalOf(() => requireWritable(dir, exists)),
    open_to_others: exists && basename(dir) === '.gameday' ? statSync(dir).mode & 0o077 : 0,
    free_bytes: freeBytes(exists ? dir : nearest(dir)),
    halt: readHalt(dir),
    reserve: reserveOf(dir),
  };
}

/** Of the current run. Never throws. */
export function examineJournal(stateDir: string): JournalFacts {
  const holder = isLockHeld(lockPath(stateDir))
    ? (readHint(holderPath(stateDir)) ?? SOMEBODY)
    : null;
  let path: string | null = null;
  let events = 0;
  const warnings: string[] = [];
  const error = refusalOf(() => {
    const current = readCurrent(stateDir);
    warnings.push(...current.warnings);
    if (current.id === null) return;
    path = journalPath(stateDir, current.id);
    // While somebody writes, a line without an end is one that is being written.
    for (const _ of readEvents(path, (lost) => holder ?? warnings.push(lost))) events++;
  });
  return { path, events, warnings, error, holder };
}

function requireWritable(dir: string, exists: boolean): void {
  const at = exists ? dir : nearest(dir);
  try {
    accessSync(at, constants.R_OK | constants.W_OK | constants.X_OK);
    if (exists && !statSync(dir).isDirectory())
      throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
  } catch (error) {
    throw exists ? unwritable(dir, error) : unmakable(dir, error);
  }
}

/** The folder that there is, of those that it would stand in. */
function nearest(path: string): string {
  let at = dirname(path);
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function reserveOf(dir: string): StateFacts['reserve'] {
  try {
    const { id } = readCurrent(dir);
    if (id === null) return null;
    const bytes =
      statSync(join(runFolder(dir, id), 'reserve'), { throwIfNoEntry: false })?.size ?? 0;
    return { bytes, wanted: RESERVE_BYTES };
  } catch {
    return null;
  }
}

function refusalOf(look: () => void) {
  try {
    look();
    return null;
  } catch (error) {
    const known = errorReport(error);
    if (!known) throw error;
    return known;
  }
}
