/** Recovers faults, or gives them up; and what recovering would do. */
import type { ImpactFigures } from '../impact/figures.ts';
import { untoldAbort } from '../run/aborts.ts';
import { untoldDeviations } from '../run/attempts.ts';
import { type PlanStep, planRecover } from '../run/plan.ts';
import { type Fault, faultsMeant, isUnderWay, type Meant, type Run } from '../run/run.ts';
import { carryOut } from './carry-out.ts';
import { type Context, currentView, findPlace } from './context.ts';

export interface Recovered {
  run: Run | null;
  /** Those that were meant, as they stand now. */
  faults: Fault[];
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
  if (!before || (faultsMeant(before, which).length === 0 && !isUntold)) {
    if (before && isUnderWay(before) && !holder) await removeStrays(context);
    return { run: before, faults: [], impact: [], isHeld: holder !== null };
  }
  const {
    result: faults,
    run,
    impact,
  } = await carryOut(context, { recovers: true }, (runner) =>
    close === null
      ? runner.recover(which, withinMs, 'command', onlyTargets)
      : runner.close(which, close),
  );
  const meant = faults.map(({ id }) => id);
  const own = impact.filter(({ figures }) => meant.includes(figures.fault));
  return { run, faults, impact: own, isHeld: false };
}

/** What a command that was killed before its fault left beside instances. Where nothing is to be recovered, an engine that cannot be asked is no failure. */
async function removeStrays(context: Context): Promise<void> {
  try {
    const place = await findPlace(context, { recovers: true });
    const { openEngine } = await import('./engines.ts');
    const engine = await openEngine(place, context.flags['allow-remote']);
    await engine.removeStrays?.();
    engine.close();
  } catch {
    // The next command that reaches the engine removes it.
  }
}
