/**
 * Following a run from another process, without the lock: what has been added since the last look, event by event, over the end
 * of one run and the beginning of the next. Begins at the snapshot, so that a long journal costs no more than a short one.
 * Writes nothing.
 */
import { closeSync, existsSync, readSync, statSync } from 'node:fs';
import { type Event, parseEvent } from '../run/events.ts';
import { fold } from '../run/fold.ts';
import type { Run } from '../run/run.ts';
import { type Mark, openToRead, replay } from './replay.ts';
import { readSnapshot } from './snapshot.ts';
import { journalPath, readCurrent } from './state-folder.ts';

/** So much of the end is read for the events from before the snapshot. */
const TAIL_BYTES = 256 * 1024;
/** In place of the file's number: it is not open yet, and the snapshot is not to be used. */
const FROM_FIRST_LINE = -1;
/** Between two looks. */
const MOST_RUNS = 100;
const START: Mark = { run: null, offset: 0 };

export interface Followed {
  run: Run | null;
  /** Of the run's journal, absolute; null where no run has begun. */
  path: string | null;
  /** All of this one run that came since the last look, in their order; at the first look, the newest ones. */
  events: Event[];
  /** There is more to be read at once: of this run, or of the one that took its place. */
  more: boolean;
}

export class RunFollower {
  readonly #stateDir: string;
  #id: string | null = null;
  #file = 0;
  /** Up to here the journal has been read. */
  #mark = START;
  /** As it stands after the last event that was handed on. */
  #run: Run | null = null;
  /** Read, and not handed on yet. */
  #pending: Event[] = [];

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
  }

  /** `limit`: no more events at once, and of those from before the first look. Throws as `readRun` does. */
  read(limit: number): Followed {
    // In this order: once another run is the current one, nothing is added to the one before it.
    const { id: current } = readCurrent(this.#stateDir);
    if (current === null) {
      this.#turnTo(null);
      // Of what begins from here on nothing is left out.
      this.#file = FROM_FIRST_LINE;
      return { run: null, path: null, events: [], more: false };
    }
    this.#id ??= this.#file === FROM_FIRST_LINE ? this.#next('r0', current) : current;
    const id = this.#id;
    const path = journalPath(this.#stateDir, id);
    if (!existsSync(path)) {
      this.#turnTo(current);
      return { run: null, path: null, events: [], more: current !== id };
    }
    const before = this.#readOn(path, limit);
    const events = [...before, ...this.#handOn(limit)];
    const followed = { run: this.#run, path, events };
    if (this.#pending.length > 0) return { ...followed, more: true };
    if (current === id) return { ...followed, more: false };
    this.#turnTo(this.#next(id, current));
    this.#file = FROM_FIRST_LINE;
    return { ...followed, more: true };
  }

  #turnTo(id: string | null): void {
    [this.#id, this.#file, this.#mark, this.#run, this.#pending] = [id, 0, START, null, []];
  }

  #handOn(limit: number): Event[] {
    const events = this.#pending.splice(0, limit);
    for (const event of events) this.#run = fold(this.#run, event);
    return events;
  }

  /** The answer: the newest events from before the first look. */
  #readOn(path: string, limit: number): Event[] {
    const { ino, size } = statSync(path);
    const isFirst = this.#file === 0;
    if (this.#file > 0 && this.#file !== ino) this.#turnTo(this.#id);
    if (size < this.#mark.offset) this.#turnTo(this.#id);
    this.#file = ino;
    if (size === this.#mark.offset) return [];
    const fd = openToRead(path);
    try {
      let before: Event[] = [];
      const mark = isFirst ? readSnapshot(path, fd).mark : null;
      if (mark) {
        [this.#mark, this.#run] = [mark, mark.run];
        before = newestEvents(fd, mark.offset, limit);
      }
      const steps = replay(fd, path, this.#mark);
      for (let step = steps.next(); ; step = steps.next()) {
        if (step.done) {
          this.#mark = { run: step.value.run, offset: step.value.offset };
          return before;
        }
        this.#pending.push(step.value);
      }
    } finally {
      closeSync(fd);
    }
  }

  /** The run that followed; several may have begun and ended between two looks, but not so many that it must be another folder. */
  #next(id: string, current: string): string {
    const numberOf = (each: string) => Number(each.slice(1));
    if (numberOf(current) - numberOf(id) > MOST_RUNS) return current;
    for (let next = numberOf(id) + 1; next < numberOf(current); next++)
      if (existsSync(journalPath(this.#stateDir, `r${next}`))) return `r${next}`;
    return current;
  }
}

/** Of the part of the journal that a snapshot covers, which was checked when the snapshot was made. */
function newestEvents(fd: number, end: number, limit: number): Event[] {
  const bytes = Buffer.alloc(Math.min(end, TAIL_BYTES));
  readSync(fd, bytes, 0, bytes.length, end - bytes.length);
  const lines = bytes.toString('utf8').split('\n');
  // The first one may be no whole line.
  const whole = (bytes.length < end ? lines.slice(1) : lines).filter((line) => line !== '');
  return whole.slice(-limit).flatMap((line) => {
    try {
      const result = parseEvent(JSON.parse(line));
      return 'event' in result ? [result.event] : [];
    } catch {
      return [];
    }
  });
}
