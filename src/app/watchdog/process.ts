/**
 * The process around the watchdog: holds its lock for life, so that two never run, and hands `watch` the world it works
 * on. Runs detached from the terminal that started it, or in the foreground of a command.
 */
import { dirname } from 'node:path';
import { holdLock, readHalt, readRun } from '../../journal/index.ts';
import type { Run } from '../../run/run.ts';
import { KeepTrue } from '../../runner/keep-true.ts';
import type { Stream } from '../../runner/ports.ts';
import type { Runner } from '../../runner/runner.ts';
import type { WatchdogPorts } from '../../watchdog/ports.ts';
import { watch } from '../../watchdog/watch.ts';
import { importLoad } from '../../workload/index.ts';
import { look } from '../../workload/probe.ts';
import { aloneIn } from '../alone.ts';
import { openEngine } from '../engines.ts';
import { loadAhead } from '../load-ahead.ts';
import { type Place, readPlaceToMend } from '../locate.ts';
import type { Outlet } from '../outlets/outlet.ts';
import { recordLateEnvironment } from '../records/environment.ts';
import { listenForSignals } from '../signals.ts';
import { transition } from '../transition.ts';
import { undoAtOnce } from '../undo-at-once.ts';
import { AbortWatch } from './abort-watch.ts';
import { AlertLoop } from './alert-loop.ts';
import type { WatchdogOrder } from './client.ts';
import { type WatchdogFiles, watchdogFiles, writeStatus } from './files.ts';
import { InstanceWatch } from './instances.ts';
import { JournalWatch } from './journal-watch.ts';
import { LoadDriver, type LoadLimit } from './load-driver.ts';
import { LoadFigures } from './load-figures.ts';
import { openLog } from './log-file.ts';
import { MetricsServer } from './metrics.ts';
import { ProbeLoop } from './probe-loop.ts';
import { WatchdogTelemetry } from './telemetry.ts';

/** As long as a command may hold the run before the journal has to wait; the undo has long been done by then. */
const WAIT_MS = 600_000;

/** For a watchdog that runs within a command; each has its own way where there is none. */
export interface InProcess {
  signal: AbortSignal;
  idleMs(): number;
  log: WatchdogPorts['log'];
  limit: LoadLimit;
  /** Of the command. */
  outlets: readonly Outlet[];
}

/** Runs in this process until there is nothing to watch. False when another watchdog has this run. */
export async function runWatchdog(order: WatchdogOrder, within?: InProcess): Promise<boolean> {
  const view = readRun(order.stateDir);
  if (view.path === null || view.run?.id !== order.run) return true;
  const files = watchdogFiles(dirname(view.path));
  const lock = await holdLock(files.lock);
  if (lock === null) return false;
  const write = openLog(files.log);
  const log: WatchdogPorts['log'] = (text, level) => {
    write(text, level);
    within?.log(text, level);
  };
  const signals = within
    ? { signal: within.signal, dispose: () => {} }
    : listenForSignals('fault list');
  const journal = new JournalWatch(dirname(view.path));
  let telemetry: WatchdogTelemetry | null = null;
  try {
    const place = await placeOf(order, view.run, log);
    const figures = new LoadFigures();
    telemetry = new WatchdogTelemetry(place.story, figures, log);
    const { signal } = signals;
    const parts = { order, place, files, journal, log, signal, figures, telemetry };
    const ports = await createWatchdogPorts({ ...parts, within: within ?? null });
    write(`pid ${process.pid} watches run ${order.run}`);
    write(
      `ended: ${await watch({ ...ports, ...(within && { idleMs: within.idleMs }) }, signals.signal)}`,
    );
    return true;
  } catch (error) {
    log(`failed: ${(error as Error).stack}`, 'problem');
    throw error;
  } finally {
    signals.dispose();
    journal.close();
    lock.release();
    // What is sent outside keeps nobody from the run.
    await telemetry?.close();
  }
}

interface Parts {
  order: WatchdogOrder;
  place: Place;
  files: WatchdogFiles;
  journal: JournalWatch;
  log: WatchdogPorts['log'];
  signal: AbortSignal;
  figures: LoadFigures;
  telemetry: WatchdogTelemetry;
  within: InProcess | null;
}

async function createWatchdogPorts(parts: Parts): Promise<WatchdogPorts> {
  const { order, place, files, journal, log, signal, figures, telemetry, within } = parts;
  await loadAhead(place.story);
  if (place.story.workload) await importLoad(place.story.workload);
  const metrics = new MetricsServer(figures, log);
  const load = new LoadDriver(place, files, log, signal, {
    limit: within?.limit ?? null,
    observe: (window) => figures.add(window),
    traceRequest: telemetry.traceRequest,
  });
  const probing = new ProbeLoop({
    probes: place.story.steady_state.probes,
    path: files.probes,
    openEngine: () => openEngine(place, order.allowRemote),
    network: look,
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
  const since = new Date().toISOString();
  let announced = 0;
  const conditions = new AbortWatch(files.samples);
  let isHeld = false;
  const read = (): Run | null => {
    const { run, holder } = readRun(order.stateDir);
    isHeld = holder !== null;
    return run?.id === order.run ? run : null;
  };
  const transitionAs = <T>(command: string, work: (runner: Runner) => Stream<T>) =>
    transition(
      {
        place,
        command,
        version: order.version,
        waitMs: WAIT_MS,
        allowRemote: order.allowRemote,
        beginsRun: false,
        signal: new AbortController().signal,
        view: { show: () => {} },
        outlets: within?.outlets ?? [],
        warn: log,
      },
      work,
    );
  return {
    readRun: read,
    announce: (seq) => {
      if (seq === announced) return;
      writeStatus(files, { pid: process.pid, since, seq });
      announced = seq;
    },
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
    stopWorkload: async (reason) => {
      await transitionAs('watchdog: workload stop', (runner) => runner.stopWorkload(reason));
    },
    changed: (withinMs, signal) => journal.changed(withinMs, signal),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    log,
  };
}

async function placeOf(order: WatchdogOrder, run: Run, log: WatchdogPorts['log']): Promise<Place> {
  const { stateDir, story, engine, project, files, cwd } = order;
  const flags = {
    'state-dir': stateDir,
    story,
    engine,
    project: project ?? undefined,
    'compose-file': files.length > 0 ? files : undefined,
  };
  const { place, note } = await readPlaceToMend(flags, run, cwd);
  if (note !== null) log(note, 'problem');
  return { ...place, workloadModule: order.workloadModule };
}
