/**
 * From a journal's lines to its events and the run that they fold to. Every line is checked; the first one that is no
 * event, or cannot follow the ones before it, ends the reading with its number. Nothing is written here.
 */
import { isUtf8 } from 'node:buffer';
import { openSync } from 'node:fs';
import { type Event, JOURNAL_VERSION, parseEvent } from '../run/events.ts';
import { fold } from '../run/fold.ts';
import type { Run } from '../run/run.ts';
import { type Line, readLines } from './lines.ts';
import { damaged, newer, older, unreadable } from './refusals.ts';
import { isChanged } from './seal.ts';

/** A place in the journal between two lines, and the run as it stands there. Line number and `seq` are one. */
export interface Mark {
  run: Run | null;
  /** Bytes. */
  offset: number;
}

export interface Replayed extends Mark {
  /** How many events were read. */
  events: number;
  /** A last line without an end: its event was never acknowledged to anybody, so it did not happen. Null where there is none. */
  torn: Buffer | null;
}

/** The events after `from`, one by one; returns where they led. Throws Refusal `journal_damaged` or `journal_newer`. */
export function* replay(fd: number, path: string, from: Mark): Generator<Event, Replayed> {
  let { run, offset } = from;
  let events = 0;
  for (const line of readLines(fd, path, offset, run?.seq ?? 0)) {
    if (!line.whole) return { run, offset, events, torn: Buffer.from(line.bytes) };
    const text = textOf(line, path);
    const event = toEvent(text, line, path);
    run = follow(run, event, line, path);
    // Last, since whatever else is wrong with it says more.
    if (isChanged(text)) throw damaged(path, line.number, 'the line is not as it was written');
    offset = line.end;
    events++;
    yield event;
  }
  return { run, offset, events, torn: null };
}

export function openToRead(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

export function tornWarning(path: string, run: Run | null): string {
  return `${path}:${(run?.seq ?? 0) + 1}: the last line was cut off while it was written, and was dropped.`;
}

export function lostWarning(path: string, run: Run | null, missing: number): string {
  const [count, are] = missing === 1 ? ['1 event', 'is'] : [`${missing} events`, 'are'];
  return `${path}: ${count} after line ${run?.seq ?? 0} ${are} missing: they were written, and the file has been cut off since. What they told is not known here; compare the stack itself with what you expect.`;
}

function textOf({ bytes, number }: Line, path: string): string {
  if (!isUtf8(bytes)) throw damaged(path, number, 'the line is no UTF-8 text');
  return bytes.toString();
}

function toEvent(text: string, line: Line, path: string): Event {
  const fail = (problem: string) => damaged(path, line.number, problem);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail(`the line is no JSON: ${(error as Error).message}`);
  }
  // Before its shape is looked at: a newer one may well have another.
  const version = (value as { v?: unknown } | null)?.v;
  if (!Number.isSafeInteger(version) || (version as number) < 1)
    throw fail(`the line is no event: ${JSON.stringify(version) ?? 'nothing'} is no version`);
  if ((version as number) > JOURNAL_VERSION) throw newer(path, line.number, version as number);
  if ((version as number) < JOURNAL_VERSION)
    throw older(path, line.number, (value as { gameday?: unknown }).gameday);
  const result = parseEvent(value);
  if ('problem' in result) throw fail(`the line is no event: ${result.problem}`);
  if (!isTime(result.event.at)) throw fail('the line is no event: at: this is no time');
  return result.event;
}

/** As they are written: in UTC, with milliseconds. */
function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

function follow(run: Run | null, event: Event, line: Line, path: string): Run {
  if (event.seq !== line.number)
    throw damaged(path, line.number, `the line holds event ${event.seq}, not ${line.number}`);
  try {
    return fold(run, event);
  } catch (error) {
    if (error instanceof RangeError)
      throw damaged(
        path,
        line.number,
        `the event cannot follow the ones before it: ${error.message}`,
      );
    throw error;
  }
}
