/**
 * The run's measured windows on disk, as lines of JSON: one writer appends, anybody reads from the end. Not fsynced, since
 * a lost second of samples breaks nothing. What cannot be written or read is a gap; it is never made up, and never stops
 * the watchdog. A full file becomes the older one of two, so that a load that runs for weeks fills no disk.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
} from 'node:fs';
import type { Window } from '../../impact/windows.ts';
import {
  openForReading,
  pieces,
  piecesFromEnd,
  readLines,
  versionOf,
  wholeLines,
  writeAt,
} from './line-file.ts';
import { parseLine, renderLine, SAMPLES_HEADER, SAMPLES_VERSION } from './sample-line.ts';

/** In the run's folder. */
export const SAMPLES_FILE = 'samples.ndjson';

/** A day of 1,000 operations a second; the two files hold between one and two of these. */
const LIMIT_BYTES = 36 * 1024 * 1024;

/** The file before it, or null. */
export function olderSamples(path: string): string {
  return path.replace(/(\.ndjson)?$/, '.older.ndjson');
}

export class SampleFile {
  readonly #path: string;
  readonly #limitBytes: number;
  #fd: number;
  /** Up to here the file is whole lines. */
  #size: number;

  private constructor(path: string, limitBytes: number) {
    this.#path = path;
    this.#limitBytes = limitBytes;
    [this.#fd, this.#size] = openForWriting(path);
  }

  /**
   * Makes the file where there is none, and cuts off what a dead writer left half written. A file of another version is
   * put aside as the older one. Throws the system's error.
   */
  static open(path: string, limitBytes = LIMIT_BYTES): SampleFile {
    const samples = new SampleFile(path, limitBytes);
    if (samples.#size > 0 && versionOf(samples.#fd) !== SAMPLES_VERSION) samples.#rotate();
    return samples;
  }

  /** False where it could not be written (a full disk): the window is lost, and the file is as it was. */
  append(window: Window): boolean {
    try {
      if (this.#size > this.#limitBytes) this.#rotate();
    } catch {
      // It goes on in the file that is open.
    }
    if (this.#size === 0 && !this.#write(SAMPLES_HEADER)) return false;
    return this.#write(renderLine(window));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    renameSync(this.#path, olderSamples(this.#path));
    const before = this.#fd;
    [this.#fd, this.#size] = openForWriting(this.#path);
    closeSync(before);
  }

  #write(text: string): boolean {
    const bytes = Buffer.from(text);
    const isWritten = writeAt(this.#fd, bytes, this.#size);
    if (isWritten) this.#size += bytes.length;
    return isWritten;
  }
}

function openForWriting(path: string): [fd: number, size: number] {
  // Not in append mode: after a failed write the next one has to take its place.
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const size = wholeLines(fd);
  ftruncateSync(fd, size);
  return [fd, size];
}

/** The windows from `sinceMs` (epoch) on, in the order of their measurement; empty where there is no file. */
export function readWindows(path: string, sinceMs: number): Window[] {
  return new WindowReader(path, sinceMs).read();
}

/** All of them, oldest first, one by one: a day of them need not be held at once. None where there is no file, or one of another version. */
export function* eachWindow(path: string): Generator<Window> {
  for (const file of [olderSamples(path), path]) {
    const fd = openForReading(file);
    if (fd === null) continue;
    try {
      if (versionOf(fd) !== SAMPLES_VERSION) continue;
      for (const lines of pieces(fd, wholeLines(fd))) yield* windowsIn(lines);
    } finally {
      closeSync(fd);
    }
  }
}

/** Why there is nothing to read, where another version of gameday wrote the samples; null: it was ours, or there are none. */
export function whyUnreadable(path: string): string | null {
  const say = (file: string, version: number) =>
    `${file} was written by another version of gameday (samples of version ${version}; this one reads version ${SAMPLES_VERSION})`;
  const fd = openForReading(path);
  if (fd === null) {
    const first = path.replace(/\.ndjson$/, '.log');
    return existsSync(first) ? say(first, 1) : null;
  }
  try {
    const version = versionOf(fd);
    return version === null || version === SAMPLES_VERSION ? null : say(path, version);
  } finally {
    closeSync(fd);
  }
}

/** Reads once from the end backwards, and then only what has been added. */
export class WindowReader {
  readonly #path: string;
  readonly #sinceMs: number;
  #windows: Window[] = [];
  /** The file that was read last, by its inode, and up to where; null: none yet. */
  #seen: { ino: number; offset: number } | null = null;

  constructor(path: string, sinceMs: number) {
    this.#path = path;
    this.#sinceMs = sinceMs;
  }

  /** Never throws for a file that is missing, torn or damaged: what cannot be read is not measured. */
  read(): Window[] {
    const fd = openForReading(this.#path);
    if (fd === null) return [];
    try {
      const { ino } = fstatSync(fd);
      const size = wholeLines(fd);
      if (this.#seen?.ino === ino && this.#seen.offset <= size) this.#add(fd, this.#seen.offset);
      else if (this.#seen && this.#addRestOfOlder(this.#seen)) this.#add(fd, 0);
      else this.#windows = this.#readAll(fd, ino);
      this.#seen = { ino, offset: size };
    } finally {
      closeSync(fd);
    }
    return [...this.#windows];
  }

  #add(fd: number, from: number): void {
    const size = wholeLines(fd);
    if (size <= from) return;
    const windows = windowsIn(readLines(fd, from, size));
    // Once there is one, later ones belong to it, also where the clock was set back.
    const isBefore = this.#windows.length === 0;
    this.#windows.push(...windows.filter(({ at }) => !isBefore || at >= this.#sinceMs));
  }

  /** False where the file that was read last is not the older one by now. */
  #addRestOfOlder({ ino, offset }: { ino: number; offset: number }): boolean {
    return this.#withOlder(false, (fd) => {
      const isSame = fstatSync(fd).ino === ino;
      if (isSame) this.#add(fd, offset);
      return isSame;
    });
  }

  #readAll(fd: number, ino: number): Window[] {
    const { windows, isComplete } = readBackwards(fd, this.#sinceMs);
    if (isComplete) return windows;
    // It may have become the older one since it was opened.
    const before = this.#withOlder<Window[]>([], (older) =>
      fstatSync(older).ino === ino ? [] : readBackwards(older, this.#sinceMs).windows,
    );
    return before.length > 0 ? [...before, ...windows] : windows;
  }

  #withOlder<Result>(none: Result, work: (fd: number) => Result): Result {
    const fd = openForReading(olderSamples(this.#path));
    if (fd === null) return none;
    try {
      return work(fd);
    } finally {
      closeSync(fd);
    }
  }
}

/** Stops at the first window that is older (`isComplete`): windows before it are older still, or from before the clock was set back. */
function readBackwards(fd: number, sinceMs: number): { windows: Window[]; isComplete: boolean } {
  const version = versionOf(fd);
  if (version !== null && version !== SAMPLES_VERSION) return { windows: [], isComplete: true };
  const pieces: Window[][] = [];
  for (const lines of piecesFromEnd(fd, wholeLines(fd))) {
    const windows = windowsIn(lines);
    const older = windows.findLastIndex((window) => window.at < sinceMs);
    pieces.push(windows.slice(older + 1));
    if (older >= 0) return { windows: pieces.reverse().flat(), isComplete: true };
  }
  return { windows: pieces.reverse().flat(), isComplete: false };
}

function windowsIn(lines: readonly string[]): Window[] {
  return lines.map(parseLine).filter((window) => window !== null);
}
