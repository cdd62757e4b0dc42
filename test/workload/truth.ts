/** What a scripted server says of itself, and whether what was measured of it agrees. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { judge, type Verdict } from '../../src/impact/verdict.ts';
import { badOf, endOf, merge, WINDOW_MS, type Window } from '../../src/impact/windows.ts';
import type { Hiccup } from './hiccups.ts';
import { until } from './servers.ts';

/** `slow`: late by SLOW_MS. `stall`: held until the next order. `drop`: the connection is cut. `blackhole`: never answered. `refuse`: not there. */
export type Behaviour = 'well' | 'error' | 'slow' | 'stall' | 'drop' | 'blackhole' | 'refuse';

export const SLOW_MS = 600;

export interface Truth {
  /** What was done to how many requests, or connections. */
  done: Partial<Record<Behaviour, number>>;
  hiccups: Hiccup[];
}

export class TruthServer {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(kind: 'http' | 'tcp'): Promise<TruthServer> {
    const child = fork(fileURLToPath(new URL('truth-server.ts', import.meta.url)), [kind]);
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new TruthServer(child, port);
  }

  /** An order that resolves to the moment from which it is followed, by the server's own word. */
  behave(behaviour: Behaviour): () => Promise<number> {
    return async () => {
      this.#child.send(behaviour);
      const [{ at }] = (await once(this.#child, 'message')) as [{ at: number }];
      return at;
    };
  }

  signal(signal: NodeJS.Signals): () => Promise<number> {
    return async () => {
      this.#child.kill(signal);
      return Date.now();
    };
  }

  async report(): Promise<Truth> {
    this.#child.send('report');
    const [truth] = (await once(this.#child, 'message')) as [Truth];
    return truth;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

export interface Trouble {
  /** Epoch milliseconds. */
  from: number;
  to: number;
  /** Up to the moment when it was proven to be over. */
  windows: Window[];
}

const BASELINE_WINDOWS = 14;
const TROUBLE_WINDOWS = 6;
/** A baseline so slow would hide what is to be seen; a busy machine is given time to be quieter. */
const QUIET_P99_MS = 150;
const PATIENCE_MS = 90_000;

/** A baseline, the trouble, and as much of good as proves that it is over. Conditions, so a slow machine only takes longer. */
export async function live(
  windows: readonly Window[],
  begin: () => Promise<number>,
  end: () => Promise<number>,
): Promise<Trouble> {
  const isQuiet = () => {
    const merged = merge(windows.slice(-BASELINE_WINDOWS));
    return merged !== null && badOf(merged) === 0 && (merged.p99_ms ?? QUIET_P99_MS) < QUIET_P99_MS;
  };
  await until('a baseline', () => windows.length >= BASELINE_WINDOWS + 2 && isQuiet(), PATIENCE_MS);
  const from = await begin();
  const then = windows.length;
  await until('a trouble that lasts', () => windows.length >= then + TROUBLE_WINDOWS);
  const to = await end();
  let seen: Window[] = [];
  const isProven = () => {
    seen = [...windows];
    return judgeTrouble({ from, to, windows: seen }).proven;
  };
  await until('well again', isProven, PATIENCE_MS);
  return { from, to, windows: seen };
}

function judgeTrouble({ from, to, windows }: Trouble): Verdict {
  const baselineWindows = windows
    .filter((window) => endOf(window) <= from)
    .slice(-BASELINE_WINDOWS);
  return judge(windows, { injectedAtMs: from, recoveredAtMs: to, baselineWindows });
}

/** One window, and the rounding of its times. */
const NEAR_MS = WINDOW_MS + 15;
/**
 * The verdict's times are within one window of the truth. Where the machine stood still next to the trouble, by the word
 * of the server or of the load's own process, that is part of the trouble: no user could tell the two apart.
 */
export function expectWithinOneWindow(trouble: Trouble, hiccups: readonly Hiccup[]): void {
  const verdict = judgeTrouble(trouble);
  expect(verdict).to.include({ state: 'back', proven: true });
  const from = verdict.degradations[0]?.from_ms as number;
  const to = verdict.degradations.at(-1)?.to_ms as number;
  const before = hiccups
    .filter((hiccup) => hiccup.from < trouble.from && hiccup.to > trouble.from - 2 * NEAR_MS)
    .map((hiccup) => hiccup.from);
  const after = hiccups
    .filter((hiccup) => hiccup.to > trouble.to && hiccup.from < to)
    .map((hiccup) => Math.min(hiccup.to, to));
  // What the load's own process slept through in the beginning was not felt, and is made up for.
  const sleptMs = lengthWithin(hiccups, trouble.from, trouble.from + 3 * NEAR_MS);
  expect(from - trouble.from, 'begins').to.be.within(
    Math.min(trouble.from, ...before) - trouble.from - NEAR_MS,
    NEAR_MS + sleptMs,
  );
  expect(to - trouble.to, 'ends').to.be.within(
    -NEAR_MS,
    Math.max(trouble.to, ...after) - trouble.to + NEAR_MS,
  );
  const since = trouble.windows.filter((window) => endOf(window) > trouble.from);
  expect(verdict.operations_lost, 'lost').to.equal(
    since.reduce((sum, window) => sum + badOf(window), 0),
  );
  // It takes two worse windows in a row to be sure.
  expect(verdict.noticed_after_ms, 'noticed').to.be.at.most(NEAR_MS + 2 * WINDOW_MS + sleptMs);
}

function lengthWithin(hiccups: readonly Hiccup[], from: number, to: number): number {
  return hiccups.reduce(
    (sum, hiccup) => sum + Math.max(0, Math.min(hiccup.to, to) - Math.max(hiccup.from, from)),
    0,
  );
}
