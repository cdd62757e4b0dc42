/** Files of lines that one process appends to while others read: whole lines alone count. */
import { fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

const CHUNK = 65_536;
/** A first line is shorter. */
const FIRST_BYTES = 4096;
const NEWLINE = 0x0a;

/** Null where there is none. Throws the system's other errors. */
export function openForReading(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Where the last newline ends. */
export function wholeLines(fd: number): number {
  for (let to = fstatSync(fd).size; to > 0; to -= CHUNK) {
    const from = Math.max(0, to - CHUNK);
    const end = readAt(fd, from, to).lastIndexOf(NEWLINE);
    if (end >= 0) return from + end + 1;
  }
  return 0;
}

/** The `v` of the first line; null where that has none. */
export function versionOf(fd: number): number | null {
  try {
    const { v } = JSON.parse(firstLine(fd)) as { v?: unknown };
    return typeof v === 'number' ? v : null;
  } catch {
    return null;
  }
}

/** The first line without its newline; empty where there is none. */
function firstLine(fd: number): string {
  const [line = '', ...rest] = readAt(fd, 0, FIRST_BYTES).toString('utf8').split('\n');
  return rest.length > 0 ? line : '';
}

export function readLines(fd: number, from: number, to: number): string[] {
  return readAt(fd, from, to).toString('utf8').split('\n');
}

/** The lines before `size` in pieces of about 64 KiB, in their order. */
export function* pieces(fd: number, size: number): Generator<string[]> {
  for (let from = 0; from < size; ) {
    const to = Math.min(size, lineStart(fd, Math.min(size, from + CHUNK)));
    yield readLines(fd, from, to);
    from = to;
  }
}

/** The lines before `size` in pieces of 64 KiB, the last piece first; the lines of a piece are in their order. */
export function* piecesFromEnd(fd: number, size: number): Generator<string[]> {
  for (let to = size; to > 0; ) {
    const start = lineStart(fd, Math.max(0, to - CHUNK));
    const from = start < to ? start : 0;
    yield readLines(fd, from, to);
    to = from;
  }
}

/** False where it could not be written whole (a full disk): the file is cut back to `offset`. */
export function writeAt(fd: number, bytes: Buffer, offset: number): boolean {
  try {
    const written = writeSync(fd, bytes, 0, bytes.length, offset);
    if (written < bytes.length) ftruncateSync(fd, offset);
    return written === bytes.length;
  } catch {
    return false;
  }
}

/** The first start of a line at or after `offset`. */
function lineStart(fd: number, offset: number): number {
  if (offset === 0) return 0;
  for (let at = offset - 1; ; at += CHUNK) {
    const bytes = readAt(fd, at, at + CHUNK);
    const end = bytes.indexOf(NEWLINE);
    if (end >= 0) return at + end + 1;
    if (bytes.length === 0) return at;
  }
}

function readAt(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  let length = 0;
  while (length < bytes.length) {
    const read = readSync(fd, bytes, length, bytes.length - length, from + length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}
