/**
 * What a command knows of the workload: it starts and stops it through the journal, which the watchdog follows, and
 * reads the samples that the watchdog writes. The figures are made in the pure room.
 */
import { dirname } from 'node:path';
import { baselineOf, MIN_WINDOWS, SICK_RATIO } from '../impact/baseline.ts';
import { measuredSince as neededSince } from '../impact/frame.ts';
import { givenBaseline, impact, impactOfSimulated } from '../impact/impact.ts';
import { hasLooked, probesImpact } from '../impact/probe-impact.ts';
import { SIMULATED_BASELINE } from '../impact/simulated.ts';
import { checkBaseline, checkSteadyState } from '../impact/thresholds.ts';
import { badOf, merge, rateOf, type Window } from '../impact/windows.ts';
import type { WorkloadFound } from '../run/found.ts';
import type { Starting } from '../run/progress.ts';
import { liveFaults, type Run } from '../run/run.ts';
import { undisturbed } from '../run/undisturbed.ts';
import type { Measure } from '../runner/ports.ts';
import type { SteadyState } from '../story/story.ts';
import type { WorkloadSpec } from '../story/workload-spec.ts';
import { Refusal } from '../terms/outcomes.ts';
import { ProbeReader } from '../workload/samples/probe-file.ts';
import { readWindows, WindowReader } from '../workload/samples/sample-file.ts';
import { everyFault } from './attempt-faults.ts';
import { Observer } from './observations.ts';
import { sleep } from './signals.ts';
import type { WatchdogClient } from './watchdog/client.ts';
import { readReadBack, readStatus, type WatchdogFiles, watchdogFiles } from './watchdog/files.ts';
import { type LoadStatus, readLoadStatus } from './watchdog/load-status.ts';

/** More than the least, since the first window of a load is not like the others. */
const FIRST_WINDOWS = MIN_WINDOWS + 2;
const FIRST_MS = 15_000;
const LOOK_EVERY_MS = 50;
/** What was so before a fault is seen within this, or not at all. */
const ALERTS_MS = 4000;
const LOOKS_TO_REVIVE = 20;
/** Over so long the thresholds of the steady state are looked at: a window alone is too short for a percentile. */
const STEADY_MS = 2000;

export interface MeasureOptions {
  files: WatchdogFiles;
  workload: WorkloadSpec | null;
  steadyState: SteadyState;
  readRun(): Run | null;
  watchdog: WatchdogClient;
}

