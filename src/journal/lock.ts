/**
 * A lock that the kernel frees when its holder dies, however it dies: SQLite's exclusive lock on a small file that
 * stays empty. So a dead holder blocks nobody, and "held" means "alive": no pid is compared, no file is ever too old.
 * Lacks on purpose: any word about who holds it (that is `holder.ts`), and waiting (that is `lock-run.ts`).
 *
 * The system's record locks belong to the process, and closing any descriptor of the file lets go of them. So in a
 * process that may hold the lock nothing but SQLite may open the file, which is why it is made with `wx`.
 */
import { accessSync, closeSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Refusal } from '../terms/outcomes.ts';
import { errnoOf, openPrivate } from './disk.ts';
import { unwritable } from './refusals.ts';

export interface Lock {
  /** Idempotent. */
  release(): void;
}

/** Two that try at the same moment, or one that only looks, get in each other's way for microseconds: this long it is tried again. */
const PATIENCE_MS = 50;
const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/** Keeps the connections from being collected as garbage, which would let go of the locks. */
const held = new Set<DatabaseSync>();

/**
 * Null where another holds it (also another one of this process). Makes the file (0600) in a folder that must exist.
 * Blocks for up to `patienceMs`. Throws Refusal `state_unwritable`.
 */
export function holdLock(path: string, { patienceMs = PATIENCE_MS } = {}): Lock | null {
  let db: DatabaseSync | undefined;
  try {
    makeFile(path);
    db = new (sqlite().DatabaseSync)(path);
    // The mode MEMORY needs no room on the disk. While another holds the lock, it is this statement already that fails.
    db.exec(
      `PRAGMA busy_timeout=${Math.round(patienceMs)}; PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE`,
    );
  } catch (error) {
    db?.close();
    const code = codeOf(error);
    if (code === SQLITE_BUSY) return null;
    if (code === SQLITE_NOTADB)
      throw new Refusal(
        'state_unwritable',
        `${path} is no lock of gameday's: ${(error as Error).message}.`,
        `Delete ${path}, and repeat the command.`,
      );
    throw unwritable(path, error);
  }
  const connection = db;
  held.add(connection);
  return {
    release: () => {
      if (held.delete(connection)) connection.close();
    },
  };
}

/** Whether its holder lives. Writes nothing; a file that is not there, or cannot be opened, is held by nobody that we could know of. */
export function isLockHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  let db: DatabaseSync | undefined;
  try {
    db = new (sqlite().DatabaseSync)(path, { readOnly: true });
    db.exec('PRAGMA busy_timeout=0; BEGIN; SELECT 1 FROM sqlite_schema');
    return false;
  } catch (error) {
    return codeOf(error) === SQLITE_BUSY;
  } finally {
    db?.close();
  }
}

function makeFile(path: string): void {
  // SQLite says only "unable to open", or finds out when it is too late: let the system say why.
  accessSync(dirname(path), constants.W_OK);
  try {
    closeSync(openPrivate(path, 'wx'));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}

function codeOf(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

/** Loaded when it is first needed. Node 22 warns that it is experimental, which is no business of who runs a game day. */
function sqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('SQLite'))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof emitWarning;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
