/** Runs the load of the run in the watchdog: sets it up, starts and stops it, and writes a window every 250 ms. */

import type { Window } from '../../impact/windows.ts';
import type { Run } from '../../run/run.ts';
import { runProgram } from '../../system/program.ts';
import { type Code, errorReport } from '../../terms/outcomes.ts';
import type { WatchdogPorts } from '../../watchdog/ports.ts';
import {
  createRecorder,
  cutWindows,
  type Load,
  openLoad,
  SampleFile,
  type TraceRequest,
} from '../../workload/index.ts';
import { steadyAfterMs } from '../../workload/pace/schedule.ts';
import type { Place } from '../locate.ts';
import { type OpenWays, type ReachedLoad, reachLoad } from '../reach.ts';
import type { WatchdogFiles } from './files.ts';
import { type LoadStatus, readLoadStatus, writeLoadStatus } from './load-status.ts';
import { ReadBackTask } from './read-back-task.ts';
import { ToldWindows } from './told-windows.ts';

type WatchdogLog = WatchdogPorts['log'];

const CLOCK = { now: () => Date.now(), elapsed: () => performance.now() };

/** Of a load in the foreground of a command. */
export interface LoadLimit {
  /** Milliseconds from the start of the load; null: none. */
  forMs: number | null;
  /** The time is over, and the last operation has ended. */
  onOver(): void;
}

export interface LoadDriverOptions {
  limit: LoadLimit | null;
  /** Is told each window. */
  observe(window: Window): void;
  traceRequest: TraceRequest | null;
  /** To what only the engine has a way to. */
  openWays: OpenWays;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class LoadDriver {
  readonly #place: Place;
  readonly #samples: string;
  readonly #log: WatchdogLog;
  readonly #readBack: ReadBackTask;
  readonly #observe: LoadDriverOptions['observe'];
  readonly #traceRequest: TraceRequest | null;
  readonly #openWays: OpenWays;
  /** Which workload of the run is under way, by its start. */
  #current: string | null = null;
  #change: Promise<void> = Promise.resolve();
  /** Ends a set-up that is not wanted any more. */
  #unwanted = new AbortController();
  /** `end`: issues no more, and writes the last window; once. */
  #running: { load: Load; end(): Promise<void> } | null = null;
  /** Of the first load alone. */
  #limit: LoadLimit | null;

  /** `signal`: the watchdog is told to end. */
  constructor(
    place: Place,
    files: WatchdogFiles,
    log: WatchdogLog,
    signal: AbortSignal,
    { limit, observe, traceRequest, openWays }: LoadDriverOptions,
  ) {
    this.#limit = limit;
    this.#observe = observe;
    this.#traceRequest = traceRequest;
    this.#openWays = openWays;
    this.#place = place;
    this.#samples = files.samples;
    this.#log = log;
    this.#readBack = new ReadBackTask(files, log, signal);
  }

  /** Brings the load to what the run wants, one change after the other. A simulated workload is a curve and no load. Never rejects. */
  set(workload: Run['workload']): Promise<void> {
    const wanted = workload === null || workload.simulated ? null : workload.started_at;
    if (wanted !== this.#current) {
      this.#current = wanted;
      this.#unwanted.abort(new Error('the set-up was given up, since the workload was stopped'));
      this.#unwanted = new AbortController();
      const { signal } = this.#unwanted;
      this.#change = this.#change
        .then(() => this.#bring(wanted, signal))
        .catch((error: Error) =>
          this.#log(`workload: ${error.message}`, signal.aborted ? undefined : 'problem'),
        );
    }
    return this.#change;
  }

  async #bring(wanted: string | null, signal: AbortSignal): Promise<void> {
    await this.#stop();
    if (wanted === null || wanted !== this.#current) return;
    try {
      await this.#start(wanted, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const { code, message, next } = errorReport(error) ?? {
        code: 'bug' as Code,
        message: (error as Error).message,
        next: 'workload start',
      };
      this.#publish({ of: wanted, state: 'failed', failure: { code, message, next } });
      throw error;
    }
  }

  /** `of`: which workload of the run, by its start. */
  async #start(of: string, signal: AbortSignal): Promise<void> {
    const spec = this.#place.story.workload;
    if (!spec || spec.kind === 'simulated')
      return this.#log('workload: the story has no load any more', 'problem');
    const before = readLoadStatus(this.#samples, of);
    const { folder, workloadModule: module } = this.#place;
    const { spec: reached, ways } = await reachLoad(spec, this.#openWays);
    const load = await openLoad(reached, {
      cwd: folder,
      module,
      traceRequest: this.#traceRequest,
      run: (command, limits) => runProgram(command, { ...limits, cwd: folder }),
    });
    try {
      // A watchdog that was killed had it running: its data is there, and faults may be live.
      if (before?.state !== 'running') await this.#prepare(load, of, signal);
      await this.#run(
        load,
        { spec, ways },
        of,
        before?.state === 'running' ? Math.max(0, CLOCK.now() - before.since) : 0,
      );
    } catch (error) {
      await load.stop();
      throw error;
    }
  }

  async #prepare(load: Load, of: string, signal: AbortSignal): Promise<void> {
    if (!load.prepare) return;
    await load.prepare((text) => {
      this.#log(`workload: ${text}`);
      this.#publish({ of, state: 'setting_up', text });
    }, signal);
  }

