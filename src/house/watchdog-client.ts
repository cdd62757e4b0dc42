/**
 * A command's side of the watchdog: is it there, start it, and wait for its word that it guards what the journal says.
 * The lock that it holds for life says whether it lives; a pid or a file could not.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isLockHeld } from '../journal/index.ts';
import { stillToAbort } from '../story/aborts.ts';
import { Refusal } from '../story/outcomes.ts';
import { isProbed, liveFaults, type Run } from '../story/run.ts';
import type { Place } from './locate.ts';
import { readWord, type WatchdogFiles, watchdogFiles } from './watchdog-files.ts';

const READY_MS = 10_000;
const LOOK_EVERY_MS = 5;

/** What a watchdog is told at its start: which run to watch, and how to find its story and stack again. */
export interface WatchdogOrder {
  version: string;
  stateDir: string;
  run: string;
  cwd: string;
  story: string | null;
  engine: 'compose' | 'process';
  project: string | null;
  files: string[];
  allowRemote: boolean;
  workloadModule: string | null;
}

export class WatchdogClient {
  readonly #order: WatchdogOrder;
  readonly #files: WatchdogFiles;

  constructor(place: Place, run: Run, journalPath: string, options: { version: string; allowRemote: boolean }) {
    this.#files = watchdogFiles(dirname(journalPath));
    this.#order = {
      version: options.version,
      stateDir: place.stateDir,
      run: run.id,
      cwd: place.folder,
      story: place.storyPath,
      engine: place.story.engine,
      project: run.engine.project,
      files: place.story.compose.files,
      allowRemote: options.allowRemote,
      workloadModule: place.workloadModule,
    };
  }

  get samplesPath(): string {
    return this.#files.samples;
  }

  get probesPath(): string {
    return this.#files.probes;
  }

  get logPath(): string {
    return this.#files.log;
  }

  isAlive(): boolean {
    return isLockHeld(this.#files.lock);
  }

  /** Starts it again where a run needs one that is gone. True if it did. */
  async revive(run: Run): Promise<boolean> {
    if (!needsWatchdog(run) || this.isAlive()) return false;
    await this.arm(run.seq);
    return true;
  }

  /** Returns when everything up to `seq` is guarded. Throws Refusal `watchdog_silent`. */
  async arm(seq: number): Promise<void> {
    const end = performance.now() + READY_MS;
    let started = false;
    for (;;) {
      const word = readWord(this.#files);
      const alive = this.isAlive();
      if (alive && word !== null && word.seq >= seq) return;
      if (performance.now() > end) throw this.#silent();
      if (!alive && !started) {
        this.#start();
        started = true;
      }
      await delay(LOOK_EVERY_MS);
    }
  }

  #start(): void {
    const log = openSync(this.#files.log, 'a', 0o600);
    try {
      const child = spawn(process.execPath, [entry(), JSON.stringify(this.#order)], {
        cwd: this.#order.cwd,
        detached: true,
        stdio: ['ignore', log, log],
      });
      child.on('error', () => {}); // Said by the time-out, with the log's path.
      child.unref();
    } finally {
      closeSync(log);
    }
  }

  #silent(): Refusal {
    return new Refusal('watchdog_silent', `The watchdog did not answer within ${READY_MS / 1000} s.`, `Look at ${this.#files.log}, and try again.`);
  }
}

export function isWatchdogAlive(runDir: string): boolean {
  return isLockHeld(watchdogFiles(runDir).lock);
}

export function needsWatchdog(run: Run): boolean {
  const guarded = liveFaults(run).some((fault) => fault.deadline !== null) || stillToAbort(run).length > 0;
  return run.finished_at === null && (guarded || isProbed(run) || (run.workload !== null && !run.workload.simulated));
}

/** In the source tree a neighbour; once bundled, this code stands in a chunk beside the entry. */
function entry(): string {
  return import.meta.filename.endsWith('.ts')
    ? new URL('../watchdog-main.ts', import.meta.url).pathname
    : new URL('./watchdog-main.js', import.meta.url).pathname;
}
