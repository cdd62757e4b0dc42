/** The faults of the run beside what the engine shows of their targets, and whether somebody guards them. Looks only. */
import type { ImpactFigures } from '../impact/figures.ts';
import { type RunView, readHalt } from '../journal/index.ts';
import type { Drift } from '../run/drift.ts';
import type { Halt } from '../run/halt.ts';
import type { Picture } from '../run/picture.ts';
import { type Fault, isLive, type Run } from '../run/run.ts';
import type { Schedule } from '../run/schedules.ts';
import { type Context, currentView, findPlace } from './context.ts';
import { feedOf } from './feed-of.ts';
import { findStateDir } from './locate.ts';
import { lookAtFaults } from './read-world.ts';
import { scheduleVerdicts } from './report/schedule-verdicts.ts';

export interface ListedFaults {
  run: Run | null;
  faults: Fault[];
  schedules: Schedule[];
  /** What came of those that have ended, by their ids. */
  verdicts: ReadonlyMap<string, string>;
  /** By fault id; empty where the engine was not asked. */
  drifts: ReadonlyMap<string, Drift[]>;
  /** Why it was not, else null. */
  engineNote: string | null;
  impact: ImpactFigures[];
  /** Null where the run needs none. */
  watchdog: Picture['watchdog'];
  /** A command holds the run. */
  isHeld: boolean;
  /** Somebody halted; null: faults may be injected. */
  halt: Halt | null;
  /** Epoch milliseconds of this look. */
  nowMs: number;
}

const NO_LIMITS = { thresholds: [], probes: [], objective: null, recover_within_ms: 0 };

/** `all`: also those that are recovered. Without an engine the journal alone is listed, with a note. */
export async function listFaults(context: Context, all: boolean): Promise<ListedFaults> {
  const view = currentView(context);
  const { run, watchdog, holder } = feedOf(context).now();
  const faults = (run?.faults ?? []).filter((fault) => all || isLive(fault));
  const live = faults.filter(isLive);
  const schedules = (run?.schedules ?? []).filter(({ ended }) => all || ended === null);
  const ended = schedules.filter((schedule) => schedule.ended !== null);
  const { drifts, note } =
    live.length === 0
      ? { drifts: new Map<string, Drift[]>(), note: null }
      : await lookAtFaults(
          await findPlace(context, { recovers: true }),
          live,
          context.flags['allow-remote'],
        );
  const impact = await impactOn(context, view, faults);
  return {
    run,
    faults,
    schedules,
    verdicts: await scheduleVerdicts(context, ended),
    drifts,
    engineNote: note,
    impact,
    watchdog,
    isHeld: holder !== null,
    halt: readHalt(findStateDir(context.flags, context.cwd)),
    nowMs: Date.now(),
  };
}

/** The impact of faults of the run on the workload; empty where that is not known. */
export async function impactOn(
  context: Context,
  { run, path }: Pick<RunView, 'run' | 'path'>,
  faults: readonly Fault[],
): Promise<ImpactFigures[]> {
  if (!run || path === null || !faults.some((fault) => fault.workload)) return [];
  const { readImpact } = await import('./read-impact.ts');
  // A story that cannot be read has no thresholds; what was measured is worth showing all the same.
  const place = await findPlace(context, { recovers: true }).catch(() => null);
  return readImpact(path, run, faults, place?.story.steady_state ?? NO_LIMITS);
}
