/** The log file of an instance: what it said last, without loading the rest of it, and a size that does not grow for ever. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { lastLines } from '../../system/text-lines.ts';

const TAIL_BYTES = 64 * 1024;
const SHOWN_LINES = 5;
const LIMIT_BYTES = 8 * 1024 * 1024;
/** So much of what came after a mark is read at most; the end of it. */
const AFTER_BYTES = 1024 * 1024;

/** Beside the instance's folder, and kept when that is removed. */
export function logPath(stateDir: string, id: string): string {
  return join(stateDir, `${id}.log`);
}

/**
 * Opened to append, so that what was said before a kill is still there after the restart. `fresh` empties it; of one
 * that has grown over 8 MiB the tail is kept. The limit is looked at on each start, not while the command runs.
 */
export function openLog(path: string, fresh: boolean): number {
  const tail = fresh ? Buffer.alloc(0) : tailIfOver(path);
  if (tail) {
    // Written down first, so that a mark from before the cut still finds its place.
    const cut = endOfLog(path) - tail.length;
    if (cut > 0) writeFileSync(cutPath(path), String(cut), { mode: 0o600 });
    writeFileSync(path, tail, { mode: 0o600 });
  }
  return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
}

function tailIfOver(path: string): Buffer | null {
  const log = readTail(path, TAIL_BYTES);
  return log && log.size > LIMIT_BYTES ? log.tail : null;
}

/** Oldest first, without control characters; empty where there is no file. Lines that the last 64 KiB do not hold whole are cut. */
export function tailOf(path: string, lines: number): string[] {
  return lastLines(readTail(path, TAIL_BYTES)?.tail.toString('utf8') ?? '', lines);
}

/** As `tailOf`, of what was said after `end`, counted as `endOfLog` counts. */
export function linesAfter(path: string, lines: number, end: number): string[] {
  const bytes = Math.max(0, endOfLog(path) - end);
  return lastLines(
    readTail(path, Math.min(bytes, AFTER_BYTES))?.tail.toString('utf8') ?? '',
    lines,
  );
}

/** All bytes that it ever held, also those that have been cut off since. */
export function endOfLog(path: string): number {
  return cutFrom(path) + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
}

/** Where the log of one instance ended when the mark was made; 0 where it had none then. */
export function endIn(mark: string, id: string): number {
  const end = (JSON.parse(mark) as Record<string, unknown>)[id];
  return typeof end === 'number' ? end : 0;
}

/** What an instance said last, as the end of an error's message. */
export function lastWords(path: string): string {
  const said = tailOf(path, SHOWN_LINES);
  return said.length > 0
    ? `\nIts last lines:\n${said.map((line) => `  ${line}`).join('\n')}`
    : ' It wrote nothing.';
}

function cutPath(path: string): string {
  return `${path}.cut`;
}

function cutFrom(path: string): number {
  try {
    return Number(readFileSync(cutPath(path), 'latin1')) || 0;
  } catch {
    return 0;
  }
}

function readTail(path: string, most: number): { size: number; tail: Buffer } | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, most));
    const length = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return { size, tail: bytes.subarray(0, length) };
  } finally {
    closeSync(file);
  }
}
