/**
 * The run's background loop: measures while a workload runs, recovers every fault whose time is up, and all of them when a
 * condition of the story holds. It follows the journal and nothing else: what is to be guarded and measured stands there, so a watchdog that was killed and started
 * again goes on where the other one stood.
 * Lacks on purpose: the process around it (house/watchdog-process.ts) and any state of its own that matters.
 */
import { type AbortDue, stillToAbort } from './story/aborts.ts';
import { type Fault, isProbed, liveFaults, type Run } from './story/run.ts';

/** Looks at least this often, since a file system may not tell of every change. */
const TICK_MS = 250;
/** Stays this long with nothing to do, so that a second command finds it ready. */
const IDLE_MS = 5000;
/** A load that nobody has come back to for this long is forgotten, and ends. */
const FORGOTTEN_MS = 12 * 3_600_000;
/** After a failed recovery the next try waits, doubled each time up to a minute. */
const RETRY_MS = 1000;
const RETRY_MAX_MS = 60_000;

export interface WatchdogPorts {
  /** The run as its journal says now; null once another run has taken its place. */
  readRun(): Run | null;
  /** Says that everything up to this event is guarded. */
  announce(seq: number): void;
  /** Starts or stops the load, as the run wants it; resolves when that is done. Never rejects: what goes wrong is logged. */
  setLoad(workload: Run['workload']): Promise<void>;
  /** Has the probes looked at, as the run wants it; null: no longer. Waits for no look, and never throws. */
  setProbes(run: Run | null): void;
  /** Asks the engine alone to undo the fault: no lock, no journal. It must help even while a command holds the run or the disk is full. */
  revert(fault: Fault): Promise<void>;
  /** Recovers as `fault recover` does, with lock, proof and journal. */
  recover(fault: Fault): Promise<void>;
  /** Whether a condition of a live fault holds by now. */
  abortDue(run: Run): AbortDue | null;
  /** Writes the abort down and recovers all that is live, with lock, proof and journal. */
  abort(due: AbortDue): Promise<void>;
  stopWorkload(reason: string): Promise<void>;
  /** Resolves when the journal changed, the time is over, or the signal comes. */
  changed(withinMs: number, signal: AbortSignal): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  elapsed(): number;
  /** `problem`: what somebody ought to know of, as `story doctor` says it. */
  log(text: string, level?: 'problem'): void;
  /** For one that runs within a command: how long it stays with nothing to do. Its load is never forgotten. */
  idleMs?(): number;
}

/** Runs until there is nothing left to watch; resolves to why it ended. A signal makes it undo what it guards at once. */
export async function watch(ports: WatchdogPorts, signal: AbortSignal): Promise<string> {
  const guard = new Guard(ports);
  const breaker = new Breaker(ports);
  let idleSince = ports.elapsed();
  let run = ports.readRun();
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
    if (signal.aborted) return end(ports, guard, run);
    guard.follow(run);
    // Not waited for: a load that ends slowly must not hold up a fault whose time is up.
    void ports.setLoad(run.workload);
    ports.setProbes(run);
    const { seq } = run;
    attempt(() => ports.announce(seq));
    guard.act();
    const current = run;
    attempt(() => breaker.act(current));
    const isForgotten = ports.now() - Date.parse(run.changed_at) > FORGOTTEN_MS;
    const isGuarding = guard.isBusy() || breaker.isBusy();
    const idle = !isGuarding && run.workload === null && !(isProbed(run) && !isForgotten);
    if (!idle) idleSince = ports.elapsed();
    if (idle && ports.elapsed() - idleSince > (ports.idleMs?.() ?? IDLE_MS)) {
      ports.setProbes(null);
      await ports.setLoad(null);
      return isForgotten ? 'nobody has used the run for 12 hours' : 'nothing is live and nothing is measured';
    }
    if (!ports.idleMs && run.workload !== null && !isGuarding && isForgotten) {
      await ports.stopWorkload('nobody has used the run for 12 hours').catch((error: Error) => ports.log(`workload: ${error.message}`, 'problem'));
    }
    await ports.changed(Math.min(TICK_MS, guard.nextDueMs()), signal);
    attempt(() => {
      run = ports.readRun();
    });
  }
}

async function end(ports: WatchdogPorts, guard: Guard, run: Run): Promise<string> {
  guard.follow(run);
  for (const fault of guard.guarded()) {
    ports.log(`${fault.id}: undone early, since the watchdog is being ended`);
    await ports.revert(fault).catch((error: Error) => ports.log(`${fault.id}: ${error.message}`, 'problem'));
  }
  ports.setProbes(null);
  await ports.setLoad(null);
  return 'it was told to end';
}

