/**
 * A command's side of the watchdog: is it there, start it, and wait until it says that it guards what the journal says.
 * The lock that it holds for life says whether it lives; a pid or a file could not.
 */
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isLockHeld } from '../../journal/index.ts';
import { needsWatchdog } from '../../run/needs-watchdog.ts';
import { liveFaults, type Run } from '../../run/run.ts';
import { liveSchedules } from '../../run/schedules.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Place } from '../locate.ts';
import { readStatus, type WatchdogFiles, type WatchdogStatus, watchdogFiles } from './files.ts';
import { launchDetached } from './launch.ts';
import type { WatchdogOrder } from './order.ts';
import { lookAtWatchdog, stoppedWords } from './state.ts';

const READY_MS = 10_000;
const LOOK_EVERY_MS = 5;
/** One that dies at once is launched again; so often. */
const LAUNCHES = 3;
/** Longer than one with nothing to do stays. */
const LEAVES_MS = 10_000;
const LEAVES_EVERY_MS = 50;

/** Has a watchdog begin. That it lives is seen by its lock; resolves when it has ended, and never rejects. */
export type Launch = (order: WatchdogOrder, files: WatchdogFiles) => Promise<void>;

export class WatchdogClient {
  readonly #order: WatchdogOrder;
  readonly #files: WatchdogFiles;
  readonly #launch: Launch;

  /** `launch`: without it, in a process of its own. */
  constructor(
    place: Place,
    run: Run,
    journalPath: string,
    options: { version: string; allowRemote: boolean; launch?: Launch | undefined },
  ) {
    this.#launch = options.launch ?? launchDetached;
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

  get files(): WatchdogFiles {
    return this.#files;
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

  /**
   * Has the watchdog begin in this process (so must `launch` do), as the only one. Another one that has nothing to do is waited for, since it ends by
   * itself. Throws Refusal `watchdog_runs` for one that has, naming it.
   */
  async begin(run: Run): Promise<void> {
    const end = performance.now() + LEAVES_MS;
    while (this.isAlive()) {
      const { state, status } = this.#look();
      if (needsWatchdog(run) || state === 'stopped' || performance.now() > end)
        throw watchdogRuns(run, status);
      await delay(LEAVES_EVERY_MS);
    }
    await this.arm(run.seq);
    const { status } = this.#look();
    if (status?.pid !== process.pid) throw watchdogRuns(run, status);
  }

  /** What is to be said of one that somebody stopped, or that is gone; null of one that works. */
  whyNot(): string | null {
    const { state, status } = this.#look();
    if (state === 'running') return null;
    return state === 'stopped' && status
      ? stoppedWords(status.pid)
      : 'The watchdog of this run is gone; the next command starts it again.';
  }

  /** Returns when everything up to `seq` is guarded. Throws Refusal `watchdog_silent`. */
  async arm(seq: number): Promise<void> {
    const end = performance.now() + READY_MS;
    let launches = 0;
    let isUnderWay = false;
    for (;;) {
      // Looked at before the lock: one that ends in between is then seen as gone in the next round, and not taken for another.
      const isNeeded = !isUnderWay;
      const status = readStatus(this.#files);
      const alive = this.isAlive();
      if (alive && status !== null && status.seq >= seq) return;
      if (performance.now() > end || (!alive && isNeeded && launches === LAUNCHES))
        throw this.#silent();
      if (!alive && isNeeded) {
        launches++;
        isUnderWay = true;
        void this.#launch(this.#order, this.#files).then(() => {
          isUnderWay = false;
        });
      }
      await delay(LOOK_EVERY_MS);
    }
  }

  /** As `arm`, for what need not be guarded: one that has gone, or that nothing wakes, is no hindrance. */
  async tell(seq: number): Promise<void> {
    const end = performance.now() + READY_MS;
    while (
      performance.now() < end &&
      this.#look().state === 'running' &&
      (readStatus(this.#files)?.seq ?? 0) < seq
    )
      await delay(LOOK_EVERY_MS);
  }

  #look() {
    return lookAtWatchdog(dirname(this.#files.lock));
  }

  #silent(): Refusal {
    const { state, status } = this.#look();
    const next = 'then try again; `story doctor` says more.';
    if (state === 'stopped' && status) {
      return new Refusal(
        'watchdog_silent',
        `The watchdog (pid ${status.pid}) is stopped and does not answer.`,
        `Type \`kill -CONT ${status.pid}\`, ${next}`,
      );
    }
    const how =
      state === 'gone'
        ? 'ended as soon as it had begun'
        : `did not answer within ${READY_MS / 1000} s`;
    return new Refusal(
      'watchdog_silent',
      `The watchdog ${how}.`,
      `Look at ${this.#files.log}, ${next}`,
    );
  }
}

function watchdogRuns(run: Run, status: WatchdogStatus | null): Refusal {
  const who = status ? `pid ${status.pid}, since ${status.since}` : 'which has only begun';
  const guarded = liveFaults(run).filter((fault) => fault.deadline !== null);
  const repeated = liveSchedules(run).map(({ id }) => id);
  const does = [
    ...(run.workload ? ['measures the workload'] : []),
    ...(repeated.length > 0 ? [`takes the turns of ${repeated.join(', ')}`] : []),
    ...(guarded.length > 0 ? [`guards ${guarded.map(({ id }) => id).join(', ')}`] : []),
  ];
  const message = `A watchdog of this run is at work in the background (${who})${does.length > 0 ? ` and ${does.join(' and ')}` : ''}; two never run.`;
  const ends = [
    ...(run.workload ? ['`workload stop`'] : []),
    ...(guarded.length + repeated.length > 0 ? ['`fault recover`'] : []),
  ];
  return new Refusal(
    'watchdog_runs',
    message,
    `${ends.length > 0 ? `End that with ${ends.join(' and ')}` : 'Wait until it has ended'}, then try again.`,
  );
}
