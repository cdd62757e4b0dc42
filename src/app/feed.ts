/**
 * The feed: everything that can be seen of the run in a state folder, for any process, without the lock. It reads the run's files and
 * writes nothing; `run/picture.ts` puts together what was read. Where nobody else looks at the instances, a caller that has an
 * engine can have it looked at.
 */
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceRow } from '../fault/instance.ts';
import { type Followed, holderOf, RunFollower, readHalt } from '../journal/index.ts';
import {
  changesOf,
  foldStates,
  isFresh,
  type KnownStates,
  NOTHING_SEEN,
} from '../run/instance-states.ts';
import { type Picture, pictureOf, type Readings } from '../run/picture.ts';
import type { Progress } from '../run/progress.ts';
import { Rarely, RunReaders } from './feed-readers.ts';
import { Wake } from './feed-wake.ts';

/** Of the newest events, so many stand in a picture. */
const KEPT_EVENTS = 200;
/** Looks at least this often, since nothing tells of a holder that died. */
const TICK_MS = 1000;
/** What changes at one moment makes one picture. */
const GATHER_MS = 40;
/** How often the instances are looked at, and for how long such a look holds. */
const LOOK_EVERY_MS = 1000;
const LOOK_HOLDS_MS = 3000;

export interface Feed {
  /** As it is now. Throws as `readRun` does. */
  now(): Picture;
  /**
   * At once, and again when something has changed, until the signal comes. No event is left out: with more than `events` at once
   * there is a picture for each stretch of them, also over the end of one run and the beginning of the next. A second follower
   * opens a feed of his own.
   */
  changes(signal: AbortSignal): AsyncGenerator<Picture, void, undefined>;
  /** What this process is doing to the run; null: nothing. */
  show(progress: Progress | null): void;
}

export interface FeedOptions {
  /** Most events in a picture. */
  events?: number;
  /** A listing of the stack. It is asked for once a second by `changes`, while nobody else looks. */
  look?: (signal: AbortSignal) => Promise<InstanceRow[]>;
}

export function openFeed(stateDir: string, options: FeedOptions = {}): Feed {
  return new RunFeed(stateDir, options);
}

class RunFeed implements Feed {
  readonly #stateDir: string;
  readonly #options: FeedOptions;
  readonly #limit: number;
  readonly #follower: RunFollower;
  readonly #holder: Rarely<Readings['holder']>;
  readonly #wake = new Wake();
  #readers: { path: string; readers: RunReaders } | null = null;
  #events: Followed['events'] = [];
  #progress: Progress | null = null;
  /** What the caller's own looks saw, on top of what is written down. */
  #looked: { states: KnownStates; atMs: number } | null = null;
  #isLooking = false;
  /** As it is written down, and whether somebody looks every second. */
  #states = NOTHING_SEEN;
  #isWatched = false;

  constructor(stateDir: string, options: FeedOptions) {
    this.#stateDir = stateDir;
    this.#options = options;
    this.#limit = options.events ?? KEPT_EVENTS;
    this.#follower = new RunFollower(stateDir);
    this.#holder = new Rarely(() => holderOf(stateDir));
  }

  now(): Picture {
    // Only the newest events are kept; a run that another one took the place of meanwhile is passed over.
    let read = this.#follow();
    while (read.more) read = this.#follow();
    return this.#picture(read.run, Date.now()).picture;
  }

  async *changes(signal: AbortSignal): AsyncGenerator<Picture, void, undefined> {
    let shown: unknown[] = [];
    try {
      while (!signal.aborted) {
        const { run, more } = this.#follow();
        const { picture, key } = this.#picture(run, Date.now());
        this.#wake.watch(this.#folders());
        const isNew =
          key.length !== shown.length || key.some((each, index) => each !== shown[index]);
        shown = key;
        if (isNew) yield picture;
        if (more) continue;
        if (picture.run?.finished_at === null) this.#lookIfNobodyDoes(signal);
        await this.#wake.next(TICK_MS, signal);
        if (!signal.aborted) await delay(GATHER_MS);
      }
    } finally {
      this.#wake.close();
    }
  }

  show(progress: Progress | null): void {
    this.#progress = progress;
    this.#wake.notice();
  }

  #follow(): Followed {
    const followed = this.#follower.read(this.#limit);
    this.#keep(followed);
    return followed;
  }

  /** `key`: differs where the picture does, the time aside. */
  #picture(run: Followed['run'], nowMs: number): { picture: Picture; key: unknown[] } {
    const read = this.#readers?.readers.read(run, nowMs) ?? NOTHING_READ;
    this.#states = read.states ?? NOTHING_SEEN;
    this.#isWatched = isFresh(this.#states, nowMs);
    const isLooked = this.#looked && !this.#isWatched && nowMs - this.#looked.atMs <= LOOK_HOLDS_MS;
    if (!isLooked) this.#looked = null;
    const states = this.#looked ? { ...this.#looked.states, watched: true } : read.states;
    const picture = pictureOf({
      ...read,
      states,
      nowMs,
      run,
      events: this.#events,
      holder: this.#holder.read(),
      progress: this.#progress,
      halt: readHalt(this.#stateDir),
    });
    const key = [
      this.#readers?.path,
      run?.seq,
      read.story,
      read.states,
      read.notes,
      this.#looked,
      read.late,
      read.baseline,
      picture.workload?.windows.at(-1)?.at,
      picture.instances?.some(({ fresh }) => fresh),
      ...picture.probes.map(({ state }) => state),
      JSON.stringify([picture.holder, picture.watchdog, picture.halt]),
      picture.progress,
      picture.countdown,
      JSON.stringify(picture.leaders),
      read.expected,
      ...picture.alerts.map(({ spans }) => spans.length),
    ];
    return { picture, key };
  }

  #keep({ path, events }: Followed): void {
    const isAnother = path !== (this.#readers?.path ?? null);
    if (isAnother) {
      this.#readers = path === null ? null : { path, readers: new RunReaders(dirname(path)) };
      this.#looked = null;
    }
    if (isAnother || events[0]?.seq === 1) this.#events = [];
    if (events.length > 0) {
      this.#events = [...this.#events, ...events].slice(-this.#limit);
      this.#holder.forget();
    }
  }

  #folders(): string[] {
    return this.#readers ? [this.#stateDir, dirname(this.#readers.path)] : [this.#stateDir];
  }

  #lookIfNobodyDoes(signal: AbortSignal): void {
    const { look } = this.#options;
    const isDue = !this.#looked || Date.now() - this.#looked.atMs >= LOOK_EVERY_MS;
    if (!look || this.#isLooking || this.#isWatched || !isDue) return;
    this.#isLooking = true;
    void look(signal)
      .then((rows) => {
        const atMs = Date.now();
        const at = new Date(atMs).toISOString();
        const written = [...this.#states.instances.values()];
        const before = foldStates(this.#looked?.states ?? this.#states, written);
        const states = foldStates(before, changesOf(before, rows, at, true));
        this.#looked = { states: { ...states, at }, atMs };
      })
      // An engine that does not answer shows nothing; what is known grows old, and says so.
      .catch(() => {})
      .finally(() => {
        this.#isLooking = false;
        this.#wake.notice();
      });
  }
}

const NOTHING_READ: ReturnType<RunReaders['read']> = {
  story: null,
  states: null,
  notes: [],
  windows: [],
  baseline: null,
  probes: [],
  alerts: [],
  expected: new Map(),
  late: null,
  countdown: null,
  leaders: null,
  watchdog: null,
};
