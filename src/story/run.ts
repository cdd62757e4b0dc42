/**
 * The run's state: a fold over the journal's events. Pure and bounded: it grows with the live faults and the
 * chapters, never with the length of the journal, so that a snapshot of it stays small.
 */
import type { AbortCondition, Reference } from './abort-condition.ts';
import type { Abort } from './aborts.ts';
import type { Event, MARKED_AT } from './events.ts';
import type { ProbeFelt } from './measure/probe-felt.ts';
import { Refusal } from './outcomes.ts';
import type { Instance, Operation } from './target.ts';

/** Recovered faults kept in the state; older ones are in the journal alone. */
const KEPT_FAULTS = 20;

export interface Fault {
  id: string;
  kind: string;
  phase: 'injecting' | 'injected' | 'recovering' | 'unverified' | 'recovered';
  targets: Instance[];
  undo: Operation;
  chapter: string | null;
  engine_time: string;
  injecting_at: string;
  injected_at: string | null;
  deadline: string | null;
  recovering_at: string | null;
  recovered_at: string | null;
  outcome: 'verified' | 'never_happened' | 'closed' | null;
  /** Why it is not verified, or how it ended. */
  reason: string | null;
  seed: number | null;
  abort_if: AbortCondition[];
  /** What ran when it was injected, and is what can have felt it; null: nothing. */
  workload: Workload | null;
  /** What the probes of the steady state saw of it until it was recovered. */
  probes: ProbeFelt[];
}

export interface Workload {
  kind: string;
  simulated: boolean;
  /** Operations a second that were set, or null: they are measured. */
  baseline: number | null;
  /** The earlier run that is compared with, or null. */
  reference: Reference | null;
  started_at: string;
}

/** Where the stack stood when something began: `seq` of the event that says so, the engine's word for its logs, instance -> restarts. */
export interface Mark {
  seq: number;
  logs: string | null;
  restarts: Record<string, number>;
}

export interface Position {
  /** From 0; -1 before the first chapter. */
  index: number;
  chapter: string | null;
  phase: 'entered' | 'entering' | 'failed';
  at: string | null;
  failure: { action: number; code: string; message: string } | null;
}

export interface Run {
  id: string;
  gameday: string;
  seq: number;
  started_at: string;
  /** Time of the newest event. */
  changed_at: string;
  story: { name: string; path: string | null; digest: string; chapters: { id: string; title: string }[] };
  engine: { kind: 'compose' | 'process'; project: string; files: string[] };
  position: Position;
  /** Where a cancelled chapter falls back to. */
  before: Position;
  /** Live ones first to last, after the newest of the recovered ones. */
  faults: Fault[];
  fault_count: number;
  workload: Workload | null;
  aborted: Abort | null;
  /** Probes of the steady state that the watchdog looks at while a fault is live or a workload runs. */
  watched: string[];
  /** The newest of each; only where the story has probes that need one. */
  marks: Partial<Record<(typeof MARKED_AT)[number], Mark>>;
  stack_started: boolean;
  finished_at: string | null;
}

export function isLive(fault: Fault): boolean {
  return fault.phase !== 'recovered';
}

/** Oldest first; undo in reverse. */
export function liveFaults(run: Run): Fault[] {
  return run.faults.filter(isLive);
}

/** Live ones, and those that were not recovered yet in `before`: what happened between the two. */
export function faultsSince(before: Run | null, run: Run): Fault[] {
  const over = before?.id === run.id ? before.faults.filter((fault) => !isLive(fault)).map((fault) => fault.id) : [];
  return run.faults.filter((fault) => !over.includes(fault.id));
}

/** Whether the watchdog looks at the probes of the steady state now. */
export function isProbed(run: Run): boolean {
  return run.watched.length > 0 && run.finished_at === null && (run.workload !== null || run.faults.some(isLive));
}

/** True while leaving the run would lose something: a chapter was entered, or something of it still acts on the stack. */
export function isUnderWay(run: Run): boolean {
  return run.finished_at === null && (run.position.index >= 0 || run.stack_started || run.workload !== null || liveFaults(run).length > 0);
}

