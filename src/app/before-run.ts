/**
 * What is refused before a run has begun leaves nothing behind: no state folder, no run, no service that was started for it.
 * So what a look can tell is found out first, without the lock.
 */
import type { Engine } from '../engine/engine.ts';
import { readRun } from '../journal/index.ts';
import { isUnderWay } from '../run/run.ts';
import { Refusal } from '../terms/outcomes.ts';
import { openEngine } from './engines.ts';
import type { Place } from './locate.ts';

/** Throws the Refusal that the command would end with, as far as a look can tell. */
export type LookAhead = (engine: Engine, place: Place) => Promise<void> | void;

export interface BeforeRun {
  place: Place;
  allowRemote: boolean;
  /** False for a command that makes no sense without a run; it is refused then. */
  beginsRun: boolean;
  /** Asked only where this command would begin a run; what goes on with one is refused by its work. */
  lookAhead?: LookAhead | undefined;
}

/**
 * The engine of a command that is about to begin a run; null where one is under way, or where somebody may be beginning one,
 * since the lock decides then. Throws Refusal `no_run`, what `lookAhead` throws, and as `readRun` and the engine do.
 */
export async function openBeforeRun(options: BeforeRun): Promise<Engine | null> {
  const { place, allowRemote, beginsRun, lookAhead } = options;
  const { run, holder } = readRun(place.stateDir);
  if (holder !== null || (run && isUnderWay(run))) return null;
  if (!beginsRun) throw noRun();
  const engine = await openEngine(place, allowRemote);
  try {
    // Not every engine is asked when it is opened.
    await engine.identity();
    await lookAhead?.(engine, place);
    return engine;
  } catch (error) {
    engine.close();
    throw error;
  }
}

export function noRun(): Refusal {
  return new Refusal('no_run', 'No run is under way here.', 'chapter next');
}
