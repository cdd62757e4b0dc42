/** A file's lines, read in chunks, so that a journal of any length needs the same memory. Lacks on purpose: what a line means. */
import { readSync } from 'node:fs';
import { damaged, unreadable } from './refusals.ts';

export interface Line {
  /** Without the newline. Valid until the next line is asked for. */
  bytes: Buffer;
  /** From 1. */
  number: number;
  /** Where the next line begins, in bytes. */
  end: number;
  /** False for a last line that has no newline at its end: its writing was cut off. */
  whole: boolean;
}

/** No event comes near it; a file without newlines must not fill the memory. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 10;

/** From `offset`, which must be the beginning of a line, with `before` lines before it. Throws Refusal `journal_damaged` for a line that is too long, and `state_unwritable` for a file that cannot be read. */
export function* readLines(
  fd: number,
  path: string,
  offset: number,
  before: number,
): Generator<Line, void> {
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** Bytes at the front of the buffer that are no whole line yet. */
  let kept = 0;
  let number = before;
  let read = offset;
  for (;;) {
    if (kept > MAX_LINE_BYTES) throw tooLong(path, number + 1);
    if (kept === buffer.length) buffer = Buffer.concat([buffer], 2 * kept);
    const count = readInto(fd, path, buffer.subarray(kept), read);
    if (count === 0) break;
    const data = buffer.subarray(0, kept + count);
    const origin = read - kept;
    read += count;
    let begin = 0;
    for (let at = data.indexOf(NEWLINE, kept); at >= 0; at = data.indexOf(NEWLINE, begin)) {
      number++;
      if (at - begin > MAX_LINE_BYTES) throw tooLong(path, number);
      yield { bytes: data.subarray(begin, at), number, end: origin + at + 1, whole: true };
      begin = at + 1;
    }
    kept = data.length - begin;
    buffer.copyWithin(0, begin, data.length);
  }
  if (kept > 0)
    yield { bytes: buffer.subarray(0, kept), number: number + 1, end: read, whole: false };
}

function tooLong(path: string, line: number) {
  return damaged(path, line, `the line is longer than ${MAX_LINE_BYTES} bytes`);
}

function readInto(fd: number, path: string, buffer: Buffer, position: number): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, position);
  } catch (error) {
    throw unreadable(path, error);
  }
}
