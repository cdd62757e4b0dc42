/**
 * Results of the watchdog's probes on disk, as lines of JSON: one line for each change of a state, and a last line that is
 * overwritten every second, to say that probes are still run. One writer appends, anybody reads. Not fsynced; what cannot
 * be written or read is a gap. Over its limit the older half is dropped; the last state of each probe is kept in front.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import * as v from 'valibot';
import { type ProbeNote, SILENT_MS } from '../../impact/probe-impact.ts';
import { replaceFile } from '../../system/files.ts';
import { wholeLines, writeAt } from './line-file.ts';

/** In the run's folder. */
export const PROBES_FILE = 'probes.ndjson';

const VERSION = 1;
/** The first line. */
const HEADER = `${JSON.stringify({
  v: VERSION,
  probes: {
    at: 'when the probe ended, or the note was written; epoch ms',
    probe: 'name of the probe whose state changed',
    state: 'met, not_met or unknown (the probe could not be run)',
    text: 'what it found',
    note: 'begin and end of probing; alive: no state has changed since `since`',
  },
})}\n`;

const LIMIT_BYTES = 512 * 1024;
const LONGEST_TEXT = 300;

const Note = v.union([
  v.object({
    at: v.number(),
    probe: v.string(),
    state: v.picklist(['met', 'not_met', 'unknown']),
    text: v.string(),
  }),
  v.object({ at: v.number(), note: v.literal('alive'), since: v.number() }),
  v.object({ at: v.number(), note: v.picklist(['begin', 'end']) }),
]);

export class ProbeFile {
  readonly #path: string;
  readonly #limitBytes: number;
  #fd: number;
  /** Up to here the file is whole lines. */
  #size: number;
  /** The line at the end, where it says that somebody still looks. */
  #beat: { at: number; since: number; bytes: number } | null = null;

  private constructor(path: string, fd: number, size: number, limitBytes: number) {
    this.#path = path;
    this.#fd = fd;
    this.#size = size;
    this.#limitBytes = limitBytes;
  }

  /** Makes the file where there is none, and cuts off what a dead writer left half written. Throws the system's error. */
  static open(path: string, limitBytes = LIMIT_BYTES): ProbeFile {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const size = wholeLines(fd);
    if (size < fstatSync(fd).size) ftruncateSync(fd, size);
    return new ProbeFile(path, fd, size, limitBytes);
  }

  /** False where it could not be written (a full disk): the file is as it was. */
  append(note: ProbeNote): boolean {
    return this.#write(render(note), this.#size);
  }

  /** Says at this moment (epoch milliseconds) that somebody looks; after a long silence, only from then on again. */
  beat(at: number): boolean {
    const before = this.#beat;
    const goesOn = before !== null && at >= before.at && at - before.at <= SILENT_MS;
    const since = goesOn ? before.since : at;
    const line = render({ at, note: 'alive', since });
    const isSame = goesOn && before.bytes === line.length;
    if (!this.#write(line, isSame ? this.#size - before.bytes : this.#size)) return false;
    this.#beat = { at, since, bytes: line.length };
    return true;
  }

  #write(line: string, offset: number): boolean {
    const bytes = Buffer.from(line);
    try {
      if (offset + bytes.length > this.#limitBytes) {
        this.#shorten();
        offset = this.#size;
      }
    } catch {
      return false;
    }
    if (offset === 0) {
      if (!writeAt(this.#fd, Buffer.from(HEADER), 0)) return false;
      offset = HEADER.length;
    }
    this.#beat = null;
    const isWritten = writeAt(this.#fd, bytes, offset);
    this.#size = isWritten ? offset + bytes.length : offset;
    return isWritten;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #shorten(): void {
    const notes = shortened(parse(readFileSync(this.#path, 'utf8')));
    const text = HEADER + [...notes].map(render).join('');
    replaceFile(this.#path, text);
    closeSync(this.#fd);
    this.#fd = openSync(this.#path, constants.O_RDWR, 0o600);
    this.#size = Buffer.byteLength(text);
  }
}

/** The newer half; what the older one said last of each probe is said at the moment of the cut. */
function* shortened(notes: readonly ProbeNote[]): Generator<ProbeNote> {
  const half = Math.ceil(notes.length / 2);
  const at = notes[half]?.at ?? 0;
  const stood = new Map<string, ProbeNote>();
  for (const note of notes.slice(0, half)) {
    if ('probe' in note) stood.set(note.probe, note);
    else if (note.note !== 'alive') stood.clear(); // From here on nobody knows, until it is looked at again.
  }
  for (const note of stood.values()) yield { ...note, at };
  yield* notes.slice(half);
}

/** Reads again only what has changed. */
export class ProbeReader {
  readonly #path: string;
  #seen = '';
  #notes: ProbeNote[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** Never throws for a file that is missing, torn or damaged. */
  read(): readonly ProbeNote[] {
    try {
      const { size, mtimeMs, ino } = statSync(this.#path);
      const seen = `${ino} ${size} ${mtimeMs}`;
      if (seen !== this.#seen) this.#notes = parse(readFileSync(this.#path, 'utf8'));
      this.#seen = seen;
    } catch {
      [this.#seen, this.#notes] = ['', []];
    }
    return this.#notes;
  }
}

function render(note: ProbeNote): string {
  return `${JSON.stringify('probe' in note ? { ...note, text: note.text.slice(0, LONGEST_TEXT) } : note)}\n`;
}

/** Whole lines alone; a damaged one is left out. */
function parse(text: string): ProbeNote[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line) => {
      try {
        const result = v.safeParse(Note, JSON.parse(line));
        return result.success ? [result.output] : [];
      } catch {
        return [];
      }
    });
}
