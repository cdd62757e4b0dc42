/**
 * The file `HALT` in the state folder: while it is there, nothing is injected from this folder. Whoever makes it need not be
 * gameday: an empty one will do. It is read at each decision, so that it holds for every shell and survives every crash.
 */
import { lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { Halt } from '../run/halt.ts';
import { ownName, userName } from '../system/owner.ts';
import { errnoOf, replaceFile, syncFolder } from './disk.ts';
import { unwritable } from './refusals.ts';
import { makeStateFolder } from './state-folder.ts';

const HaltSchema = v.object({ by: v.string(), since: v.string(), reason: v.nullable(v.string()) });

export const haltPath = (stateDir: string) => join(stateDir, 'HALT');

/** Null where nothing is halted. Never throws: what is there and cannot be read halts all the same. */
export function readHalt(stateDir: string): Halt | null {
  const path = haltPath(stateDir);
  try {
    const { mtime, uid } = lstatSync(path);
    return writtenIn(path) ?? { by: userName(uid), since: mtime.toISOString(), reason: null };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return null;
    return { by: 'somebody', since: new Date().toISOString(), reason: null };
  }
}

/** Durable when it returns. One that is there already stays: who was first, and since when, is kept. Throws Refusal `state_unwritable`. */
export function writeHalt(stateDir: string, reason: string | null): Halt {
  const before = readHalt(stateDir);
  if (before) return before;
  makeStateFolder(stateDir);
  const halt: Halt = { by: ownName(), since: new Date().toISOString(), reason };
  const path = haltPath(stateDir);
  try {
    replaceFile(path, `${path}.${process.pid}`, `${JSON.stringify(halt)}\n`, true);
  } catch (error) {
    throw unwritable(path, error);
  }
  return halt;
}

/** Durable when it returns. Throws Refusal `state_unwritable`, and then it is halted still. */
export function removeHalt(stateDir: string): void {
  const path = haltPath(stateDir);
  try {
    unlinkSync(path);
    syncFolder(dirname(path));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw unwritable(path, error);
  }
}

function writtenIn(path: string): Halt | null {
  try {
    const read = v.safeParse(HaltSchema, JSON.parse(readFileSync(path, 'utf8')));
    return read.success && !Number.isNaN(Date.parse(read.output.since)) ? read.output : null;
  } catch {
    return null;
  }
}
