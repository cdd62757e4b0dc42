/** The run as it stands: live faults against the engine, its watchdog, and what is measured. Takes no lock and writes nothing. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readRun } from '../../journal/index.ts';
import { needsWatchdog } from '../../run/needs-watchdog.ts';
import { liveFaults, type Run } from '../../run/run.ts';
import { readWindows, whyUnreadable } from '../../workload/samples/sample-file.ts';
import type { Place } from '../locate.ts';
import { lookAtFaults } from '../read-world.ts';
import { watchdogFiles } from '../watchdog/files.ts';
import { lookAtLog } from '../watchdog/log-file.ts';
import { lookAtWatchdog } from '../watchdog/state.ts';
import type { RunFacts } from './facts.ts';

const SAMPLES_MS = 60_000;

/** `run` as it was read with the journal at `path`. */
export async function lookAtRun(
  run: Run,
  path: string,
  place: Place | null,
  allowRemote: boolean,
): Promise<RunFacts> {
  const files = watchdogFiles(dirname(path));
  const live = liveFaults(run);
  const unseen = place
    ? null
    : 'The stack was not looked at, since the story cannot be read; this is the journal alone.';
  const faults =
    place && live.length > 0
      ? await lookAtFaults(place, live, allowRemote)
      : { drifts: new Map(), note: live.length > 0 ? unseen : null };
  const { state, status } = lookAtWatchdog(dirname(path));
  const started = run.workload ? Date.parse(run.workload.started_at) : Number.POSITIVE_INFINITY;
  return {
    run,
    faults,
    watchdog: { needed: needsWatchdog(run), state, status, log: lookAtLog(files.log) },
    workload: {
      samples: files.samples,
      bytes: statSync(files.samples, { throwIfNoEntry: false })?.size ?? 0,
      windows: run.workload
        ? readWindows(files.samples, Math.max(Date.now() - SAMPLES_MS, started))
        : [],
      unreadable: run.workload ? whyUnreadable(files.samples) : null,
    },
  };
}

/** Null where no run is there to be read; why, the look at the journal says. */
export function readRunIfWhole(stateDir: string): { run: Run; path: string } | null {
  try {
    const { run, path } = readRun(stateDir);
    return run && path !== null ? { run, path } : null;
  } catch {
    return null;
  }
}
