/** Leaves chapters: steps back one, or ends the run. */
import { isUnderWay, type Run } from '../run/run.ts';
import { carryOut } from './carry-out.ts';
import { type Context, currentView } from './context.ts';
import type { Moved } from './enter-chapter.ts';

/** `withinMs`: how long a recovery may take; null: as the story says. */
export async function stepBack(context: Context, withinMs: number | null): Promise<Moved> {
  const { run, place, impact } = await carryOut(context, {}, (runner) => runner.back(withinMs));
  return { run, story: place.story, impact, entered: [] };
}

/** Recovers everything and stops what gameday started. Null: no run was under way. */
export async function endRun(context: Context, withinMs: number | null): Promise<Run | null> {
  const { run: before } = currentView(context);
  if (!before || !isUnderWay(before)) return null;
  const { run } = await carryOut(context, { recovers: true }, (runner) => runner.reset(withinMs));
  return run;
}
