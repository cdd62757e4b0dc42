/** What is read of one run's folder for the feed: each file incrementally, and none that has not changed. Writes nothing. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { baselineOf } from '../impact/baseline.ts';
import { givenBaseline } from '../impact/impact.ts';
import type { Window } from '../impact/windows.ts';
import { NotesReader, StateLogReader, StoryCopyReader } from '../journal/index.ts';
import { faultsOfAttempt } from '../run/attempts.ts';
import { COUNTDOWN_FILE, type Countdown, parseCountdown } from '../run/countdown.ts';
import {
  ENVIRONMENT_FILE,
  type LateEnvironment,
  LateEnvironmentSchema,
} from '../run/environment.ts';
import type { JudgedItem } from '../run/judged-item.ts';
import { type KnownLeaders, LEADERS_FILE, parseLeaders } from '../run/known-leaders.ts';
import { needsWatchdog } from '../run/needs-watchdog.ts';
import { type Readings, SHOWN_MS } from '../run/picture.ts';
import { isLive, isObserved, type Run } from '../run/run.ts';
import { undisturbed } from '../run/undisturbed.ts';
import type { Chapter } from '../story/story.ts';
import { ProbeReader } from '../workload/samples/probe-file.ts';
import { readWindows, WindowReader } from '../workload/samples/sample-file.ts';
import { Observer } from './observations.ts';
import { watchdogFiles } from './watchdog/files.ts';
import { lookAtWatchdog } from './watchdog/state.ts';

/** So often it is asked whether a lock is still held: no file tells that its holder died. */
const LOCK_MS = 500;
/** A baseline that still changes is made anew so often. */
const BASELINE_MS = 5000;
/** What is expected is held against the figures so often. */
const EXPECTED_MS = 1000;
const NOTHING_EXPECTED: Readings['expected'] = new Map();
/** The last windows before a fault may still be on their way to the file. */
const SETTLED_MS = 2000;

export class RunReaders {
  readonly #samples: string;
  readonly #states: StateLogReader;
  readonly #story: StoryCopyReader;
  readonly #notes: NotesReader;
  readonly #probes: ProbeReader;
  readonly #baseline: BaselineReader;
  readonly #late: RecordReader<LateEnvironment>;
  readonly #countdown: RecordReader<Countdown>;
  readonly #leaders: RecordReader<KnownLeaders>;
  readonly #alerts: ProbeReader;
  readonly #observer: Observer;
  #expected: { value: Readings['expected']; atMs: number; seq: number } | null = null;
  readonly watchdog: Rarely<Readings['watchdog']>;
  #windows: { sinceMs: number; reader: WindowReader } | null = null;
  #run: Run | null = null;

