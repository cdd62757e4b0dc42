/** Whether a run has something that its watchdog must guard or measure. */
import { stillToAbort } from './aborts.ts';
import { isObserved, isProbed, liveFaults, type Run } from './run.ts';
import { liveSchedules } from './schedules.ts';

export function needsWatchdog(run: Run): boolean {
  const guarded =
    liveFaults(run).some((fault) => fault.deadline !== null) ||
    liveSchedules(run).length > 0 ||
    stillToAbort(run).length > 0;
  return (
    run.finished_at === null &&
    (guarded ||
      isProbed(run) ||
      isObserved(run) ||
      (run.workload !== null && !run.workload.simulated))
  );
}
