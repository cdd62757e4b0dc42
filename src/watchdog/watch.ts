/**
 * The run's background loop: measures while a workload runs, looks at the probes, recovers every fault whose time is up, and
 * all of them when a condition of the story holds, and takes the turns of schedules. It follows the journal and nothing else: what is to be guarded and measured
 * stands there, so a watchdog that was killed and started again goes on where the other one stood.
 * Lacks on purpose: the process around it (app/watchdog/process.ts) and any state of its own that matters.
 */
import { isObserved, isProbed, type Run } from '../run/run.ts';
import { AbortLoop } from './abort-loop.ts';
import { Deadlines } from './deadlines.ts';
import { LoadLoop } from './load-loop.ts';
import type { WatchdogPorts } from './ports.ts';
import { ScheduleLoop } from './schedule-loop.ts';

/** Looks at least this often, since a file system may not tell of every change. */
const TICK_MS = 250;
/** Stays this long with nothing to do, so that a second command finds it ready. */
const IDLE_MS = 5000;
/** A load that nobody has come back to for this long is forgotten, and ends. */
const FORGOTTEN_MS = 12 * 3_600_000;
const FORGOTTEN = 'nobody has used the run for 12 hours';

/** Runs until there is nothing left to watch; resolves to why it ended. A signal makes it undo what it guards at once. */
export async function watch(ports: WatchdogPorts, signal: AbortSignal): Promise<string> {
  const deadlines = new Deadlines(ports);
  const aborts = new AbortLoop(ports);
  const schedules = new ScheduleLoop(ports);
  let idleSince = ports.elapsed();
  let run = ports.readRun();
  const load = new LoadLoop(ports, run);
  const said = new Set<string>();
  /** What goes wrong with the files must not end what is guarded; it is said once, and tried again. */
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      const { message } = error as Error;
      if (!said.has(message)) ports.log(message, 'problem');
      said.add(message);
    }
  };
  for (;;) {
    if (run === null || run.finished_at !== null) {
      ports.setProbes(null);
      await ports.setLoad(null);
      return 'the run is over';
    }
    if (signal.aborted) {
      await schedules.settled();
      let last = run;
      attempt(() => {
        last = ports.readRun() ?? last;
      });
      return end(ports, deadlines, last);
    }
    deadlines.follow(run);
    schedules.follow(run);
    const isChanging = load.isChanging();
    load.follow(run);
    ports.setProbes(run);
    const { seq } = run;
    attempt(() => ports.announce(seq));
    deadlines.act();
    const current = run;
    attempt(() => aborts.act(current));
    if (!aborts.isBusy()) attempt(() => schedules.act(current));
    const isForgotten = ports.now() - Date.parse(run.changed_at) > FORGOTTEN_MS;
    const isGuarding = deadlines.isBusy() || aborts.isBusy() || schedules.isBusy();
    const idle =
      !isGuarding &&
      !isChanging &&
      run.workload === null &&
      !((isProbed(run) || isObserved(run) || ports.awaitsAlert()) && !isForgotten);
    if (!idle) idleSince = ports.elapsed();
    if (idle && ports.elapsed() - idleSince > (ports.idleMs?.() ?? IDLE_MS)) {
      ports.setProbes(null);
      await ports.setLoad(null);
      return isForgotten ? FORGOTTEN : 'nothing is live and nothing is measured';
    }
    load.act(run, !ports.idleMs && !isGuarding && isForgotten ? FORGOTTEN : null);
    const dueMs = Math.min(deadlines.nextDueMs(), schedules.nextDueMs());
    await ports.changed(Math.min(TICK_MS, dueMs), signal);
    attempt(() => {
      run = ports.readRun();
    });
  }
}

async function end(ports: WatchdogPorts, deadlines: Deadlines, run: Run): Promise<string> {
  deadlines.follow(run);
  for (const fault of deadlines.guarded()) {
    ports.log(`${fault.id}: undone early, since the watchdog is being ended`);
    await ports
      .revert(fault)
      .catch((error: Error) => ports.log(`${fault.id}: ${error.message}`, 'problem'));
  }
  ports.setProbes(null);
  await ports.setLoad(null);
  return 'it was told to end';
}