  constructor(runDir: string) {
    const { samples, probes, alerts } = watchdogFiles(runDir);
    this.#late = new RecordReader(join(runDir, ENVIRONMENT_FILE), readLateFile);
    this.#countdown = new RecordReader(join(runDir, COUNTDOWN_FILE), parsed(parseCountdown));
    this.#leaders = new RecordReader(join(runDir, LEADERS_FILE), parsed(parseLeaders));
    this.#samples = samples;
    this.#alerts = new ProbeReader(alerts);
    this.#observer = new Observer(runDir);
    this.#states = new StateLogReader(runDir);
    this.#story = new StoryCopyReader(runDir);
    this.#notes = new NotesReader(runDir);
    this.#probes = new ProbeReader(probes);
    this.#baseline = new BaselineReader(samples);
    this.watchdog = new Rarely(() => {
      if (!this.#run || !needsWatchdog(this.#run)) return null;
      const { state, status } = lookAtWatchdog(runDir);
      return { state, pid: status?.pid ?? null };
    });
  }

  read(
    run: Run | null,
    nowMs: number,
  ): Omit<Readings, 'nowMs' | 'run' | 'events' | 'holder' | 'progress' | 'halt'> {
    const story = this.#story.read();
    if (run?.seq !== this.#run?.seq) this.watchdog.forget();
    this.#run = run;
    const isMeasured = Boolean(run?.workload && !run.workload.simulated);
    return {
      story,
      states: this.#states.read(),
      notes: this.#notes.read().notes,
      windows: isMeasured ? this.#readWindows(nowMs) : [],
      baseline: run && isMeasured ? this.#baseline.read(run, nowMs) : null,
      probes: run && run.watched.length > 0 ? this.#probes.read() : [],
      alerts: run ? this.#alerts.read() : [],
      expected: this.#readExpected(run, story?.story.chapters ?? [], nowMs),
      late: this.#late.read(),
      countdown: this.#countdown.read(),
      leaders: this.#leaders.read(),
      watchdog: this.watchdog.read(),
    };
  }

  /** Of chapters with a live fault; the same object as before where it was made a moment ago. */
  #readExpected(
    run: Run | null,
    chapters: readonly Chapter[],
    nowMs: number,
  ): Readings['expected'] {
    if (!run || !isObserved(run)) return NOTHING_EXPECTED;
    const known = this.#expected;
    if (known && known.seq === run.seq && Math.abs(nowMs - known.atMs) < EXPECTED_MS)
      return known.value;
    const value = new Map<string, readonly JudgedItem[]>();
    for (const { id, hypothesis } of chapters) {
      const faults = faultsOfAttempt(run, id);
      if (hypothesis.length > 0 && faults.some(isLive))
        value.set(id, this.#observer.judge(hypothesis, faults, run.faults));
    }
    this.#expected = { value, atMs: nowMs, seq: run.seq };
    return value;
  }

  #readWindows(nowMs: number): readonly Window[] {
    // Not without end: a reader keeps all that it has read.
    if (!this.#windows || Math.abs(nowMs - this.#windows.sinceMs) > 2 * SHOWN_MS) {
      const sinceMs = nowMs - SHOWN_MS;
      this.#windows = { sinceMs, reader: new WindowReader(this.#samples, sinceMs) };
    }
    return this.#windows.reader.read();
  }
}

/** Null where there is none that can be read. Never throws. */
export function readLateFile(path: string): LateEnvironment | null {
  try {
    const result = v.safeParse(LateEnvironmentSchema, JSON.parse(readFileSync(path, 'utf8')));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** Null where there is none that can be read. Never throws. */
function parsed<T>(parse: (text: string) => T | null): (path: string) => T | null {
  return (path) => {
    try {
      return parse(readFileSync(path, 'utf8'));
    } catch {
      return null;
    }
  };
}

/** A small file that is replaced as a whole; read again only when it has changed. */
class RecordReader<T> {
  readonly #path: string;
  readonly #readNow: (path: string) => T | null;
  #known: { seen: string; value: T | null } = { seen: '', value: null };

  /** `readNow` never throws. */
  constructor(path: string, readNow: (path: string) => T | null) {
    this.#path = path;
    this.#readNow = readNow;
  }

  /** Null where there is none, or none that can be read. */
  read(): T | null {
    const found = statSync(this.#path, { throwIfNoEntry: false });
    const seen = found ? `${found.ino} ${found.size} ${found.mtimeMs}` : '';
    if (seen !== this.#known.seen)
      this.#known = { seen, value: found ? this.#readNow(this.#path) : null };
    return this.#known.value;
  }
}

/** An answer that is good for a moment. */
export class Rarely<T> {
  readonly #ask: () => T;
  #answer: { value: T; at: number } | null = null;

  constructor(ask: () => T) {
    this.#ask = ask;
  }

  forget(): void {
    this.#answer = null;
  }

  read(): T {
    const at = performance.now();
    if (!this.#answer || at - this.#answer.at >= LOCK_MS) this.#answer = { value: this.#ask(), at };
    return this.#answer.value;
  }
}

/** What the load was like before the first fault of its time. */
class BaselineReader {
  readonly #samples: string;
  #known: { key: string; rate: number | null; atMs: number; isFinal: boolean } | null = null;

  constructor(samples: string) {
    this.#samples = samples;
  }

  /** Operations a second. */
  read(run: Run, nowMs: number): number | null {
    const around = undisturbed(run, nowMs);
    if (!run.workload || !around) return null;
    const { fromMs, disturbedMs } = around;
    const key = `${run.workload.started_at} ${disturbedMs}`;
    const known = this.#known?.key === key ? this.#known : null;
    if (known && (known.isFinal || Math.abs(nowMs - known.atMs) < BASELINE_MS)) return known.rate;
    const windows = readWindows(this.#samples, fromMs).filter(
      ({ at }) => at < (disturbedMs ?? nowMs),
    );
    const rate = baselineOf(windows, givenBaseline(run.workload))?.rate ?? null;
    const isFinal = disturbedMs !== null && nowMs - disturbedMs > SETTLED_MS;
    this.#known = { key, rate, atMs: nowMs, isFinal };
    return rate;
  }
}