  async #run(load: Load, { spec, ways }: ReachedLoad, of: string, afterMs: number): Promise<void> {
    const recorder = createRecorder(CLOCK);
    const file = SampleFile.open(this.#samples);
    let lost = 0;
    const keep = (window: Window) => {
      this.#observe(window);
      if (!file.append(window) && lost++ === 0)
        this.#log('workload: a window could not be written; what is lost will be a gap', 'problem');
    };
    const told = new ToldWindows(ways, keep, (text) => this.#log(`workload: ${text}`, 'problem'));
    const write = (window: Window) => told.add(window);
    const cutting = cutWindows(recorder, CLOCK, write);
    let ended: Promise<void> | null = null;
    const end = async () => {
      await (load.drain?.() ?? load.stop());
      cutting.stop();
      const last = recorder.cut();
      if (last) write(last);
      told.end();
      file.close();
    };
    const running = { load, end: () => (ended ??= end()) };
    this.#running = running;
    if ('verify' in spec && spec.verify !== null) this.#readBack.begin(of);
    await load.start(recorder, afterMs);
    const since = CLOCK.now() - afterMs;
    this.#publish({ of, state: 'running', since, steady_at: since + steadyAfterMs(spec) });
    this.#log(`workload: ${spec.kind} started${afterMs > 0 ? ' again, where it stood' : ''}`);
    this.#limitTime(running, of);
  }

  /** The time counts from the start of the load, not from when its start has been recorded. */
  #limitTime(running: { end(): Promise<void> }, of: string): void {
    const limit = this.#limit;
    this.#limit = null;
    if (!limit || limit.forMs === null) return;
    const endLoad = async () => {
      await running.end();
      this.#publish({ of, state: 'over' });
      limit.onOver();
    };
    setTimeout(
      () => {
        if (this.#running === running) void endLoad();
      },
      Math.min(limit.forMs, LONGEST_TIMER_MS),
    ).unref();
  }

  /** What cannot be told is not: the load goes on. */
  #publish(status: LoadStatus): void {
    try {
      writeLoadStatus(this.#samples, status);
    } catch (error) {
      this.#log(`workload: ${(error as Error).message}`);
    }
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (!running) return;
    const { load } = running;
    // Reading back is not part of the load: the last window ends before it.
    await running.end();
    await this.#readBack.finish(load);
    await load.stop();
    this.#log('workload: stopped');
  }
}
