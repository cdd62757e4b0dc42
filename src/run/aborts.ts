/** What a run knows of the newest abort, and what is still to be done and said about it. Pure. */
import { type Fault, liveFaults, type Run } from './run.ts';

/** A new fault or chapter makes it history. */
export interface Abort {
  at: string;
  /** As the story wrote it: `errors > 20% for 3s`. */
  condition: string;
  /** `errors 43% over the last 3s` */
  measured: string;
  /** In the condition's unit. */
  value: number | null;
  /** Those that were live. */
  faults: string[];
  by: 'command' | 'watchdog';
  /** A command has ended with it. */
  told: boolean;
}

/** That it has to end now: a condition held, while these faults were live. */
export type AbortDue = Pick<Abort, 'condition' | 'measured' | 'value' | 'faults'>;

/** An abort that no command has ended with yet: a script must hear of it. */
export function untoldAbort(run: Run | null): Abort | null {
  return run?.aborted && !run.aborted.told ? run.aborted : null;
}

/** Live faults that an abort has not recovered yet. */
export function stillToAbort(run: Run): Fault[] {
  return liveFaults(run).filter((fault) => run.aborted?.faults.includes(fault.id));
}

/**
 * Live faults whose conditions count: one that is being recovered already needs no abort, and one that was aborted is seen
 * to by `stillToAbort`. `isHeld`: somebody holds the run, so that a recovery that stands in it is truly under way.
 */
export function guardedFaults(run: Run, isHeld: boolean): Fault[] {
  if (!run.workload || run.workload.simulated) return [];
  const aborted = stillToAbort(run);
  return liveFaults(run).filter(
    (fault) =>
      fault.abort_if.length > 0 &&
      !aborted.includes(fault) &&
      !(isHeld && fault.phase === 'recovering'),
  );
}
