/** The baseline of an earlier run, made from its samples by the same rules as that of this one. Looks only. */
import { dirname } from 'node:path';
import type { Reference } from '../impact/abort-condition.ts';
import { baselineOf, MIN_WINDOWS } from '../impact/baseline.ts';
import { straighten } from '../impact/straighten.ts';
import { endOf, type Window } from '../impact/windows.ts';
import { readEvents, readRun } from '../journal/index.ts';
import { Refusal } from '../terms/outcomes.ts';
import { readWindows, whyUnreadable } from '../workload/samples/sample-file.ts';
import { unknownRun } from './unknown-run.ts';
import { watchdogFiles } from './watchdog/files.ts';

/** When a load was on and no fault was live, before the first one of the run. */
interface UndisturbedPeriod {
  kind: string;
  fromMs: number;
  toMs: number;
}

/** Throws Refusal `unknown_run` or `no_baseline`. */
export function readEarlierBaseline(stateDir: string, id: string): Reference {
  const { path } = readRun(stateDir, id);
  if (path === null) throw unknownRun(stateDir, id, 'workload start --baseline 500/s');
  const undisturbed = undisturbedPeriodOf(path);
  if (!undisturbed)
    throw new Refusal(
      'no_baseline',
      `Run ${id} measured nothing before its first fault.`,
      'Name another run, or a rate such as 500/s.',
    );
  const { samples } = watchdogFiles(dirname(path));
  const windows = windowsIn(readWindows(samples, undisturbed.fromMs), undisturbed);
  const baseline = baselineOf(windows);
  const unreadable = whyUnreadable(samples);
  if (unreadable !== null)
    throw new Refusal(
      'no_baseline',
      `Run ${id} has no baseline: ${unreadable}.`,
      'Name another run, or a rate such as 500/s.',
    );
  if (!baseline) {
    const message = `Run ${id} has ${windows.length} window${windows.length === 1 ? '' : 's'} of 250 ms before its first fault; at least ${MIN_WINDOWS} are needed.`;
    throw new Refusal('no_baseline', message, 'Name another run, or a rate such as 500/s.');
  }
  return { run: id, kind: undisturbed.kind, ...baseline };
}

/** The last load that began before the first fault; a simulated one is no measurement. */
function undisturbedPeriodOf(journalPath: string): UndisturbedPeriod | null {
  let undisturbed: UndisturbedPeriod | null = null;
  for (const event of readEvents(journalPath)) {
    if (event.type === 'workload.started') {
      undisturbed = event.simulated
        ? null
        : { kind: event.kind, fromMs: Date.parse(event.at), toMs: Number.POSITIVE_INFINITY };
    } else if (event.type === 'workload.stopped' && undisturbed)
      undisturbed.toMs = Math.min(undisturbed.toMs, Date.parse(event.at));
    else if (event.type === 'fault.injecting') {
      if (undisturbed) undisturbed.toMs = Math.min(undisturbed.toMs, Date.parse(event.at));
      break;
    }
  }
  return undisturbed;
}

/** Without the first window of the load, which is not like the others. */
function windowsIn(all: readonly Window[], { fromMs, toMs }: UndisturbedPeriod): Window[] {
  const { windows, place } = straighten(all);
  return windows
    .filter((window) => window.at >= place(fromMs) && endOf(window) <= place(toMs))
    .slice(1);
}
