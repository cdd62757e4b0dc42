/** Undoes faults at once, without the run's lock and without its journal: nobody who holds them, and no full disk, may keep anything broken. */
import type { Fault, Run } from '../run/run.ts';
import { undo } from '../runner/undo.ts';
import { aloneIn } from './alone.ts';
import { openEngine } from './engines.ts';
import type { Place } from './locate.ts';

/** By the same undo as a command's. `readRun`: what is meant to stay in force. Side by side; throws the first error when all have been tried. */
export async function undoAtOnce(
  place: Place,
  allowRemote: boolean,
  runDir: string,
  faults: readonly Fault[],
  readRun: () => Run | null,
): Promise<void> {
  const engine = await openEngine(place, allowRemote);
  const ports = { engine, alone: aloneIn(runDir), readRun, now: Date.now };
  try {
    const ends = await Promise.allSettled(faults.map((fault) => undo(ports, fault)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    engine.close();
  }
}
