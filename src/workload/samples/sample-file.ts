/**
 * The run's measured windows on disk: one writer appends, anybody reads from the end. Not fsynced, since a lost second
 * of samples breaks nothing. What cannot be written or read is a gap; it is never made up, and never stops the watchdog.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import type { Window } from '../../impact/windows.ts';
import { parseLine, renderLine } from './sample-line.ts';

/** In the run's folder. */
export const SAMPLES_FILE = 'samples.log';

const HEADER =
  '# gameday samples 1: start (epoch ms, base 36), length in ms, ok, in flight, latencies [, time-outs, dropped, errors]\n';
const CHUNK = 65_536;
const NEWLINE = 0x0a;

export class SampleFile {
  readonly #fd: number;
  /** Up to here the file is whole lines. */
  #size: number;

  private constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
  }

  /** Makes the file where there is none, and cuts off what a dead writer left half written. Throws the system's error. */
  static open(path: string): SampleFile {
    // Not in append mode: where a write failed, the next one has to go.
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const samples = new SampleFile(fd, wholeLines(fd));
    ftruncateSync(fd, samples.#size);
    if (samples.#size === 0) samples.#write(HEADER);
    return samples;
  }

  /** False where it could not be written (a full disk): the window is lost, and the file is as it was. */
  append(window: Window): boolean {
    return this.#write(renderLine(window));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(text: string): boolean {
    const bytes = Buffer.from(text);
    try {
      // On a full disk, part of it may be taken.
      const written = writeSync(this.#fd, bytes, 0, bytes.length, this.#size);
      if (written < bytes.length) ftruncateSync(this.#fd, this.#size);
      else this.#size += written;
      return written === bytes.length;
    } catch {
      return false;
    }
  }
}

/** The windows from `sinceMs` (epoch) on, in the order of their measurement; empty where there is no file. */
export function readWindows(path: string, sinceMs: number): Window[] {
  return new WindowReader(path, sinceMs).read();
}

/** Reads once from the end backwards, and then only what has been added. */
export class WindowReader {
  readonly #path: string;
  readonly #sinceMs: number;
  #windows: Window[] = [];
  /** Up to here it has been read; null: not yet. */
  #offset: number | null = null;

  constructor(path: string, sinceMs: number) {
    this.#path = path;
    this.#sinceMs = sinceMs;
  }

  /** Never throws for a file that is missing, torn or damaged: what cannot be read is not measured. */
  read(): Window[] {
    const fd = openForReading(this.#path);
    if (fd === null) return [];
    try {
      const size = wholeLines(fd);
      if (this.#offset === null || size < this.#offset)
        this.#windows = readBackwards(fd, size, this.#sinceMs);
      else if (size > this.#offset)
        for (const line of readLines(fd, this.#offset, size)) addLine(this.#windows, line);
      this.#offset = size;
    } finally {
      closeSync(fd);
    }
    return [...this.#windows];
  }
}

function openForReading(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Stops at the first window that is older: windows before it are older still, or from before the clock was set back. */
function readBackwards(fd: number, size: number, sinceMs: number): Window[] {
  const found: Window[] = [];
  let to = size;
  while (to > 0) {
    const from = lineStart(fd, Math.max(0, to - CHUNK));
    const windows: Window[] = [];
    for (const line of readLines(fd, from < to ? from : 0, to)) addLine(windows, line);
    const older = windows.findLastIndex((window) => window.at < sinceMs);
    found.unshift(...windows.slice(older + 1));
    if (older >= 0) break;
    to = from < to ? from : 0;
  }
  return found;
}

function addLine(windows: Window[], line: string): void {
  const window = parseLine(line);
  if (window) windows.push(window);
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

/** Where the last newline ends. */
function wholeLines(fd: number): number {
  for (let to = fstatSync(fd).size; to > 0; to -= CHUNK) {
    const from = Math.max(0, to - CHUNK);
    const end = readAt(fd, from, to).lastIndexOf(NEWLINE);
    if (end >= 0) return from + end + 1;
  }
  return 0;
}

function readLines(fd: number, from: number, to: number): string[] {
  return readAt(fd, from, to).toString('utf8').split('\n');
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
