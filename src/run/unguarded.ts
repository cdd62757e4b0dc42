/** Live faults with a time limit that nobody will end in time, or that should have ended long ago: what a monitor has to know. Pure. */
import type { Fault } from './run.ts';

/** As long as the watchdog may take to begin a recovery, on a machine that is busy. */
const LATE_MS = 10_000;

/** Ids of faults. */
export interface Unguarded {
  /** They have a limit, and no watchdog that works. */
  unguarded: string[];
  /** Their limit is over, and nobody has begun to recover them. */
  overdue: string[];
}

/** `watchdog`: null where the run needs none. */
export function unguardedOf(
  faults: readonly Pick<Fault, 'id' | 'phase' | 'deadline'>[],
  watchdog: 'running' | 'stopped' | 'gone' | null,
  nowMs: number,
): Unguarded {
  const limited = faults.flatMap(({ id, phase, deadline }) =>
    deadline !== null && phase !== 'recovered' ? [{ id, phase, endMs: Date.parse(deadline) }] : [],
  );
  const isWaiting = (phase: Fault['phase']) => phase === 'injecting' || phase === 'injected';
  const ids = (found: typeof limited) => found.map(({ id }) => id);
  return {
    unguarded: watchdog === 'running' ? [] : ids(limited),
    overdue: ids(limited.filter(({ phase, endMs }) => isWaiting(phase) && nowMs - endMs > LATE_MS)),
  };
}
