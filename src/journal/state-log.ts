/**
 * The file of the run in which it is written down how its instances stood: NDJSON, a line where something changed (see
 * `run/instance-states.ts`). The watchdog writes it, and every command that holds the run; each appends whole lines. Not
 * fsynced; what cannot be written or read is not known. Over its limit the file becomes `instances.1.ndjson`, in place of the one
 * before it, and the new one begins with how all stand: `cat instances.1.ndjson instances.ndjson | jq` reads both.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  changesOf,
  foldStates,
  type KnownStates,
  type LookMark,
  NOTHING_SEEN,
  type Observed,
  parseStateLine,
  type StateLine,
} from '../run/instance-states.ts';
import { openPrivate, writeAll } from './disk.ts';

const FILE = 'instances.ndjson';
const OLDER_FILE = 'instances.1.ndjson';
/** Some 35,000 changes; with the file before it, more than a day of a stack that flaps every few seconds. */
const LIMIT_BYTES = 8 * 1024 * 1024;
const NEWLINE = 10;

export function stateLogPath(runDir: string): string {
  return join(runDir, FILE);
}

/** All that is written down, oldest first. Never throws: what cannot be read is not known. */
export function readStates(runDir: string): StateLine[] {
  return [OLDER_FILE, FILE].flatMap((name) => {
    try {
      const lines = readFileSync(join(runDir, name), 'utf8').split('\n');
      return lines.flatMap((line) => parseStateLine(line) ?? []);
    } catch {
      return [];
    }
  });
}

/** Reads once, and then only what has been added. */
export class StateLogReader {
  readonly #path: string;
  readonly #tailBytes: number;
  #file = '';
  #offset = 0;
  #known = NOTHING_SEEN;
  #isTorn = false;

  /** `tailBytes`: at first, only so much of the end is read. */
  constructor(runDir: string, tailBytes = Number.POSITIVE_INFINITY) {
    this.#path = stateLogPath(runDir);
    this.#tailBytes = tailBytes;
  }

  /** When it was read last, its last line had no end. */
  get isTorn(): boolean {
    return this.#isTorn;
  }

  /** The same object as before where nothing has been added. Never throws for a file that is missing, torn or damaged. */
  read(): KnownStates {
    try {
      this.#readOn();
    } catch {
      // What cannot be read is not known.
    }
    return this.#known;
  }

  #readOn(): void {
    const found = statSync(this.#path, { throwIfNoEntry: false });
    if (!found) return;
    const file = String(found.ino);
    const isAnother = file !== this.#file || found.size < this.#offset;
    if (!isAnother && found.size === this.#offset) return;
    const fd = openSync(this.#path, 'r');
    try {
      const { size } = fstatSync(fd);
      if (isAnother) {
        // One that took the place of another begins with how all stand.
        [this.#file, this.#known] = [file, NOTHING_SEEN];
        this.#offset = Math.max(0, size - this.#tailBytes);
      }
      const bytes = Buffer.alloc(size - this.#offset);
      const length = readSync(fd, bytes, 0, bytes.length, this.#offset);
      const end = bytes.subarray(0, length).lastIndexOf(NEWLINE) + 1;
      this.#offset += end;
      this.#isTorn = end < length;
      const lines = bytes
        .toString('utf8', 0, end)
        .split('\n')
        .flatMap((text) => parseStateLine(text) ?? []);
      this.#known = foldStates(this.#known, lines);
    } finally {
      closeSync(fd);
    }
  }
}

export class StateLog {
  readonly #path: string;
  readonly #reader: StateLogReader;
  readonly #limitBytes: number | null;
  #queue: { seen: readonly Observed[]; at: string; isWhole: boolean }[] = [];

  /** `isOnly`: no other process may move the file away when it is full. The others read no more than its end. */
  constructor(
    runDir: string,
    { isOnly, limitBytes = LIMIT_BYTES }: { isOnly: boolean; limitBytes?: number },
  ) {
    this.#path = stateLogPath(runDir);
    this.#reader = new StateLogReader(runDir, isOnly ? undefined : 64 * 1024);
    this.#limitBytes = isOnly ? limitBytes : null;
  }

  /** How all stand, as far as it is written down. */
  known(): KnownStates {
    return this.#reader.read();
  }

  /** Remembers what a look saw; `flush` writes it. `atMs`: epoch. */
  observe(seen: readonly Observed[], atMs: number, isWhole: boolean): void {
    this.#queue.push({ seen, at: new Date(atMs).toISOString(), isWhole });
  }

  /** False where it could not be written; then it is lost. Never throws. */
  flush(): boolean {
    const queue = this.#queue.splice(0);
    let known = this.known();
    const lines: StateLine[] = [];
    for (const { seen, at, isWhole } of queue) {
      const changes = changesOf(known, seen, at, isWhole);
      known = foldStates(known, changes);
      lines.push(...changes);
    }
    return lines.length === 0 || this.#append(lines);
  }

  mark(note: LookMark['note'], atMs: number): boolean {
    return this.#append([{ at: new Date(atMs).toISOString(), note, pid: process.pid }]);
  }

  #append(lines: readonly StateLine[]): boolean {
    try {
      let all = lines;
      if (this.#limitBytes !== null && sizeOf(this.#path) > this.#limitBytes) {
        const { instances } = this.known();
        const known = [...instances.values()].filter(({ state }) => state !== 'gone');
        renameSync(this.#path, join(dirname(this.#path), OLDER_FILE));
        all = [...known, ...lines];
      }
      const text = all.map((line) => `${JSON.stringify(line)}\n`).join('');
      const fd = openPrivate(this.#path, 'a');
      try {
        // What a dead writer left half written must not spoil what comes after it.
        writeAll(fd, Buffer.from(this.#reader.isTorn ? `\n${text}` : text));
      } finally {
        closeSync(fd);
      }
      return true;
    } catch {
      return false;
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
