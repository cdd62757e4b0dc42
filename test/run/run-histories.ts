/**
 * Arbitrary histories of a run: what commands write, each cut off anywhere as a death would, with the state that they
 * must lead to kept beside them in the plainest way.
 */
import fc from 'fast-check';
import type { Verified } from '../../src/impact/verified.ts';
import type { Event, EventBody } from '../../src/run/events.ts';
import type { Run } from '../../src/run/run.ts';
import { AT, event, instance, STARTED } from '../story/things.ts';

/** What is true after a history, by counting alone. */
interface Truth {
  /** Ids of live faults, oldest first. */
  live: string[];
  injected: number;
  chapter: number;
  phase: 'entered' | 'entering' | 'failed';
  workload: boolean;
  /** What was read back of the last workload. */
  verified: Verified | null;
  stack: boolean;
  stackChange: Run['stack_change'];
  finished: boolean;
}

interface History {
  events: Event[];
  truth: Truth;
}

const NONE = { count: 0, keys: [] };
const VERIFIED: Verified = {
  acknowledged: 9,
  keys: 3,
  lost: { count: 1, keys: [2] },
  stale: NONE,
  foreign: NONE,
  unreadable: NONE,
  since: AT,
  incomplete: false,
};

const CHAPTERS = ['one', 'two', 'three'];

/** One command: which, how it ends, and after how many of its events its process dies. */
const moves = fc.record({
  what: fc.constantFrom(
    'next',
    'next',
    'retry',
    'back',
    'inject',
    'inject',
    'recover',
    'recover all',
    'workload',
    'stack',
    'reset',
  ),
  ending: fc.constantFrom('well', 'well', 'badly', 'cancelled'),
  breaks: fc.boolean(),
  which: fc.nat(),
  dies: fc.option(fc.integer({ min: 0, max: 6 }), { freq: 3 }),
});

type Move = typeof moves extends fc.Arbitrary<infer T> ? T : never;

export const histories: fc.Arbitrary<History> = fc
  .array(moves, { maxLength: 30, size: 'max' })
  .map(play);

function play(sequence: Move[]): History {
  const events: Event[] = [event(1, STARTED)];
  const truth: Truth = {
    live: [],
    injected: 0,
    chapter: -1,
    phase: 'entered',
    workload: false,
    verified: null,
    stack: false,
    stackChange: null,
    finished: false,
  };
  let before = { chapter: -1, phase: 'entered' as Truth['phase'] };
  const write = (body: EventBody) => {
    events.push(event(events.length + 1, body));
    before = follow(truth, before, body);
  };
  for (const move of sequence) {
    if (truth.finished) break;
    let written = 0;
    for (const body of bodies(move, truth)) {
      if (move.dies !== null && written++ >= move.dies) break;
      write(body);
    }
  }
  return { events, truth };
}

function follow(
  truth: Truth,
  before: { chapter: number; phase: Truth['phase'] },
  body: EventBody,
): typeof before {
  const was = { chapter: truth.chapter, phase: truth.phase };
  const stands = (chapter: number, phase: Truth['phase']) =>
    Object.assign(truth, { chapter, phase });
  if (body.type === 'chapter.entering') stands(body.index, 'entering');
  if (body.type === 'chapter.entered') stands(body.index, 'entered');
  if (body.type === 'chapter.failed') stands(body.index, 'failed');
  if (body.type === 'chapter.cancelled') stands(before.chapter, before.phase);
  if (body.type === 'chapter.left') stands(body.to, 'entered');
  if (body.type === 'fault.injecting') truth.live.push(`f${++truth.injected}`);
  if (body.type === 'fault.recovered') truth.live = truth.live.filter((id) => id !== body.fault);
  if (body.type === 'workload.started' || body.type === 'workload.stopped')
    truth.workload = body.type === 'workload.started';
  if (body.type === 'workload.started') truth.verified = null;
  if (body.type === 'workload.verified') truth.verified = body.verified;
  if (body.type.startsWith('stack.') && body.type !== 'stack.marked') {
    truth.stack = body.type !== 'stack.stopped';
    truth.stackChange =
      body.type === 'stack.starting'
        ? 'starting'
        : body.type === 'stack.stopping'
          ? 'stopping'
          : null;
  }
  if (body.type === 'run.finished') truth.finished = true;
  return body.type === 'chapter.entering' ? was : before;
}

