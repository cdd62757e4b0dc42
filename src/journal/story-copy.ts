/**
 * The story beside its run: `story.ndjson`, a line for each text of it that a command went on with, newest last. So a report and
 * a screen have it, whatever becomes of the story's file. It is the parsed story without what may sign somebody in
 * (`story/redact-story.ts`); the digest is that of the whole text. 0600, as all in the folder. Not fsynced: what is lost is not known.
 */
import { closeSync, fstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { redactStory } from '../story/redact-story.ts';
import type { Story } from '../story/story.ts';
import { openPrivate, writeAll } from './disk.ts';

/** To be raised with a change of `Story` that an older reader could not show. */
const VERSION = 3;

export interface StoryCopy {
  v: number;
  /** ISO: when a command first went on with this text. */
  at: string;
  /** Absolute; null for the default story. */
  path: string | null;
  digest: string;
  story: Story;
}

/** Appends it, without what may sign somebody in, unless it is the newest already. Never throws. */
export function keepStory(runDir: string, { story, ...about }: Omit<StoryCopy, 'v'>): void {
  try {
    if (new StoryCopyReader(runDir).read()?.digest === about.digest) return;
    const fd = openPrivate(pathIn(runDir), 'a');
    try {
      const line = `${JSON.stringify({ v: VERSION, ...about, story: redactStory(story) })}\n`;
      // What a dead writer left half written must not spoil this line; an empty one is nothing to `jq`.
      writeAll(fd, Buffer.from(fstatSync(fd).size === 0 ? line : `\n${line}`));
    } finally {
      closeSync(fd);
    }
  } catch {
    // See above.
  }
}

/** The newest one. Reads again only when the file has changed. */
export class StoryCopyReader {
  readonly #runDir: string;
  #seen = '';
  #copy: StoryCopy | null = null;

  constructor(runDir: string) {
    this.#runDir = runDir;
  }

  /** Null where there is none (a run of an older gameday), or none that can be read. Never throws. */
  read(): StoryCopy | null {
    try {
      const { ino, size, mtimeMs } = statSync(pathIn(this.#runDir));
      const seen = `${ino} ${size} ${mtimeMs}`;
      if (seen !== this.#seen) this.#copy = newestIn(readFileSync(pathIn(this.#runDir), 'utf8'));
      this.#seen = seen;
    } catch {
      [this.#seen, this.#copy] = ['', null];
    }
    return this.#copy;
  }
}

const pathIn = (runDir: string) => join(runDir, 'story.ndjson');

function newestIn(text: string): StoryCopy | null {
  for (const line of text.trimEnd().split('\n').reverse()) {
    const copy = parse(line);
    if (copy) return copy;
  }
  return null;
}

function parse(line: string): StoryCopy | null {
  try {
    const copy = JSON.parse(line) as StoryCopy;
    const isCopy =
      copy.v === VERSION && typeof copy.digest === 'string' && Array.isArray(copy.story.chapters);
    return isCopy ? copy : null;
  } catch {
    return null;
  }
}
