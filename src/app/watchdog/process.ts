/**
 * The process around the watchdog: holds its lock for life, so that two never run, and hands `watch` the world it works
 * on. Runs detached from the terminal that started it, or in the foreground of a command.
 */
import { dirname } from 'node:path';
import { holdLock, readRun } from '../../journal/index.ts';
import type { Run } from '../../run/run.ts';
import type { WatchdogPorts } from '../../watchdog/ports.ts';
import { watch } from '../../watchdog/watch.ts';
import { openEngine } from '../engines.ts';
import { type Place, readPlaceToRecover } from '../locate.ts';
import { KeptWays } from '../reach.ts';
import { listenForSignals } from '../signals.ts';
import { Announcer } from './announcer.ts';
import { watchdogFiles } from './files.ts';
import { JournalWatch } from './journal-watch.ts';
import { LoadFigures } from './load-figures.ts';
import { openLog } from './log-file.ts';
import type { WatchdogOrder } from './order.ts';
import { Standby } from './standby.ts';
import { WatchdogTelemetry } from './telemetry.ts';
import { createWatchdogPorts, type InProcess } from './world.ts';

/** For a watchdog that is a process of its own. */
export interface Detached {
  /** How many before it were killed, one after the other, and it took over from. */
  inARow: number;
}

/** Runs in this process until there is nothing to watch. False when another watchdog has this run. */
export async function runWatchdog(
  order: WatchdogOrder,
  how: Detached | InProcess,
): Promise<boolean> {
  const within = 'inARow' in how ? null : how;
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
  const announcer = new Announcer(files);
  const began = (pid: number | null) => announcer.standby(pid);
  const inARow = 'inARow' in how ? how.inARow : 0;
  const standby = new Standby({ inARow, order, files, began, log });
  // It is let go before a signal that ends both could make it take over.
  signals.signal.addEventListener('abort', () => void standby.end());
  let telemetry: WatchdogTelemetry | null = null;
  let ways: KeptWays | null = null;
  try {
    const place = await placeOf(order, view.run, log);
    ways = new KeptWays(place.story.engine, () => openEngine(place, order.allowRemote));
    const figures = new LoadFigures();
    telemetry = new WatchdogTelemetry(place.story, figures, log);
    const { signal } = signals;
    const parts = {
      order,
      place,
      files,
      announcer,
      journal,
      log,
      signal,
      figures,
      telemetry,
      ways,
    };
    const ports = await createWatchdogPorts({ ...parts, within });
    write(`pid ${process.pid} watches run ${order.run}`);
    write(
      `ended: ${await watch({ ...ports, ...(within && { idleMs: within.idleMs }) }, signals.signal)}`,
    );
    return true;
  } catch (error) {
    log(`failed: ${(error as Error).stack}`, 'problem');
    throw error;
  } finally {
    await standby.end();
    signals.dispose();
    journal.close();
    lock.release();
    ways?.close();
    // What is sent outside keeps nobody from the run.
    await telemetry?.close();
  }
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
  const { place, note } = await readPlaceToRecover(flags, run, cwd);
  if (note !== null) log(note, 'problem');
  return { ...place, workloadModule: order.workloadModule };
}
