/** The world that the watchdog's loop works on: the journal, the load, the probes and the engine, as its ports ask for them. */
import { dirname } from 'node:path';
import { readHalt, readRun } from '../../journal/index.ts';
import type { Run } from '../../run/run.ts';
import { KeepTrue } from '../../runner/keep-true.ts';
import type { Stream } from '../../runner/ports.ts';
import type { Runner } from '../../runner/runner.ts';
import { faultWords } from '../../view/fault-results.ts';
import type { WatchdogPorts } from '../../watchdog/ports.ts';
import { importLoad } from '../../workload/index.ts';
import { aloneIn } from '../alone.ts';
import { openEngine } from '../engines.ts';
import { loadAhead } from '../load-ahead.ts';
import type { Place } from '../locate.ts';
import type { Outlet } from '../outlets/outlet.ts';
import { type KeptWays, lookByWay } from '../reach.ts';
import { recordLateEnvironment } from '../records/environment.ts';
import { transition } from '../transition.ts';
import { undoAtOnce } from '../undo-at-once.ts';
import { AbortWatch } from './abort-watch.ts';
import { AlertLoop } from './alert-loop.ts';
import type { Announcer } from './announcer.ts';
import type { WatchdogFiles } from './files.ts';
import { InstanceWatch } from './instances.ts';
import type { JournalWatch } from './journal-watch.ts';
import { LoadDriver, type LoadLimit } from './load-driver.ts';
import type { LoadFigures } from './load-figures.ts';
import { MetricsServer } from './metrics.ts';
import type { WatchdogOrder } from './order.ts';
import { ProbeLoop } from './probe-loop.ts';
import type { WatchdogTelemetry } from './telemetry.ts';

/** As long as a command may hold the run before the journal has to wait; the undo has long been done by then. */
const WAIT_MS = 600_000;

/** For one that runs within a command; each has its own way where there is none. */
export interface InProcess {
  signal: AbortSignal;
  idleMs(): number;
  log: WatchdogPorts['log'];
  limit: LoadLimit;
  /** Of the command. */
  outlets: readonly Outlet[];
}

export interface WorldParts {
  order: WatchdogOrder;
  place: Place;
  files: WatchdogFiles;
  announcer: Announcer;
  journal: JournalWatch;
  log: WatchdogPorts['log'];
  signal: AbortSignal;
  figures: LoadFigures;
  telemetry: WatchdogTelemetry;
  ways: KeptWays;
  within: InProcess | null;
}

export async function createWatchdogPorts(parts: WorldParts): Promise<WatchdogPorts> {
  const { order, place, files, announcer, journal, log, signal, figures, telemetry, ways, within } =
    parts;
  await loadAhead(place.story);
  if (place.story.workload) await importLoad(place.story.workload);
  const metrics = new MetricsServer(figures, log);
  const load = new LoadDriver(place, files, log, signal, {
    openWays: ways.open,
    limit: within?.limit ?? null,
    observe: (window) => figures.add(window),
    traceRequest: telemetry.traceRequest,
  });
  const probing = new ProbeLoop({
    probes: place.story.steady_state.probes,
    path: files.probes,
    openEngine: () => openEngine(place, order.allowRemote),
    network: (probe, by) => lookByWay(probe, ways.open, by),
    log,
  });
  const alerting = new AlertLoop({ chapters: place.story.chapters, path: files.alerts, log });
  void recordLateEnvironment(place, dirname(files.lock), order.allowRemote, signal);
  const runDir = dirname(files.lock);
  const readJournal = () => readRun(order.stateDir).run;
  const kept = new KeepTrue();
  const instances = new InstanceWatch({
    runDir,
    openEngine: () => openEngine(place, order.allowRemote),
    keepTrue: (engine, run) =>
      kept.keep({ engine, alone: aloneIn(runDir), readRun: readJournal, now: Date.now }, run),
    log,
  });
  const conditions = new AbortWatch(files.samples);
  let isHeld = false;
  const read = (): Run | null => {
    const { run, holder } = readRun(order.stateDir);
    isHeld = holder !== null;
    return run?.id === order.run ? run : null;
  };
  const transitionAs = <T>(
    command: string,
    work: (runner: Runner) => Stream<T>,
    how: { waitMs: number; signal: AbortSignal } = {
      waitMs: WAIT_MS,
      signal: new AbortController().signal,
    },
  ) =>
    transition(
      {
        place,
        command,
        version: order.version,
        ...how,
        allowRemote: order.allowRemote,
        beginsRun: false,
        view: { show: () => {} },
        outlets: within?.outlets ?? [],
        warn: log,
      },
      work,
    );
  return {
    readRun: read,
    announce: (seq) => announcer.guards(seq),
    setLoad: (workload) => load.set(workload),
    setProbes: (run) => {
      probing.set(run);
      alerting.set(run);
      instances.set(run);
      figures.set(run);
      metrics.set(run);
      telemetry.set(run);
    },
    awaitsAlert: () => alerting.isWanted,
    revert: (fault) =>
      undoAtOnce(
        place,
        order.allowRemote,
        dirname(files.log),
        [fault],
        () => readRun(order.stateDir).run,
      ),
    recover: async (fault) => {
      await transitionAs(`watchdog: recover ${fault.id}`, (runner) =>
        runner.recover(fault.id, null, 'watchdog'),
      );
    },
    isHeld: () => isHeld,
    abortDue: (run) => conditions.due(run, { isHeld }),
    abort: async (due) => {
      await transitionAs('watchdog: abort', (runner) => runner.abort(due));
    },
    isHalted: () => readHalt(order.stateDir) !== null,
    halt: async () => {
      const halt = readHalt(order.stateDir);
      if (halt)
        await transitionAs('watchdog: halt', (runner) => runner.halt(halt, 'watchdog', null));
    },
    ...scheduleWork((command, work) => transitionAs(command, work, { waitMs: 0, signal })),
    stopWorkload: async (startedAt, reason) => {
      const isStill = () => readJournal()?.workload?.started_at === startedAt;
      await transitionAs('watchdog: workload stop', (runner) => stopIf(runner, isStill, reason));
    },
    changed: (withinMs, signal) => journal.changed(withinMs, signal),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    log,
  };
}

/** Whoever held the run meanwhile may have stopped it, and started another. */
async function* stopIf(runner: Runner, isStill: () => boolean, reason: string): Stream<void> {
  if (isStill()) yield* runner.stopWorkload(reason);
}

/** At once or not at all: whoever holds the run may be about to end the schedule. */
function scheduleWork(
  act: <T>(
    command: string,
    work: (runner: Runner) => Stream<T>,
  ) => Promise<{ result: T; run: Run }>,
): Pick<WatchdogPorts, 'turn' | 'endSchedule'> {
  return {
    turn: async (id, number) => {
      const { result, run } = await act(`watchdog: turn ${number} of ${id}`, (runner) =>
        runner.turn(id, number),
      );
      if (result) return faultWords(result);
      const skip = run.schedules.find((schedule) => schedule.id === id)?.last_skip;
      return skip?.turn === number ? `skipped: ${skip.message}` : 'not due any more';
    },
    endSchedule: async (id) => {
      await act(`watchdog: end ${id}`, (runner) => runner.endSchedules([id], 'time', 'watchdog'));
    },
  };
}
