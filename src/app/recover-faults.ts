/** Recovers faults, or gives them up; and what recovering would do. */
import type { ImpactFigures } from '../impact/figures.ts';
import { untoldAbort } from '../run/aborts.ts';
import { untoldDeviations } from '../run/attempts.ts';
import { type PlanStep, planRecover } from '../run/plan.ts';
import { type Fault, faultsMeant, isUnderWay, type Meant, type Run } from '../run/run.ts';
import { endedSince, type Schedule, schedulesMeant } from '../run/schedules.ts';
import { Refusal } from '../terms/outcomes.ts';
import { carryOut } from './carry-out.ts';
import { type Context, currentView } from './context.ts';
import { readPlaceToRecover } from './locate.ts';
import { scheduleVerdicts } from './report/schedule-verdicts.ts';
import { settleLeftClaim } from './stack-claim.ts';

export interface Recovered {
  run: Run | null;
  /** Those that were meant, as they stand now. */
  faults: Fault[];
  /** Those that ended with it. */
  schedules: Schedule[];
  /** What came of each, by its id. */
  verdicts: ReadonlyMap<string, string>;
  impact: ImpactFigures[];
  /** Another command holds the run. */
  isHeld: boolean;
}

export interface RecoverWish {
  which: Meant;
  /** How long it may take to be verified; null: as the story says. */
  withinMs: number | null;
  /** Close them for this reason, without touching their targets. */
  close: string | null;
  /** What fell with the targets is not asked for. */
  onlyTargets: boolean;
}

const NOTHING = { faults: [], schedules: [], verdicts: new Map(), impact: [] };

export function planRecovery(context: Context, which: Meant): PlanStep {
  return planRecover(which, currentView(context).run);
}

/** Nothing to do is success, also in a trap at the end of a script; an id that never was is Refusal `unknown_fault`. */
export async function recoverFaults(
  context: Context,
  { which, withinMs, close, onlyTargets }: RecoverWish,
): Promise<Recovered> {
  const { run: before, holder } = currentView(context);
  // What the watchdog did, or found, is still to be said.
  const isUntold =
    before !== null &&
    isUnderWay(before) &&
    (untoldAbort(before) !== null || untoldDeviations(before).length > 0);
  const isNothing =
    before !== null &&
    faultsMeant(before, which).length === 0 &&
    schedulesMeant(before, which).length === 0;
  if (!before || (isNothing && !isUntold)) {
    if (before && before.finished_at === null && !holder) await removeStrays(context, before);
    return { run: before, ...NOTHING, isHeld: holder !== null };
  }
  const carried = await carryOut(context, { recovers: true }, (runner) =>
    close === null
      ? runner.recover(which, withinMs, 'command', onlyTargets)
      : runner.close(which, close),
  ).catch((error) => {
    if (error instanceof Refusal && error.code === 'no_run') return null;
    throw error;
  });
  // Whoever held the run meanwhile has recovered everything.
  if (carried === null) return { run: currentView(context).run, ...NOTHING, isHeld: false };
  const { result: faults, run, impact } = carried;
  const meant = faults.map(({ id }) => id);
  const own = impact.filter(({ figures }) => meant.includes(figures.fault));
  const schedules = endedSince(before, run);
  const verdicts = await scheduleVerdicts(context, schedules);
  return { run, faults, schedules, verdicts, impact: own, isHeld: false };
}

/**
 * What a command that was killed before its fault left beside instances, and its claim of the stack. Where nothing is to be
 * recovered, an engine that cannot be asked is no failure.
 */
async function removeStrays({ flags, cwd }: Context, run: Run): Promise<void> {
  try {
    const { place } = await readPlaceToRecover(flags, run, cwd);
    const { openEngine } = await import('./engines.ts');
    const engine = await openEngine(place, flags['allow-remote']);
    try {
      await engine.removeStrays?.();
      await settleLeftClaim(engine, place.stateDir, 'fault recover');
    } finally {
      engine.close();
    }
  } catch {
    // The next command that reaches the engine removes it.
  }
}
