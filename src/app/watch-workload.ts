/** What the workload feels, look by look. Needs no lock; another shell can break and recover meanwhile. */

import type { ImpactFigures } from '../impact/figures.ts';
import type { Window } from '../impact/windows.ts';
import type { Picture } from '../run/picture.ts';
import { liveFaults, type Run } from '../run/run.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { Host } from '../view/spelling.ts';
import { type Context, currentView } from './context.ts';
import type { Feed } from './feed.ts';
import { feedOf } from './feed-of.ts';
import { impactOn } from './list-faults.ts';
import { sleep } from './signals.ts';

const EVERY_MS = 1000;

export interface WorkloadSeen {
  run: Run;
  /** Of the last `shownMs`, a minute at most. */
  windows: Window[];
  nowMs: number;
}

/** One look, with the impact of each live fault. Throws Refusal `no_workload`. */
export async function lookAtWorkload(
  context: Context,
  shownMs: number,
): Promise<WorkloadSeen & { impact: ImpactFigures[] }> {
  const seen = look(feedOf(context), shownMs);
  if (!seen) throw noWorkload();
  const view = currentView(context);
  return { ...seen, impact: await impactOn(context, view, liveFaults(seen.run)) };
}

/** A look a second until the workload ends, the time is over, or the signal comes, which rejects. Throws Refusal `no_workload`. */
export async function watchWorkload(
  context: Context,
  { shownMs, forMs }: { shownMs: number; forMs: number | null },
  show: (seen: WorkloadSeen) => void,
): Promise<void> {
  const end = performance.now() + (forMs ?? Number.POSITIVE_INFINITY);
  const feed = feedOf(context);
  let now = look(feed, shownMs);
  if (!now) throw noWorkload();
  await context.interruptible(async (signal) => {
    for (; now && performance.now() < end; now = look(feed, shownMs)) {
      show(now);
      await sleep(EVERY_MS, signal);
    }
  });
}

/** The same as a panel of the terminal. Throws Refusal `no_workload`, and the signal's reason. */
export async function drawWorkload(
  context: Context,
  forMs: number | null,
  options: { colour: boolean; host: Host },
): Promise<void> {
  const end = performance.now() + (forMs ?? Number.POSITIVE_INFINITY);
  if (!look(feedOf(context), EVERY_MS)) throw noWorkload();
  const { watchInTerminal } = await import('./screen/index.ts');
  const isOver = ({ workload }: Picture) => workload === null || performance.now() >= end;
  await watchInTerminal(context, 'workload', { ...options, isOver });
}

function look(feed: Feed, shownMs: number): WorkloadSeen | null {
  const { run, workload, at } = feed.now();
  if (!run || !workload) return null;
  const nowMs = Date.parse(at);
  return { run, windows: workload.windows.filter((each) => each.at >= nowMs - shownMs), nowMs };
}

function noWorkload(): Refusal {
  return new Refusal('no_workload', 'No workload is running here.', 'workload start');
}
