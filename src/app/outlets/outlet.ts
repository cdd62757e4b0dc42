/**
 * Where what happens in a run goes out to while it goes on: a file of events, people's webhooks, programs of the story, a
 * tracing system. Each of them is one file of this room; `transition.ts` tells them all the same.
 */
import type { Outgoing } from '../../run/outgoing.ts';
import type { Run } from '../../run/run.ts';

/** In place of a file: events on stdout, with the result left out. */
export const ON_STDOUT = '-';

export interface Outlet {
  /**
   * All that happens, in its order. `run`: as it stands after that; null where none is known. Must neither throw nor wait:
   * nothing that goes out may stand in the way of a recovery.
   */
  tell(outgoing: Outgoing, run: Run | null): void;
  /** Resolves when all that was told is out, or given up and said so. The signal ends the waiting. Never rejects. */
  flush(signal: AbortSignal): Promise<void>;
}
