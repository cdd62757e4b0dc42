/** What the events of a fault make of it, and of the schedule that it belongs to. Pure: `fold.ts` has all the others. */
import type { Workload } from '../impact/workload.ts';
import type { EventOf } from './events.ts';
import { type Fault, isLive, type Run } from './run.ts';
import { advanced, keptSchedules, type ScheduleEvent } from './schedules.ts';

/** Recovered faults kept in the state; older ones are in the journal alone. */
const KEPT_FAULTS = 20;

/** The fault is live from here. */
export function injecting(run: Run, event: EventOf<'fault.injecting'>): Partial<Run> {
  return {
    fault_count: run.fault_count + 1,
    faults: keep([...run.faults, intent(event, run.workload)]),
    watched: event.watched ?? [],
    aborted: null,
    ...(event.schedule !== undefined && withSchedule(run, event.schedule, event)),
  };
}

/** Its schedule, of which it may be the last, counts it. */
export function recovered(run: Run, event: EventOf<'fault.recovered'>): Partial<Run> {
  const patch = withFault(run, event.fault, {
    phase: 'recovered',
    recovered_at: event.at,
    outcome: event.outcome,
    reason: event.reason,
    probes: event.probes ?? [],
  });
  return { ...patch, ...scheduleOf(run, event) };
}

export function withFault(run: Run, id: string, patch: Partial<Fault>): Partial<Run> {
  if (!run.faults.some((fault) => fault.id === id && isLive(fault)))
    throw new RangeError(`fault ${id} is not live`);
  return {
    faults: keep(run.faults.map((fault) => (fault.id === id ? { ...fault, ...patch } : fault))),
  };
}

/** The schedule of a fault that is recovered; it may be over, and forgotten, by then. */
function scheduleOf(run: Run, event: EventOf<'fault.recovered'>): Partial<Run> {
  const { schedule = null } = run.faults.find(({ id }) => id === event.fault) ?? {};
  if (schedule === null || !run.schedules.some(({ id }) => id === schedule)) return {};
  return withSchedule(run, schedule, event);
}

export function withSchedule(run: Run, id: string, event: ScheduleEvent): Partial<Run> {
  if (!run.schedules.some((schedule) => schedule.id === id))
    throw new RangeError(`there is no schedule ${id}`);
  const schedules = run.schedules.map((schedule) =>
    schedule.id === id ? advanced(schedule, event) : schedule,
  );
  return { schedules: keptSchedules(schedules) };
}

function intent(event: EventOf<'fault.injecting'>, workload: Workload | null): Fault {
  return {
    id: event.fault,
    kind: event.kind,
    phase: 'injecting',
    params: event.params,
    targets: event.effects.map(({ target }) => target),
    effects: event.effects.map(({ effect }) => effect),
    words: event.words,
    before: event.before,
    left: event.left ?? [],
    chapter: event.chapter,
    engine_time: event.engine_time,
    injecting_at: event.at,
    injected_at: null,
    deadline: event.deadline,
    recovering_at: null,
    recovered_at: null,
    outcome: null,
    reason: null,
    seed: event.seed,
    abort_if: event.abort_if ?? [],
    observed: event.observed ?? false,
    schedule: event.schedule ?? null,
    workload,
    probes: [],
  };
}

function keep(faults: Fault[]): Fault[] {
  const over = faults.filter((fault) => !isLive(fault)).length - KEPT_FAULTS;
  if (over <= 0) return faults;
  let dropped = 0;
  return faults.filter((fault) => isLive(fault) || ++dropped > over);
}
