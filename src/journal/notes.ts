/**
 * The notes beside a run: `notes.ndjson`, a line for each, appended by whoever writes one, without the run's lock. A line goes out
 * in one write to a file opened for appending, which no other such write can get into; it is fsynced before it is called written.
 * A line that a crash or a full disk cut off is left out by whoever reads, with a warning, and costs no other note.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Note, noteLine, parseNoteLine } from '../run/note.ts';
import { errnoOf, openPrivate, writeAll } from './disk.ts';
import { unwritable } from './refusals.ts';

const NEWLINE = 10;

export interface Notes {
  /** In the order in which they were written. */
  notes: readonly Note[];
  /** The file ends in the middle of a line. */
  isTorn: boolean;
  /** Other lines that are no notes. */
  damaged: number;
}

const NONE: Notes = { notes: [], isTorn: false, damaged: 0 };
const pathIn = (runDir: string) => join(runDir, 'notes.ndjson');

/** Throws Refusal `state_unwritable`; then the note may stand there in part, and is not counted. */
export function appendNote(runDir: string, note: Omit<Note, 'v'>): void {
  const path = pathIn(runDir);
  try {
    const fd = openPrivate(path, 'a');
    try {
      writeAll(
        fd,
        Buffer.from(`${endsInMidLine(path, fstatSync(fd).size) ? '\n' : ''}${noteLine(note)}`),
      );
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Reads again only when the file has changed. */
export class NotesReader {
  readonly #path: string;
  #seen = '';
  #read = NONE;

  constructor(runDir: string) {
    this.#path = pathIn(runDir);
  }

  /** The same object as before where nothing has changed. Never throws: what cannot be read is not known. */
  read(): Notes {
    try {
      const found = statSync(this.#path, { throwIfNoEntry: false });
      const seen = found ? `${found.ino} ${found.size} ${found.mtimeMs}` : '';
      if (seen !== this.#seen) this.#read = found ? parse(readFileSync(this.#path, 'utf8')) : NONE;
      this.#seen = seen;
    } catch {
      [this.#seen, this.#read] = ['', NONE];
    }
    return this.#read;
  }
}

/** All notes of a run, and what is to be said of lines that cannot be read. Throws Refusal `state_unwritable`. */
export function readNotes(runDir: string): { notes: readonly Note[]; warnings: string[] } {
  const path = pathIn(runDir);
  try {
    let read = parse(readFileSync(path, 'utf8'));
    // Somebody may be writing at this moment.
    if (read.isTorn) read = parse(readFileSync(path, 'utf8'));
    return { notes: read.notes, warnings: warningsOf(path, read) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { notes: [], warnings: [] };
    throw unwritable(path, error);
  }
}

function warningsOf(path: string, { isTorn, damaged }: Notes): string[] {
  return [
    ...(isTorn ? [`The last line of ${path} was cut off in the middle and is left out.`] : []),
    ...(damaged > 0
      ? [
          `${damaged} ${damaged === 1 ? 'line' : 'lines'} of ${path} cannot be read and are left out.`,
        ]
      : []),
  ];
}

function parse(text: string): Notes {
  const lines = text.split('\n');
  const rest = lines.pop() as string;
  const found = lines.filter((line) => line !== '').map(parseNoteLine);
  const notes = found.filter((note) => note !== null);
  return { notes, isTorn: rest !== '', damaged: found.length - notes.length };
}

function endsInMidLine(path: string, size: number): boolean {
  if (size === 0) return false;
  const fd = openSync(path, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(fd, last, 0, 1, size - 1);
    return last[0] !== NEWLINE;
  } finally {
    closeSync(fd);
  }
}
