/**
 * The one writer of a run: checks an event, folds it, writes it down, and only then says that it happened.
 * Whoever makes one holds the lock; it is freed by `release`.
 */
import { dirname, join } from 'node:path';
import { type Event, type EventBody, JOURNAL_VERSION, parseEvent } from '../run/events.ts';
import { fold } from '../run/fold.ts';
import type { Run } from '../run/run.ts';
import { discard, discardDrafts, makeFolder, syncFolder } from './disk.ts';
import { writeHolder } from './holder.ts';
import type { Journal } from './journal.ts';
import { JournalFile } from './journal-file.ts';
import { MAX_LINE_BYTES } from './lines.ts';
import type { Lock } from './lock.ts';
import { loadRun, lossWarnings } from './read-run.ts';
import { isDiskFull, unwritable } from './refusals.ts';
import { fillReserve, giveReserve } from './reserve.ts';
import { sealed } from './seal.ts';
import { writeSnapshot } from './snapshot.ts';
import {
  holderPath,
  journalPath,
  nextRunId,
  readCurrent,
  runFolder,
  writeCurrent,
} from './state-folder.ts';

/** So many events a command may have to read, also when every command is killed before it can write its snapshot. */
const SNAPSHOT_EVERY = 100;

/** What has happened already, or mends something: it must be written down on a full disk as well. */
const USES_RESERVE: ReadonlySet<Event['type']> = new Set([
  'fault.injected',
  'fault.recovering',
  'fault.unverified',
  'fault.recovered',
  'stack.stopping',
  'stack.stopped',
]);

/** Epoch milliseconds. */
type Clock = () => number;

export class Writer implements Journal {
  readonly warnings: readonly string[];
  readonly #stateDir: string;
  readonly #lock: Lock;
  readonly #now: Clock;
  #file: JournalFile | null = null;
  #run: Run | null = null;
  /** Events that no snapshot covers. */
  #uncovered = 0;
  #released = false;

  /** Opens the current run, if there is one. Throws as `readRun` does, or Refusal `state_unwritable`; the lock stays the caller's then. */
  constructor(stateDir: string, lock: Lock, now: Clock) {
    this.#stateDir = stateDir;
    this.#lock = lock;
    this.#now = now;
    const { id, warnings } = readCurrent(stateDir);
    if (id !== null) this.#open(journalPath(stateDir, id), warnings);
    for (const folder of [stateDir, ...(id === null ? [] : [runFolder(stateDir, id)])])
      discardDrafts(folder);
    this.warnings = warnings;
  }

  get run(): Run | null {
    return this.#run;
  }

  get path(): string | null {
    return this.#file?.path ?? null;
  }

  append(body: EventBody): Event {
    const file = this.#opened();
    const { event, run, line } = this.#prepare(this.#run, body);
    try {
      if (event.type === 'fault.injecting') fillReserve(reservePath(file.path));
      write(file, line, event.type);
    } catch (error) {
      throw unwritable(file.path, error);
    }
    this.#run = run;
    if (++this.#uncovered >= SNAPSHOT_EVERY) this.#cover();
    return event;
  }

  begin(body: Omit<Extract<EventBody, { type: 'run.started' }>, 'run' | 'type'>): Event {
    if (this.#released) throw new Error('the journal was released');
    const id = nextRunId(this.#stateDir);
    const folder = runFolder(this.#stateDir, id);
    const { event, run, line } = this.#prepare(null, { type: 'run.started', run: id, ...body });
    let file: JournalFile | null = null;
    try {
      makeFolder(dirname(folder));
      makeFolder(folder);
      file = JournalFile.create(journalPath(this.#stateDir, id));
      file.append(line);
      fillReserve(reservePath(file.path));
      for (const path of [dirname(folder), this.#stateDir]) syncFolder(path);
      writeCurrent(this.#stateDir, id);
    } catch (error) {
      file?.close();
      discard(folder);
      throw unwritable(journalPath(this.#stateDir, id), error);
    }
    this.#close();
    [this.#file, this.#run, this.#uncovered] = [file, run, 1];
    return event;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#close();
    writeHolder(holderPath(this.#stateDir), null);
    this.#lock.release();
  }

  /** A journal without one whole line tells of no run; it is left as it is, and the next run gets a folder of its own. */
  #open(path: string, warnings: string[]): void {
    const loaded = loadRun(path);
    const { run, offset, events, torn } = loaded;
    warnings.push(...lossWarnings(path, loaded));
    if (!run) return;
    try {
      this.#file = JournalFile.open(path, offset, torn);
    } catch (error) {
      throw unwritable(path, error);
    }
    [this.#run, this.#uncovered] = [run, events];
  }

  #opened(): JournalFile {
    if (this.#released) throw new Error('the journal was released');
    if (!this.#file) throw new Error('no run has begun');
    return this.#file;
  }

  /** By way of JSON and the reader's own check: what cannot be read back is never written, and what has no place in an event is left out. */
  #prepare(before: Run | null, body: EventBody): { event: Event; run: Run; line: Buffer } {
    const value = {
      v: JOURNAL_VERSION,
      seq: (before?.seq ?? 0) + 1,
      at: new Date(this.#now()).toISOString(),
      ...body,
    };
    const result = parseEvent(JSON.parse(JSON.stringify(value)));
    if ('problem' in result) throw new TypeError(`${body.type} is no event: ${result.problem}`);
    const line = Buffer.from(`${sealed(JSON.stringify(result.event))}\n`);
    if (line.length > MAX_LINE_BYTES)
      throw new RangeError(`${body.type} is ${line.length} bytes long`);
    return { event: result.event, run: fold(before, result.event), line };
  }

  #cover(): void {
    if (!this.#file || !this.#run || this.#uncovered === 0) return;
    writeSnapshot(this.#file.path, this.#file.fd, this.#run, this.#file.length);
    this.#uncovered = 0;
  }

  #close(): void {
    const file = this.#file;
    if (!file) return;
    this.#cover();
    try {
      fillReserve(reservePath(file.path));
    } catch {
      // Still no room; the next fault is refused until there is.
    }
    file.close();
    this.#file = null;
  }
}

function reservePath(path: string): string {
  return join(dirname(path), 'reserve');
}

function write(file: JournalFile, line: Buffer, type: Event['type']): void {
  for (;;) {
    try {
      file.append(line);
      return;
    } catch (error) {
      if (!isDiskFull(error) || !USES_RESERVE.has(type) || !giveReserve(reservePath(file.path)))
        throw error;
    }
  }
}