/** The live faults that are meant, newest first. Throws Refusal `unknown_fault`; a fault that is recovered already is none. */
export function faultsMeant(run: Run, which: string | 'all'): Fault[] {
  const live = liveFaults(run).toReversed();
  if (which === 'all') return live;
  const number = /^f(\d+)$/.exec(which)?.[1];
  if (!number || Number(number) < 1 || Number(number) > run.fault_count) {
    const known = live.length > 0 ? `Live now: ${live.map((fault) => fault.id).join(', ')}.` : 'No fault is live.';
    throw new Refusal('unknown_fault', `This run has no fault "${which}". ${known}`, 'fault list');
  }
  return live.filter((fault) => fault.id === which);
}

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
    workload: null,
    aborted: null,
    watched: [],
    marks: {},
    stack_started: false,
    finished_at: null,
  };
}

function change(run: Run, event: Exclude<Event, { type: 'run.started' }>): Partial<Run> {
  switch (event.type) {
    case 'stack.started':
      return { stack_started: true };
    case 'stack.stopped':
      return { stack_started: false };
    case 'stack.marked':
      return { marks: { ...run.marks, [event.because]: { seq: event.seq, logs: event.logs, restarts: event.restarts } } };
    case 'chapter.entering':
      return {
        before: run.position,
        position: { index: event.index, chapter: event.chapter, phase: 'entering', at: event.at, failure: null },
        aborted: null,
      };
    case 'action.done':
      return {};
    case 'chapter.entered':
      return { position: { ...run.position, phase: 'entered', at: event.at } };
    case 'chapter.failed':
      return {
        position: { ...run.position, phase: 'failed', at: event.at, failure: { action: event.action, code: event.code, message: event.message } },
      };
    case 'chapter.cancelled':
      return { position: run.before };
    case 'chapter.left':
      return {
        position: { index: event.to, chapter: run.story.chapters[event.to]?.id ?? null, phase: 'entered', at: event.at, failure: null },
        finished_at: null,
        aborted: null,
      };
    case 'fault.injecting':
      return {
        fault_count: run.fault_count + 1,
        faults: keep([...run.faults, intent(event, run.workload)]),
        watched: event.watched ?? [],
        aborted: null,
      };
    case 'fault.injected':
      return withFault(run, event.fault, { phase: 'injected', injected_at: event.at });
    case 'fault.recovering':
      return withFault(run, event.fault, { phase: 'recovering', recovering_at: event.at });
    case 'fault.unverified':
      return withFault(run, event.fault, { phase: 'unverified', reason: event.reason });
    case 'fault.recovered':
      return withFault(run, event.fault, {
        phase: 'recovered',
        recovered_at: event.at,
        outcome: event.outcome,
        reason: event.reason,
        probes: event.probes ?? [],
      });
    case 'workload.started':
      return { workload: workloadOf(event), watched: event.watched ?? [] };
    case 'workload.stopped':
      return { workload: null };
    case 'run.aborted': {
      const { condition, measured, value, faults, by } = event;
      return { aborted: { at: event.at, condition, measured, value, faults, by, told: by === 'command' } };
    }
    case 'run.abort_told':
      return { aborted: run.aborted && { ...run.aborted, told: true } };
    case 'run.finished':
      return { finished_at: event.at };
  }
}

function workloadOf({ kind, simulated, baseline, reference, at }: Extract<Event, { type: 'workload.started' }>): Workload {
  return { kind, simulated, baseline, reference: reference ?? null, started_at: at };
}

function intent(event: Extract<Event, { type: 'fault.injecting' }>, workload: Workload | null): Fault {
  return {
    id: event.fault,
    kind: event.kind,
    phase: 'injecting',
    targets: event.targets,
    undo: event.undo,
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
    workload,
    probes: [],
  };
}

function withFault(run: Run, id: string, patch: Partial<Fault>): Partial<Run> {
  if (!run.faults.some((fault) => fault.id === id && isLive(fault))) throw new RangeError(`fault ${id} is not live`);
  return { faults: keep(run.faults.map((fault) => (fault.id === id ? { ...fault, ...patch } : fault))) };
}

function keep(faults: Fault[]): Fault[] {
  const over = faults.filter((fault) => !isLive(fault)).length - KEPT_FAULTS;
  if (over <= 0) return faults;
  let dropped = 0;
  return faults.filter((fault) => isLive(fault) || ++dropped > over);
}
