/** Whether a run has something that its watchdog must guard or measure. */
import { stillToAbort } from './aborts.ts';
import { isObserved, isProbed, liveFaults, type Run } from './run.ts';

export function needsWatchdog(run: Run): boolean {
  const guarded =
    liveFaults(run).some((fault) => fault.deadline !== null) || stillToAbort(run).length > 0;
  return (
    run.finished_at === null &&
    (guarded ||
      isProbed(run) ||
      isObserved(run) ||
      (run.workload !== null && !run.workload.simulated))
  );
}
