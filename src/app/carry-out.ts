/** One transition of the run as a command makes it: found, made, shown, and the impact of its faults. */
import type { ImpactFigures } from '../impact/figures.ts';
import { readHalt } from '../journal/index.ts';
import { haltRefusal } from '../run/halt.ts';
import { faultsSince, liveFaults } from '../run/run.ts';
import type { Stream } from '../runner/ports.ts';
import type { Runner } from '../runner/runner.ts';
import type { BeforeRun } from './before-run.ts';
import { type Context, currentView, findPlace } from './context.ts';
import { rememberState } from './elsewhere.ts';
import { findStateDir, type Place } from './locate.ts';
import type { Outlet } from './outlets/outlet.ts';
import type { TransitionOptions, TransitionResult } from './transition.ts';

/** With `--wait`: as long as the longest transition can reasonably take. */
const WAIT_MS = 600_000;

export interface Done<T> extends TransitionResult<T> {
  place: Place;
  /** Of the faults that are live, or were until then. */
  impact: ImpactFigures[];
}

export interface CarryOutOptions extends Partial<Pick<BeforeRun, 'beginsRun' | 'lookAhead'>> {
  recovers?: boolean;
}

/** Throws what the transition throws. */
export async function carryOut<T>(
  context: Context,
  { beginsRun = false, recovers = false, lookAhead }: CarryOutOptions,
  work: (runner: Runner) => Stream<T>,
): Promise<Done<T>> {
  const place = await findPlace(context, { recovers });
  // Loaded for those that change something; and both before they do, whatever becomes of the package meanwhile.
  const { transition } = await import('./transition.ts');
  const { readImpact } = await import('./read-impact.ts');
  const { run: before } = currentView(context);
  const halt = readHalt(place.stateDir);
  // Where something is live, the transition ends that first.
  if (beginsRun && halt && (before === null || liveFaults(before).length === 0))
    throw haltRefusal(halt);
  return context.interruptible(async (signal) => {
    const options = await transitionOptions(context, place, { recovers });
    const done = await transition({ ...options, beginsRun, lookAhead, recovers, signal }, work);
    const faults = faultsSince(before, done.run);
    const { steady_state } = place.story;
    return { ...done, place, impact: readImpact(done.path, done.run, faults, steady_state) };
  });
}

/** What every transition of this command has in common. */
export async function transitionOptions(
  context: Context,
  place: Place,
  { recovers = false } = {},
): Promise<Omit<TransitionOptions, 'beginsRun' | 'lookAhead' | 'signal'>> {
  const { cwd } = context;
  rememberState(cwd, place.stateDir, () => findStateDir({}, cwd));
  return {
    place,
    command: context.typed.slice(0, 2).join(' '),
    version: context.version,
    waitMs: context.flags.wait ? WAIT_MS : 0,
    allowRemote: context.flags['allow-remote'],
    view: await context.openView(),
    outlets: await openEvents(context, recovers),
    warn: context.warn,
  };
}

/** A file that cannot be written keeps nobody from recovering. */
async function openEvents(context: Context, recovers: boolean): Promise<readonly Outlet[]> {
  try {
    return await context.openEvents();
  } catch (error) {
    if (!recovers) throw error;
    context.warn((error as Error).message);
    return [];
  }
}
