/**
 * `--events FILE`: what happens as NDJSON, a line each, while it happens. Every line is in the file when `tell` returns. A pipe
 * whose reader is slow gets its lines later; one that is full to the end, or a full disk, costs lines and nothing else, and is said.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { eventLine, type Outgoing } from '../../run/outgoing.ts';
import type { Run } from '../../run/run.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { safeJson } from '../../view/printable.ts';
import { ON_STDOUT, type Outlet } from './outlet.ts';

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;

/** As long as a pipe may stay full at the end. */
const DRAIN_MS = 2000;
const DRAIN_EVERY_MS = 20;
/** More than that waits for no reader of a pipe; bytes. */
const MOST_WAITING = 16 * 1024 * 1024;

export class EventsFile implements Outlet {
  readonly #path: string;
  readonly #warn: (text: string) => void;
  readonly #now: () => string;
  readonly #file: number;
  #waiting: Buffer = Buffer.alloc(0);
  #run: string | null = null;
  #isBroken = false;

  /** Appends; a file that is made is for the user alone. Throws Refusal `usage` for one that cannot be written. */
  constructor(path: string, warn: (text: string) => void, now = () => new Date().toISOString()) {
    this.#path = path;
    this.#warn = warn;
    this.#now = now;
    this.#file = path === ON_STDOUT ? 1 : open(path);
  }

  tell(outgoing: Outgoing, run: Run | null): void {
    this.#run = run?.id ?? this.#run;
    const line = `${safeJson(eventLine(outgoing, this.#now(), this.#run), 0)}\n`;
    if (this.#isBroken) return;
    this.#waiting = Buffer.concat([this.#waiting, Buffer.from(line)]);
    this.#write();
    if (this.#waiting.length > MOST_WAITING) this.#break('its reader is too slow');
  }

  async flush(signal: AbortSignal): Promise<void> {
    const end = performance.now() + DRAIN_MS;
    while (this.#waiting.length > 0 && performance.now() < end && !signal.aborted) {
      await delay(DRAIN_EVERY_MS);
      this.#write();
    }
  }

  async close(): Promise<void> {
    await this.flush(new AbortController().signal);
    if (this.#waiting.length > 0) this.#break('its reader is too slow');
    if (this.#file !== 1) closeSync(this.#file);
  }

  #write(): void {
    try {
      while (this.#waiting.length > 0) {
        const written = writeSync(this.#file, this.#waiting);
        this.#waiting = this.#waiting.subarray(written);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') this.#break(code ?? (error as Error).message);
    }
  }

  #break(why: string): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#waiting = Buffer.alloc(0);
    this.#warn(`--events ${this.#path}: no more events are written: ${why}.`);
  }
}

function open(path: string): number {
  try {
    return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENXIO' ? 'nobody reads this pipe' : (code ?? message);
    throw new Refusal(
      'usage',
      `--events ${path}: it cannot be written: ${why}.`,
      'Name a file in a folder of yours, or `--events -` for stdout.',
    );
  }
}
