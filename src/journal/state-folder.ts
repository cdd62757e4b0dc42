/**
 * What stands where in the state folder, and which run is the current one.
 *
 *     .gameday/                     0700, for the user alone
 *     ├ .gitignore                  `*`: the folder ignores itself
 *     ├ lock, holder.json           the lock of the one writer, and a hint who that is
 *     ├ HALT                        while it is there, nothing is injected; `halt.ts`
 *     ├ current                     the id of the current run
 *     ├ runs/r1/journal.ndjson      the run; what a command goes by can be made again from it
 *     │         snapshot.json       the run as it stood some events ago, to start reading from
 *     │         reserve             room on the disk, kept for recording a recovery
 *     │         watchdog.json       what the watchdog says of itself; here: up to which event it has read
 *     │         journal.torn        last lines that were cut off by a crash, if there were any
 *     │         story.ndjson        each text of the story that a command went on with, without what signs in
 *     │         instances.ndjson    how the instances stood over time; instances.1.ndjson: what came before it
 *     │         alerts.ndjson       when the alerts that a chapter expects fired, and when they resolved
 *     │         summary.json        what came of a run that is over
 *     │         notes.ndjson        what people saw: appended by anybody, without the lock
 *     │         countdown.json      while a command counts down: for the screens of others
 *     │         leaders.json        who leads, as the story's programs said last: for the screens of others
 *     └ candidates/<name>           what TAB offers
 *
 * Other rooms have folders of their own beside these.
 */
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { strangerOf } from '../system/owner.ts';
import { errnoOf, makeFolder, replaceFile } from './disk.ts';
import { foreign, linked, unmakable, unreadable, unwritable } from './refusals.ts';

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
  refuseForeign(stateDir);
  try {
    const isNew = makeFolder(stateDir);
    if (!isNew && basename(stateDir) !== '.gameday') return;
    if ((statSync(stateDir).mode & 0o077) !== 0) chmodSync(stateDir, 0o700);
    const ignore = join(stateDir, '.gitignore');
    // Not by a draft: many commands may begin here at once, and an empty one is what a killed command left.
    if (!statSync(ignore, { throwIfNoEntry: false })?.size) {
      writeFileSync(ignore, '*\n', { mode: 0o600 });
      // The umask may have taken the user's own right to write.
      chmodSync(ignore, 0o600);
    }
  } catch (error) {
    throw existsSync(stateDir) ? unwritable(stateDir, error) : unmakable(stateDir, error);
  }
}

/** Oldest first; an empty list where there is no state folder. Throws Refusal `state_unwritable` for one that cannot be read. */
export function listRuns(stateDir: string): RunEntry[] {
  const { id: current } = readCurrent(stateDir);
  return folders(stateDir)
    .filter((id) => isRun(stateDir, id))
    .map((id) => ({ id, path: journalPath(stateDir, id), current: id === current }));
}

/** The ids of so many of the newest ones, the newest first; as cheap with very many runs. Throws as `listRuns` does. */
export function newestRuns(stateDir: string, most: number): string[] {
  const found: string[] = [];
  for (const id of folders(stateDir).reverse()) {
    if (found.length === most) break;
    if (isRun(stateDir, id)) found.push(id);
  }
  return found;
}

/** Whether a run with this id has begun. */
export function isRun(stateDir: string, id: string): boolean {
  return RUN_ID.test(id) && existsSync(journalPath(stateDir, id));
}

/**
 * Throws Refusal `not_trusted` for a state folder that is a link, or that another user made: what stands in it decides what
 * is recovered and how. One of another name was named by the user, who may have made it a link, but not by somebody else.
 */
export function refuseForeign(stateDir: string): void {
  const owner = strangerOf(stateDir);
  if (owner !== null) throw foreign(stateDir, owner);
  if (basename(stateDir) === '.gameday' && isLink(stateDir)) throw linked(stateDir);
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false; // What is not there, or cannot be looked at, is told by whoever reads it.
  }
}

/** The run that commands are about; null where none began. Where `current` is lost or wrong, it is the newest. */
export function readCurrent(stateDir: string): { id: string | null; warnings: string[] } {
  const named = readName(stateDir);
  if (named !== null && isRun(stateDir, named)) return { id: named, warnings: [] };
  const newest = newestRuns(stateDir, 1)[0] ?? null;
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
  // Few folders come after the current run's, so that they are asked for one by one instead of all being read.
  let number = numberOf(readCurrent(stateDir).id ?? 'r0') + 1;
  while (existsSync(runFolder(stateDir, `r${number}`))) number++;
  return `r${number}`;
}

function readName(stateDir: string): string | null {
  refuseForeign(stateDir);
  try {
    return readFileSync(currentPath(stateDir), 'utf8').trim();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw unreadable(currentPath(stateDir), error);
  }
}

/** Number of the newest event that the watchdog of the run has read; 0 where it has said nothing. Never throws. */
export function readSeenSeq(journal: string): number {
  try {
    const { seq } = JSON.parse(readFileSync(join(dirname(journal), 'watchdog.json'), 'utf8'));
    return Number.isSafeInteger(seq) ? seq : 0;
  } catch {
    return 0;
  }
}

function numberOf(id: string): number {
  return Number(id.slice(1));
}

function folders(stateDir: string): string[] {
  const path = join(stateDir, 'runs');
  try {
    return readdirSync(path)
      .filter((name) => RUN_ID.test(name))
      .sort((a, b) => numberOf(a) - numberOf(b));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw unreadable(path, error);
  }
}
