/**
 * The run's state as a fold over the journal's events. Pure and bounded: it grows with the live faults and the
 * chapters, never with the length of the journal, so that a snapshot of it stays small.
 */

import type { Workload } from '../impact/workload.ts';
import type { Event } from './events.ts';
import { injecting, recovered, withFault, withSchedule } from './fold-fault.ts';
import { stateOf } from './judged-item.ts';
import type { Position, Run } from './run.ts';
import { begun, keptSchedules } from './schedules.ts';

/** The next state. Throws RangeError for an event that cannot follow: such a journal is damaged. */
export function fold(run: Run | null, event: Event): Run {
  if (event.type === 'run.started') {
    if (run) throw new RangeError('a run starts twice');
    return begin(event);
  }
  if (!run) throw new RangeError(`${event.type} before run.started`);
  if (event.seq !== run.seq + 1) throw new RangeError(`event ${event.seq} after event ${run.seq}`);
  return { ...run, ...change(run, event), seq: event.seq, changed_at: event.at };
}

function begin(event: Extract<Event, { type: 'run.started' }>): Run {
  const start: Position = { index: -1, chapter: null, phase: 'entered', at: null, failure: null };
  return {
    id: event.run,
    gameday: event.gameday,
    seq: event.seq,
    started_at: event.at,
    changed_at: event.at,
    story: event.story,
    engine: event.engine,
    position: start,
    before: start,
    faults: [],
    fault_count: 0,
    schedules: [],
    schedule_count: 0,
    attempts: {},
    workload: null,
    aborted: null,
    verified: null,
    watched: [],
    marks: {},
    stack_started: false,
    stack_change: null,
    finished_at: null,
    environment: event.environment ?? null,
  };
}

function change(run: Run, event: Exclude<Event, { type: 'run.started' }>): Partial<Run> {
  switch (event.type) {
    case 'stack.starting':
      return { stack_started: true, stack_change: 'starting' };
    case 'stack.started':
      return { stack_started: true, stack_change: null };
    case 'stack.stopping':
      return { stack_change: 'stopping' };
    case 'stack.stopped':
      return { stack_started: false, stack_change: null };
    case 'stack.marked':
      return {
        marks: {
          ...run.marks,
          [event.because]: { seq: event.seq, logs: event.logs, restarts: event.restarts },
        },
      };
    case 'chapter.entering':
      return {
        before: run.position,
        position: {
          index: event.index,
          chapter: event.chapter,
          phase: 'entering',
          at: event.at,
          failure: null,
        },
        aborted: null,
        attempts: {
          ...run.attempts,
          [event.chapter]: { first_fault: run.fault_count + 1, judged: null },
        },
      };
    case 'hypothesis.checked':
      return judged(run, event);
    case 'hypothesis.told':
      return { attempts: told(run.attempts, event.chapters) };
    case 'action.done':
      return {};
    case 'chapter.entered':
      return { position: { ...run.position, phase: 'entered', at: event.at } };
    case 'chapter.failed':
      return {
        position: {
          ...run.position,
          phase: 'failed',
          at: event.at,
          failure: { action: event.action, code: event.code, message: event.message },
        },
      };
    case 'chapter.cancelled':
      return { position: run.before, attempts: without(run.attempts, event.chapter) };
    case 'chapter.left':
      return {
        position: {
          index: event.to,
          chapter: run.story.chapters[event.to]?.id ?? null,
          phase: 'entered',
          at: event.at,
          failure: null,
        },
        finished_at: null,
        aborted: null,
        attempts: without(run.attempts, event.chapter),
      };
    case 'fault.injecting':
      return injecting(run, event);
    case 'fault.injected':
      return withFault(run, event.fault, { phase: 'injected', injected_at: event.at });
    case 'fault.recovering':
      return withFault(run, event.fault, { phase: 'recovering', recovering_at: event.at });
    case 'fault.unverified':
      return withFault(run, event.fault, { phase: 'unverified', reason: event.reason });
    case 'fault.recovered':
      return recovered(run, event);
    case 'schedule.started':
      return {
        schedule_count: run.schedule_count + 1,
        schedules: keptSchedules([...run.schedules, begun(event)]),
      };
    case 'schedule.skipped':
    case 'schedule.ended':
      return withSchedule(run, event.schedule, event);
    case 'workload.started':
      return { workload: workloadOf(event), watched: event.watched ?? [], verified: null };
    case 'workload.stopped':
      return { workload: null };
    case 'run.aborted': {
      const { condition, measured, value, faults, by } = event;
      return {
        aborted: { at: event.at, condition, measured, value, faults, by, told: by === 'command' },
      };
    }
    case 'run.abort_told':
      return { aborted: run.aborted && { ...run.aborted, told: true } };
    case 'workload.verified':
      return { verified: event.verified };
    case 'run.finished':
      return { finished_at: event.at };
    case 'run.halted':
    case 'steady_state.checked':
      return {};
  }
}

function judged(
  { attempts }: Run,
  { chapter, at, on_deviation, items }: Extract<Event, { type: 'hypothesis.checked' }>,
): Partial<Run> {
  const attempt = attempts[chapter];
  if (!attempt) throw new RangeError(`${chapter} was not entered`);
  const result = { at, state: stateOf(items), on_deviation, items, told: false };
  return { attempts: { ...attempts, [chapter]: { ...attempt, judged: result } } };
}

function told(attempts: Run['attempts'], chapters: readonly string[]): Run['attempts'] {
  return Object.fromEntries(
    Object.entries(attempts).map(([chapter, { judged, ...rest }]) => [
      chapter,
      { ...rest, judged: judged && { ...judged, told: judged.told || chapters.includes(chapter) } },
    ]),
  );
}

function without(attempts: Run['attempts'], chapter: string): Run['attempts'] {
  const { [chapter]: _, ...others } = attempts;
  return others;
}

function workloadOf({
  kind,
  simulated,
  baseline,
  reference,
  at,
  metrics,
  foreground,
}: Extract<Event, { type: 'workload.started' }>): Workload {
  return {
    kind,
    simulated,
    baseline,
    reference: reference ?? null,
    ...(metrics !== undefined && { metrics }),
    ...(foreground && { foreground }),
    started_at: at,
  };
}
