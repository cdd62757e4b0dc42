/** Starts the load, in the background or in this process until it ends. */
import type { Reference } from '../impact/abort-condition.ts';
import { Tally } from '../impact/tally.ts';
import type { Window } from '../impact/windows.ts';
import type { Found } from '../run/progress.ts';
import type { Run } from '../run/run.ts';
import { type WorkloadWish, workloadToStart } from '../runner/actions.ts';
import { whyNotListen } from '../system/listen.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { LookAhead } from './before-run.ts';
import { carryOut, transitionOptions } from './carry-out.ts';
import { type Context, currentView, findPlace } from './context.ts';
import { readEarlierBaseline } from './earlier-run.ts';
import { findStateDir } from './locate.ts';
import { measuredSince } from './measure.ts';
import type { ForegroundEnd, ForegroundOptions } from './watchdog/foreground.ts';

/** Operations a second, or the id of an earlier run. */
export type BaselineWish = number | string | null;

export async function startWorkload(
  context: Context,
  { baseline, metrics }: StartWish,
): Promise<{ run: Run; found: Found }> {
  const compared = comparedWith(context, baseline);
  await refuseTaken(metrics);
  const lookAhead: LookAhead = (_, { story }) => void workloadToStart(story, compared);
  const { run, result } = await carryOut(context, { beginsRun: true, lookAhead }, (runner) =>
    runner.startWorkload({ baseline: compared, metrics, foreground: false }),
  );
  return { run, found: result };
}

export interface StartWish {
  baseline: BaselineWish;
  /** Where its figures are served, `host:port`; null: as the story says. */
  metrics: string | null;
}

export interface Foreground extends StartWish {
  /** Null: until somebody stops it. */
  forMs: number | null;
  /** Windows of at least so much of the past are shown. */
  shownMs: number;
  /** Called once a second with what was measured. */
  show(run: Run, windows: readonly Window[], nowMs: number): void;
}

export interface Stayed extends ForegroundEnd {
  /** Of the load, null where none has begun. */
  kind: string | null;
  /** All that was measured, as one window; null: nothing. */
  whole: Window | null;
}

/** The load and its watchdog in this process. Throws Refusal `watchdog_runs` where another watchdog is at work, and what the start throws. */
export async function stayWithWorkload(context: Context, wish: Foreground): Promise<Stayed> {
  const compared = comparedWith(context, wish.baseline);
  await refuseTaken(wish.metrics);
  const tally = new Tally(Date.now());
  let kind: string | null = null;
  const show = () => {
    const { run, path } = currentView(context);
    const nowMs = Date.now();
    const windows =
      path === null ? [] : measuredSince(path, Math.min(nowMs - wish.shownMs, tally.fromMs));
    tally.add(windows);
    if (!run?.workload) return;
    kind = run.workload.kind;
    wish.show(run, windows, nowMs);
  };
  const end = await runHere(
    context,
    { baseline: compared, metrics: wish.metrics, foreground: true },
    wish.forMs,
    show,
  );
  show();
  // The figures are the result; why it ended is said beside it.
  if (end.refusal) context.say(end.refusal.message);
  return { ...end, kind, whole: tally.whole };
}

async function runHere(
  context: Context,
  wished: WorkloadWish,
  forMs: number | null,
  show: () => void,
): Promise<ForegroundEnd> {
  const { runInForeground } = await import('./watchdog/foreground.ts');
  const { transition } = await import('./transition.ts');
  const place = await findPlace(context);
  const outlets = await context.openEvents();
  return context.interruptible((signal) => {
    const carry: ForegroundOptions['transition'] = async (how, work) => {
      const { launch, ends = false, waitMs } = how;
      const options = await transitionOptions(context, place, { recovers: ends });
      return transition(
        {
          ...options,
          launch,
          waitMs: Math.max(options.waitMs, waitMs),
          beginsRun: launch !== undefined,
          lookAhead: (_, { story }) => void workloadToStart(story, wished.baseline),
          recovers: ends,
          revives: !ends,
          signal: ends ? new AbortController().signal : signal,
        },
        work,
      );
    };
    const readRun = () => currentView(context).run;
    const note = context.say;
    return runInForeground(
      { signal, forMs, outlets, transition: carry, readRun, show, note },
      wished,
    );
  });
}

/** Throws Refusal `unknown_run` or `no_baseline`. */
function comparedWith(context: Context, baseline: BaselineWish): number | Reference | null {
  if (typeof baseline !== 'string') return baseline;
  return readEarlierBaseline(findStateDir(context.flags, context.cwd), baseline);
}

/** The watchdog listens later; where it could not, that is said before anything begins. */
async function refuseTaken(metrics: string | null): Promise<void> {
  const why = metrics === null ? null : await whyNotListen(metrics);
  if (why !== null)
    throw new Refusal(
      'usage',
      `--metrics ${metrics}: nothing can listen there: ${why}.`,
      'Name a port of this machine that is free.',
    );
}
