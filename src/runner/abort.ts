/**
 * Ending an experiment that went too far: a condition of `abort_if` held, or somebody halted, so every live fault is recovered
 * at once, last in first out. A command that is under way looks out for it whatever it is doing, and the watchdog does when there is none;
 * what the watchdog did, the next command ends with, so that a script hears of it.
 */
import { type Abort, type AbortDue, stillToAbort, untoldAbort } from '../run/aborts.ts';
import { type Halt, haltRefusal } from '../run/halt.ts';
import { liveFaults, type Run } from '../run/run.ts';
import { liveSchedules } from '../run/schedules.ts';
import { Refusal } from '../terms/outcomes.ts';
import { passOverDeviations } from './hypothesis.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';
import { recover, recoverSteps } from './recover.ts';
import { endSchedules } from './schedule.ts';

/**
 * Works, and ends with Refusal `aborted` where a condition held meanwhile, with `halted` where somebody halted. `signal` of the
 * work comes then, too. `goesOn`: a halt does not end it, since it only brings back what is broken.
 */
export async function* abortable<Result>(
  ports: RunnerPorts,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Stream<Result>,
  { goesOn = false } = {},
): Stream<Result> {
  const controller = new AbortController();
  let due: AbortDue | null = null;
  let halt: Halt | null = null;
  const watch = ports.watchConditions((seen) => {
    due ??= seen;
    controller.abort(
      new Refusal(
        'aborted',
        `Aborted: ${due.measured} (abort_if: ${due.condition}).`,
        'fault recover',
      ),
    );
  });
  const halts = ports.watchHalt((seen) => {
    if (goesOn) return;
    halt = seen;
    controller.abort(haltRefusal(seen));
  });
  try {
    const result = yield* work(AbortSignal.any([signal, controller.signal]));
    halt = goesOn ? null : ports.halted();
    if (due === null && halt === null) return result;
  } catch (error) {
    // A person's Ctrl-C goes first; the watchdog sees to the rest.
    if ((due === null && halt === null) || signal.aborted) throw error;
  } finally {
    watch.end();
    halts.end();
  }
  if (halt !== null) return yield* refuseHalted(ports, signal, halt);
  if (due === null) throw new Error('nothing ended the work');
  let failure: Error | null = null;
  try {
    yield* abort(ports, due, 'command', signal);
  } catch (error) {
    // That it was aborted is what the command ends with; what is still live is said beside it, and is tried again.
    if (signal.aborted) throw error;
    failure = error as Error;
  }
  yield* passOverDeviations(ports);
  throw refusalOf(currentRun(ports), due, failure);
}

/** While it is halted: recovers all that is live, and then refuses. */
export async function* refuseHalted(
  ports: RunnerPorts,
  signal: AbortSignal,
  halt: Halt,
): Stream<never> {
  let failure: unknown = null;
  try {
    yield* endAll(ports, halt, 'command', signal);
  } catch (error) {
    if (signal.aborted) throw error;
    failure = error;
  }
  const live = liveFaults(currentRun(ports)).map(({ id }) => id);
  throw Object.assign(haltRefusal(halt, live), { cause: failure });
}

/** Recovers all that is live, since somebody halted. Throws as `recover` does. */
export async function* endAll(
  ports: RunnerPorts,
  { by: halted_by, since, reason }: Halt,
  by: Abort['by'],
  signal: AbortSignal,
  withinMs: number | null = null,
): Stream<void> {
  const faults = liveFaults(currentRun(ports)).toReversed();
  yield* endSchedules(ports, liveSchedules(currentRun(ports)), 'halted', by);
  if (faults.length === 0) return;
  // One whose recovery has failed before is only tried again.
  if (faults.some(({ phase }) => phase === 'injecting' || phase === 'injected'))
    yield record(ports, {
      type: 'run.halted',
      halted_by,
      since,
      reason,
      faults: faults.map(({ id }) => id),
      by,
    });
  const request = { faults, within_ms: withinMs, by, step: ['halt'], aborts: true };
  yield* recoverSteps(request);
  yield* recover(ports, request, signal);
}

/** Recovers all that is live, unless what the condition was about is over by now. Throws as `recover` does. */
export async function* abort(
  ports: RunnerPorts,
  due: AbortDue,
  by: Abort['by'],
  signal: AbortSignal,
): Stream<void> {
  const run = currentRun(ports);
  const faults = liveFaults(run).toReversed();
  if (!faults.some((fault) => due.faults.includes(fault.id))) return;
  yield* endSchedules(ports, liveSchedules(run), 'aborted', by);
  if (stillToAbort(run).length < faults.length) {
    const { condition, measured, value } = due;
    yield record(ports, {
      type: 'run.aborted',
      condition,
      measured,
      value,
      faults: faults.map(({ id }) => id),
      by,
    });
  }
  const request = {
    faults,
    within_ms: null,
    by,
    step: ['abort'],
    aborts: true,
  };
  yield* recoverSteps(request);
  yield* recover(ports, request, signal);
}

/** Ends a command with what the watchdog did, once. Writes nothing and returns where there is nothing to tell. */
export async function* tellOfAbort(ports: RunnerPorts): Stream<void> {
  const run = currentRun(ports);
  const untold = untoldAbort(run);
  if (!untold) return;
  yield record(ports, { type: 'run.abort_told' });
  yield* passOverDeviations(ports);
  throw refusalOf(run, untold, null);
}

/** `failure`: why not all of it could be recovered, where that is known. */
function refusalOf(
  run: Run,
  { condition, measured, faults }: AbortDue,
  failure: Error | null,
): Refusal {
  const live = liveFaults(run).filter(({ id }) => faults.includes(id));
  const ids = faults.join(', ');
  const outcome =
    live.length > 0
      ? `${live.map(({ id }) => id).join(', ')} could not be recovered yet${failure ? ` (${failure.message})` : ''}`
      : `recovered at once: ${ids}`;
  const next =
    live.length > 0
      ? 'fault recover'
      : run.position.phase === 'failed'
        ? 'chapter retry'
        : run.position.chapter === null
          ? 'fault list --all'
          : ON;
  return new Refusal(
    'aborted',
    `Aborted: ${measured} (abort_if: ${condition}); ${outcome}.`,
    next,
    [],
    failure ? { cause: failure } : undefined,
  );
}

const ON = 'Do it again with `chapter retry`, or go on with `chapter next`.';
