/** Undoes faults at once, without the run's lock and without its journal: nobody who holds them, and no full disk, may keep anything broken. */
import type { Fault, Run } from '../run/run.ts';
import { undo } from '../runner/undo.ts';
import { aloneIn } from './alone.ts';
import { openEngine } from './engines.ts';
import type { Place } from './locate.ts';

/** By the same undo as a command's. `readRun`: what is meant to stay in force. Tries every fault, newest first as they come; throws the first error. */
export async function undoAtOnce(
  place: Place,
  allowRemote: boolean,
  runDir: string,
  faults: readonly Fault[],
  readRun: () => Run | null,
): Promise<void> {
  const engine = await openEngine(place, allowRemote);
  const errors: unknown[] = [];
  try {
    for (const fault of faults)
      await undo({ engine, alone: aloneIn(runDir), readRun, now: Date.now }, fault).catch(
        (error: unknown) => errors.push(error),
      );
  } finally {
    engine.close();
  }
  if (errors.length > 0) throw errors[0];
}
