/** The impact of faults on the workload, read back from the samples: for results and lists, with no lock and no engine. */
import { dirname } from 'node:path';
import { type ImpactFigures, impactFigures } from '../impact/figures.ts';
import { measuredSince } from '../impact/frame.ts';
import type { Fault, Run } from '../run/run.ts';
import type { SteadyState } from '../story/story.ts';
import { readWindows } from '../workload/samples/sample-file.ts';
import { watchdogFiles } from './watchdog/files.ts';

/** Of those of the faults that a workload ran under, also where it has ended meanwhile. */
export function readImpact(
  journalPath: string,
  run: Run,
  faults: readonly Fault[],
  steadyState: SteadyState,
): ImpactFigures[] {
  const nowMs = Date.now();
  const { samples } = watchdogFiles(dirname(journalPath));
  return faults.flatMap((fault) => {
    const { workload } = fault;
    if (!workload || fault.injected_at === null) return [];
    const windows = workload.simulated
      ? []
      : readWindows(samples, measuredSince(fault, nowMs, run.faults));
    return impactFigures(fault, workload, { windows, faults: run.faults, steadyState, nowMs });
  });
}
