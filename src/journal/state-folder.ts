/**
 * What stands where in the state folder, and which run is the current one.
 *
 *     .gameday/                     0700, for the user alone
 *     ├ .gitignore                  `*`: the folder ignores itself
 *     ├ lock, holder.json           the lock of the one writer, and a hint who that is
 *     ├ current                     the id of the current run
 *     ├ runs/r1/journal.ndjson      the run; all else in its folder can be made again from it
 *     │         snapshot.json       the run as it stood some events ago, to start reading from
 *     │         reserve             room on the disk, kept for recording a recovery
 *     │         journal.torn        last lines that were cut off by a crash, if there were any
 *     └ candidates/<name>           what TAB offers
 *
 * Other rooms have folders of their own beside these.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errnoOf, makeFolder, replaceFile } from './disk.ts';
import { unmakable, unreadable, unwritable } from './refusals.ts';

export interface RunEntry {
  id: string;
  /** Absolute path of its journal. */
  path: string;
  current: boolean;
}

/** Short enough to type, and in their order. */
const RUN_ID = /^r[1-9]\d{0,8}$/;

export const lockPath = (stateDir: string) => join(stateDir, 'lock');
export const holderPath = (stateDir: string) => join(stateDir, 'holder.json');
export const runFolder = (stateDir: string, id: string) => join(stateDir, 'runs', id);
export const journalPath = (stateDir: string, id: string) =>
  join(runFolder(stateDir, id), 'journal.ndjson');
const currentPath = (stateDir: string) => join(stateDir, 'current');

/** Throws Refusal `state_unwritable`. A folder of another name that was there before is the user's: its mode and its `.gitignore` are left alone. */
export function makeStateFolder(stateDir: string): void {
  try {
    const isNew = makeFolder(stateDir);
    if (!isNew && basename(stateDir) !== '.gameday') return;
    if ((statSync(stateDir).mode & 0o077) !== 0) chmodSync(stateDir, 0o700);
    const ignore = join(stateDir, '.gitignore');
    // Not by a draft: many commands may begin here at once, and an empty one is what a killed command left.
    if (!statSync(ignore, { throwIfNoEntry: false })?.size)
      writeFileSync(ignore, '*\n', { mode: 0o600 });
  } catch (error) {
    throw existsSync(stateDir) ? unwritable(stateDir, error) : unmakable(stateDir, error);
  }
}

/** Oldest first; an empty list where there is no state folder. Throws Refusal `state_unwritable` for one that cannot be read. */
export function listRuns(stateDir: string): RunEntry[] {
  const { id: current } = readCurrent(stateDir);
  return runIds(stateDir).map((id) => ({
    id,
    path: journalPath(stateDir, id),
    current: id === current,
  }));
}

/** The run that commands are about; null where none began. Where `current` is lost or wrong, it is the newest. */
export function readCurrent(stateDir: string): { id: string | null; warnings: string[] } {
  const named = readName(stateDir);
  if (named !== null && RUN_ID.test(named) && existsSync(journalPath(stateDir, named)))
    return { id: named, warnings: [] };
  const newest = runIds(stateDir).at(-1) ?? null;
  if (newest === null) return { id: null, warnings: [] };
  const why =
    named === null
      ? 'is missing'
      : RUN_ID.test(named)
        ? `names ${named}, which is not there`
        : 'names no run';
  return {
    id: newest,
    warnings: [`${currentPath(stateDir)} ${why}; going on with ${newest}, the newest run.`],
  };
}

/** Durable and atomic: a crash leaves the run before as the current one, or this one. */
export function writeCurrent(stateDir: string, id: string): void {
  replaceFile(currentPath(stateDir), `${currentPath(stateDir)}.tmp`, `${id}\n`, true);
}

/** An id that no folder has, not even one that a crash left without a journal. */
export function nextRunId(stateDir: string): string {
  const numbers = folders(stateDir).map((id) => Number(id.slice(1)));
  return `r${Math.max(0, ...numbers) + 1}`;
}

function readName(stateDir: string): string | null {
  try {
    return readFileSync(currentPath(stateDir), 'utf8').trim();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw unreadable(currentPath(stateDir), error);
  }
}

function runIds(stateDir: string): string[] {
  return folders(stateDir).filter((id) => existsSync(journalPath(stateDir, id)));
}

function folders(stateDir: string): string[] {
  const path = join(stateDir, 'runs');
  try {
    return readdirSync(path)
      .filter((name) => RUN_ID.test(name))
      .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw unreadable(path, error);
  }
}