interface Guarded {
  fault: Fault;
  /** By the clock that never jumps, from the moment the fault was first seen: a wall clock set back must not lengthen a fault. */
  dueAt: number;
  tries: number;
  underWay: boolean;
}

/** The faults with a time limit, and when each is due. */
class Guard {
  readonly #ports: WatchdogPorts;
  readonly #guarded = new Map<string, Guarded>();

  constructor(ports: WatchdogPorts) {
    this.#ports = ports;
  }

  follow(run: Run): void {
    const limited = liveFaults(run).filter((fault) => fault.deadline !== null);
    for (const id of this.#guarded.keys()) if (!limited.some((fault) => fault.id === id)) this.#guarded.delete(id);
    for (const fault of limited) {
      const known = this.#guarded.get(fault.id);
      if (known) known.fault = fault;
      else {
        const leftMs = Date.parse(fault.deadline as string) - this.#ports.now();
        const limitMs = Date.parse(fault.deadline as string) - Date.parse(fault.injecting_at);
        const dueAt = this.#ports.elapsed() + Math.min(leftMs, limitMs);
        this.#guarded.set(fault.id, { fault, dueAt, tries: 0, underWay: false });
      }
    }
  }

  isBusy(): boolean {
    return this.#guarded.size > 0;
  }

  guarded(): Fault[] {
    return [...this.#guarded.values()].map(({ fault }) => fault).toReversed();
  }

  /** Until the next one is due; not less than a millisecond, and Infinity with none. */
  nextDueMs(): number {
    const waits = [...this.#guarded.values()].filter((each) => !each.underWay).map((each) => each.dueAt - this.#ports.elapsed());
    return Math.max(1, Math.min(...waits));
  }

  /** Begins the recovery of what is due, newest first; does not wait for it, since others may be due meanwhile. */
  act(): void {
    const due = [...this.#guarded.values()].filter((each) => !each.underWay && each.dueAt <= this.#ports.elapsed());
    for (const each of due.toReversed()) {
      each.underWay = true;
      void this.#mend(each).finally(() => {
        each.underWay = false;
      });
    }
  }

  /** Undo first, journal second: nothing that fails later may keep the target broken. */
  async #mend(each: Guarded): Promise<void> {
    const { fault } = each;
    const { log } = this.#ports;
    each.tries++;
    try {
      if (each.tries === 1) log(`${fault.id}: its time is up`);
      await this.#ports.revert(fault).catch((error: Error) => log(`${fault.id}: undo: ${error.message}`, 'problem'));
      await this.#ports.recover(fault);
      log(`${fault.id}: recovered`);
    } catch (error) {
      const waitMs = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (each.tries - 1));
      each.dueAt = this.#ports.elapsed() + waitMs;
      log(`${fault.id}: ${(error as Error).message} Next try in ${waitMs / 1000} s.`, 'problem');
    }
  }
}

/** Ends everything at once when a condition holds, and sees to it until all of it is recovered. */
class Breaker {
  readonly #ports: WatchdogPorts;
  #underWay = false;
  #tries = 0;
  /** By the clock that never jumps. */
  #nextAt = 0;

  constructor(ports: WatchdogPorts) {
    this.#ports = ports;
  }

  isBusy(): boolean {
    return this.#underWay || this.#tries > 0;
  }

  /** Does not wait for what it begins. An abort in the journal that somebody left unfinished is gone on with. */
  act(run: Run): void {
    if (this.#underWay || this.#ports.elapsed() < this.#nextAt) return;
    const due = stillToAbort(run).length > 0 ? run.aborted : this.#ports.abortDue(run);
    if (!due) {
      this.#tries = 0;
      return;
    }
    this.#underWay = true;
    void this.#abort(run, due).finally(() => {
      this.#underWay = false;
    });
  }

  /** As for a fault whose time is up: undo first, journal second. */
  async #abort(run: Run, due: AbortDue): Promise<void> {
    const { log } = this.#ports;
    this.#tries++;
    try {
      if (this.#tries === 1) log(`aborts: ${due.measured} (abort_if: ${due.condition})`);
      for (const fault of liveFaults(run).toReversed()) {
        await this.#ports.revert(fault).catch((error: Error) => log(`${fault.id}: undo: ${error.message}`));
      }
      await this.#ports.abort(due);
      log('aborted: nothing of it is live any more');
    } catch (error) {
      const waitMs = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (this.#tries - 1));
      this.#nextAt = this.#ports.elapsed() + waitMs;
      log(`abort: ${(error as Error).message} Next try in ${waitMs / 1000} s.`);
    }
  }
}