function* bodies({ what, ending, breaks, which }: Move, truth: Truth): Generator<EventBody> {
  const at = (index: number) => ({ chapter: CHAPTERS[index] as string, index });
  switch (what) {
    case 'next':
    case 'retry': {
      const index = what === 'next' ? truth.chapter + 1 : truth.chapter;
      if (index < 0 || index >= CHAPTERS.length) return;
      if (what === 'retry') for (const id of truth.live.toReversed()) yield* recovery(id, 'well');
      yield { type: 'chapter.entering', ...at(index), cause: what };
      if (breaks) yield* injection(truth, 'well', CHAPTERS[index] as string);
      yield {
        type: 'action.done',
        ...at(index),
        action: 0,
        found: breaks ? { found: 'found', data: { a: [1, null] } } : null,
      };
      if (ending === 'cancelled' && !breaks)
        yield { type: 'chapter.cancelled', ...at(index), reason: 'Ended by SIGINT.' };
      else if (ending === 'badly')
        yield { type: 'chapter.failed', ...at(index), action: 1, code: 'deviated', message: 'no' };
      else yield { type: 'chapter.entered', ...at(index) };
      return;
    }
    case 'back':
      if (truth.chapter < 0) return;
      for (const id of truth.live.toReversed()) yield* recovery(id, 'well');
      yield { type: 'chapter.left', ...at(truth.chapter), to: truth.chapter - 1 };
      return;
    case 'inject':
      yield* injection(truth, ending, null);
      return;
    case 'recover': {
      const id = truth.live[which % truth.live.length];
      if (id) yield* recovery(id, ending);
      return;
    }
    case 'recover all':
      for (const id of truth.live.toReversed()) yield* recovery(id, ending);
      return;
    case 'workload':
      if (truth.workload) {
        yield { type: 'workload.stopped', reason: 'enough' };
        if (breaks) yield { type: 'workload.verified', verified: VERIFIED };
      } else
        yield { type: 'workload.started', kind: 'simulated', simulated: true, baseline: 10_000 };
      return;
    case 'stack':
      if (!truth.stackChange) {
        yield { type: truth.stack ? 'stack.stopping' : 'stack.starting' };
        if (ending === 'cancelled') return;
      }
      yield { type: truth.stackChange === 'stopping' ? 'stack.stopped' : 'stack.started' };
      return;
    case 'reset':
      for (const id of truth.live.toReversed()) yield* recovery(id, 'well');
      if (truth.workload) yield { type: 'workload.stopped', reason: 'reset' };
      yield { type: 'run.finished' };
  }
}

function* injection(
  truth: Truth,
  ending: Move['ending'],
  chapter: string | null,
): Generator<EventBody> {
  const fault = `f${truth.injected + 1}`;
  const targets = [instance('web', truth.injected + 1)];
  yield {
    type: 'fault.injecting',
    fault,
    kind: 'kill',
    params: {},
    effects: targets.map((target) => ({ target, effect: { on: 'lifecycle', to: 'killed' } })),
    before: [],
    words: { doing: 'killing', done: 'killed', undo: 'restart' },
    engine_time: AT,
    deadline: null,
    chapter,
    seed: 7,
  };
  if (ending === 'badly')
    yield {
      type: 'fault.recovered',
      fault,
      outcome: 'never_happened',
      reason: 'refused',
      took_ms: 0,
    };
  else yield { type: 'fault.injected', fault, took_ms: 12, targets };
}

function* recovery(fault: string, ending: Move['ending']): Generator<EventBody> {
  yield { type: 'fault.recovering', fault, by: 'command' };
  if (ending === 'badly') yield { type: 'fault.unverified', fault, reason: 'not well in time' };
  else
    yield { type: 'fault.recovered', fault, outcome: 'verified', reason: 'started', took_ms: 300 };
}
