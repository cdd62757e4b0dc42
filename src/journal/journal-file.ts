/**
 * The open file of the one writer: takes whole lines, makes them durable, and is left as it was when that fails.
 * Lacks on purpose: what stands in the lines.
 */
import { closeSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openPrivate, syncFolder, writeAll } from './disk.ts';
import { meddled } from './refusals.ts';

export class JournalFile {
  readonly path: string;
  /** Open for reading as well. */
  readonly fd: number;
  #length: number;
  /** A part of a line may stand after the end, since cutting it off failed. */
  #frayed = false;

  private constructor(path: string, fd: number, length: number) {
    this.path = path;
    this.fd = fd;
    this.#length = length;
  }

  /** Of a new run; its name is durable when this returns. Throws what node throws. */
  static create(path: string): JournalFile {
    closeSync(openPrivate(path, 'ax'));
    const fd = openSync(path, 'a+');
    syncFolder(dirname(path));
    return new JournalFile(path, fd, 0);
  }

  /**
   * `length`: where the last whole line ends. `torn`: what stands after it. That line was never acknowledged, and no line
   * can follow it, so it is cut off; its bytes are kept in `journal.torn`, for whoever wants to know what was being written.
   */
  static open(path: string, length: number, torn: Buffer | null): JournalFile {
    const fd = openSync(path, 'a+');
    try {
      if (torn) {
        keepTorn(join(dirname(path), 'journal.torn'), torn);
        ftruncateSync(fd, length);
        fsyncSync(fd);
      }
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return new JournalFile(path, fd, length);
  }

  /** Bytes. */
  get length(): number {
    return this.#length;
  }

  /** Throws what node throws, or Refusal `state_unwritable` where somebody else had a hand in the file. */
  append(line: Buffer): void {
    if (this.#frayed) this.#cut();
    const { size, nlink } = fstatSync(this.fd);
    if (nlink === 0) throw meddled(this.path, 'removed or replaced');
    if (size !== this.#length) throw meddled(this.path, 'changed by another program');
    this.#frayed = true;
    try {
      writeAll(this.fd, line);
      fdatasyncSync(this.fd);
    } catch (error) {
      this.#cutIfPossible();
      throw error;
    }
    this.#frayed = false;
    this.#length += line.length;
  }

  close(): void {
    closeSync(this.fd);
  }

  #cut(): void {
    ftruncateSync(this.fd, this.#length);
    this.#frayed = false;
  }

  #cutIfPossible(): void {
    try {
      this.#cut();
    } catch {
      // It is tried again before the next line, and at the next opening.
    }
  }
}

/** Evidence only: a full disk must not keep the run from going on. */
function keepTorn(path: string, torn: Buffer): void {
  try {
    const fd = openPrivate(path, 'a');
    try {
      writeAll(fd, Buffer.concat([torn, Buffer.from('\n')]));
    } finally {
      closeSync(fd);
    }
  } catch {
    // See above.
  }
}
