/**
 * Faults that come again and again. A command begins the schedule with its first turn; the watchdog makes the others, each in
 * the run's lock, looked at and guarded as any other fault. Whoever recovers, halts or aborts ends the schedule before that.
 */
import { haltRefusal } from '../run/halt.ts';
import type { Fault } from '../run/run.ts';
import { nextInject } from '../run/scheduled-inject.ts';
import { type EndReason, liveFaultOf, liveSchedules, type Schedule } from '../run/schedules.ts';
import { errorReport } from '../terms/outcomes.ts';
import { judgeHypotheses } from './hypothesis.ts';
import { type InjectRequest, inject } from './inject.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';

type By = 'command' | 'watchdog';

/** The first turn of a schedule, where the request wants one, or its only fault. One whose first turn fails has not begun. */
export async function* injectFirst(
  ports: RunnerPorts,
  request: InjectRequest,
  signal: AbortSignal,
): Stream<Fault> {
  const before = currentRun(ports).schedules.map(({ id }) => id);
  try {
    return yield* inject(ports, request, signal);
  } catch (error) {
    const begun = liveSchedules(currentRun(ports)).filter(({ id }) => !before.includes(id));
    const code = errorReport(error)?.code;
    const because = code === 'aborted' || code === 'halted' ? code : 'failed';
    yield* endSchedules(ports, begun, because, 'command');
    throw error;
  }
}

/**
 * For the watchdog: one turn, if it is still the next one and nothing of the schedule is live. Resolves to its fault; null:
 * it was skipped, which is recorded with the reason, or is not due any more. Throws what becomes of a fault that was begun.
 */
export async function* takeTurn(
  ports: RunnerPorts,
  id: string,
  number: number,
  signal: AbortSignal,
): Stream<Fault | null> {
  const run = currentRun(ports);
  const schedule = liveSchedules(run).find((each) => each.id === id);
  if (!schedule || schedule.turns + 1 !== number || liveFaultOf(schedule, run)) return null;
  const halt = ports.halted();
  if (halt) throw haltRefusal(halt);
  const spec = nextInject(schedule, ports.story);
  if (spec === null) {
    yield* endSchedules(ports, [schedule], 'program_gone', 'watchdog');
    return null;
  }
  const { chapter, force } = schedule;
  try {
    const request = { spec, chapter, step: ['turn', id], force, schedule: id };
    return yield* inject(ports, request, signal);
  } catch (error) {
    const known = errorReport(error);
    // What has begun is in the journal as a fault; a halt ends the schedule, and a signal only the watchdog.
    if (
      signal.aborted ||
      !known ||
      currentRun(ports).fault_count > run.fault_count ||
      known.code === 'halted'
    )
      throw error;
    const { code, message } = known;
    yield record(ports, { type: 'schedule.skipped', schedule: id, turn: number, code, message });
    return null;
  }
}

/** No more turns of these; what is live of them is not touched. */
export async function* endSchedules(
  ports: RunnerPorts,
  schedules: readonly Schedule[],
  because: EndReason,
  by: By,
): Stream<void> {
  for (const { id } of schedules)
    yield record(ports, { type: 'schedule.ended', schedule: id, because, by });
  if (schedules.length > 0) yield* judgeHypotheses(ports);
}