export function createMeasure({
  files,
  workload,
  steadyState,
  readRun,
  watchdog,
}: MeasureOptions): Measure {
  // One a fault, since a reader that goes on from where it stood costs nothing, however long the fault lasts.
  const readers = new Map<string, { sinceMs: number; reader: WindowReader }>();
  const windowsSince = (key: string, sinceMs: number): Window[] => {
    let known = readers.get(key);
    if (!known || known.sinceMs > sinceMs) {
      known = { sinceMs, reader: new WindowReader(files.samples, sinceMs) };
      readers.set(key, known);
    }
    return known.reader.read();
  };
  const observer = new Observer(dirname(files.samples));
  const names = steadyState.probes.map(({ name }) => name);
  const looks = new ProbeReader(files.probes);
  return {
    async probes(fault) {
      const notes = names.length > 0 ? looks.read() : [];
      return {
        impact: probesImpact(fault, names, notes, Date.now()),
        all_looked: names.every((name) => hasLooked(fault, name, notes)),
      };
    },
    async impact(fault) {
      const run = readRun();
      if (!run?.workload) return null;
      const nowMs = Date.now();
      if (run.workload.simulated) return impactOfSimulated(fault, run.faults, run.workload, nowMs);
      const windows = windowsSince(fault.id, neededSince(fault, nowMs, run.faults));
      return impact(fault, windows, nowMs, {
        others: run.faults,
        baseline: givenBaseline(run.workload),
        steadyState,
      });
    },
    async hypothesis(hypothesis, faults) {
      const runDir = dirname(files.samples);
      const every = everyFault(runDir, faults, readRun()?.faults ?? faults);
      return observer.judge(hypothesis, every.faults, every.others);
    },
    async awaitLooks(alerts, signal) {
      const end = performance.now() + ALERTS_MS;
      while (!observer.hasSeen(alerts) && performance.now() < end)
        await sleep(LOOK_EVERY_MS, signal);
    },
    async checkSteadyState() {
      const run = readRun();
      if (!run?.workload || run.workload.simulated) return [];
      const around = undisturbed(run, Date.now());
      if (!around) return [];
      const windows = windowsSince(run.workload.started_at, around.fromMs);
      const before = windows.filter(({ at }) => at < (around.disturbedMs ?? Date.now()));
      const baseline = baselineOf(before, givenBaseline(run.workload));
      const recent = windows.filter(({ at }) => at >= Date.now() - STEADY_MS);
      return [
        ...checkSteadyState(recent, steadyState, baseline?.rate ?? null),
        ...(liveFaults(run).length === 0 ? checkBaseline(baseline, steadyState) : []),
      ];
    },
    async *start(signal) {
      const run = readRun();
      if (!run?.workload) throw new Error('the workload is not in the journal');
      const { kind, simulated, baseline, started_at } = run.workload;
      if (simulated && names.length > 0) await watchdog.arm(run.seq);
      if (simulated) return found(kind, null, baseline ?? SIMULATED_BASELINE);
      await watchdog.arm(run.seq);
      let end = performance.now() + FIRST_MS;
      for (let looks = 1; ; looks++) {
        const status = readLoadStatus(files.samples, started_at);
        if (status?.state === 'failed')
          throw new Refusal(status.failure.code, status.failure.message, status.failure.next);
        const windows = windowsSince(started_at, Date.parse(started_at));
        const steady = windows.filter(({ ramping }) => !ramping);
        if (steady.length >= FIRST_WINDOWS || status?.state === 'over')
          return found(kind, steady.length > 1 ? steady : windows);
        const waitsFor = unsteady(kind, status, windows);
        const mayRevive = looks % LOOKS_TO_REVIVE === 0;
        if (waitsFor !== null) {
          end = performance.now() + FIRST_MS;
          yield waitsFor;
          // A set-up may take long; a watchdog that was killed meanwhile begins it again.
          if (mayRevive) await watchdog.revive(run);
        }
        const whyNot = waitsFor === null || mayRevive ? watchdog.whyNot() : null;
        if (whyNot !== null) throw new Refusal('watchdog_silent', whyNot, 'workload start');
        // A program that seldom says how far it is runs on, and is compared with when there is enough of it.
        if (performance.now() > end) return found(kind, null);
        await sleep(LOOK_EVERY_MS, signal);
      }
    },
    async stop() {
      const run = readRun();
      if (run) await watchdog.tell(run.seq);
    },
    whyNot: () => watchdog.whyNot(),
    readBack(startedAt) {
      // In this order: a watchdog may be done and gone between two looks.
      const alive = watchdog.isAlive();
      const status = readReadBack(files);
      const known = status?.workload === startedAt ? status : null;
      if (known?.verified) return { state: 'done', verified: known.verified };
      if (!known && !(workload && 'verify' in workload && workload.verify !== null))
        return { state: 'none' };
      // One that took the place of another since does not know what that one knew.
      if (!alive || known?.pid !== readStatus(files)?.pid) return { state: 'gone' };
      return { state: 'reading', done: known?.done ?? 0, of: known?.of ?? 0 };
    },
  };
}

/** For commands that only look. Epoch milliseconds; empty where nothing was measured. */
export function measuredSince(journalPath: string, sinceMs: number): Window[] {
  return readWindows(watchdogFiles(dirname(journalPath)).samples, sinceMs);
}

/** What the start of a load still waits for, or null. */
function unsteady(
  kind: string,
  status: LoadStatus | null,
  windows: readonly Window[],
): Starting | null {
  if (status?.state === 'setting_up') return { waits_for: 'setup', kind, text: status.text };
  const leftMs = status?.state === 'running' ? status.steady_at - Date.now() : 0;
  const last = windows.at(-1);
  if (leftMs <= 0 || !last?.ramping) return null;
  const ops_per_s = Math.round(rateOf(last));
  return { waits_for: 'steady_rate', kind, left_ms: leftMs, ops_per_s };
}

/** `windows`: null where there are not enough of them. `simulated`: the rate of a curve, operations a second. */
function found(
  kind: string,
  windows: Window[] | null,
  simulated: number | null = null,
): WorkloadFound {
  const whole = windows && merge(windows.slice(1));
  const first = whole && {
    ops_per_s: Math.round(rateOf(whole)),
    p99_ms: whole.p99_ms,
    ok: whole.ok,
    failed: badOf(whole),
    is_sick: badOf(whole) / Math.max(1, whole.ok + badOf(whole)) > SICK_RATIO,
  };
  return { found: 'workload', kind, simulated_ops_per_s: simulated, first };
}
