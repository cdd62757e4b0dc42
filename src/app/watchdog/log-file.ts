/** The watchdog's log: a line with its time; the file before it is kept once, so that it never grows past twice its limit. */
import {
  appendFileSync,
  closeSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';

const LIMIT_BYTES = 1024 * 1024;
/** So much of the end is read for the newest problem. */
const TAIL_BYTES = 65_536;
/** Before the text of a line that tells of a problem. */
const PROBLEM = '! ';

/** The answer never throws: on a full disk a line is lost, and the watchdog goes on. */
export function openLog(path: string): (text: string, level?: 'problem') => void {
  return (text, level) => {
    try {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > LIMIT_BYTES) renameSync(path, `${path}.1`);
      appendFileSync(
        path,
        `${new Date().toISOString()} ${level === 'problem' ? PROBLEM : ''}${text}\n`,
        { mode: 0o600 },
      );
    } catch {
      // Nobody is there to be told.
    }
  };
}

export interface LogLook {
  path: string;
  bytes: number;
  /** Of the file before it; null where there is none. */
  rotated_bytes: number | null;
  /** The newest one near the end; ISO. */
  problem: { at: string; text: string } | null;
}

/** Null where there is none, or where it cannot be read. */
export function lookAtLog(path: string): LogLook | null {
  try {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const read = readSync(fd, tail, 0, tail.length, size - tail.length);
      const rotated_bytes = statSync(`${path}.1`, { throwIfNoEntry: false })?.size ?? null;
      return {
        path,
        bytes: size,
        rotated_bytes,
        problem: newestProblem(tail.toString('utf8', 0, read)),
      };
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

function newestProblem(text: string): LogLook['problem'] {
  const [, at, said] = [...text.matchAll(/^(\d{4}-\S+Z) ! (.*)$/gm)].at(-1) ?? [];
  return at === undefined || said === undefined ? null : { at, text: said };
}
