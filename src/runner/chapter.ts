/**
 * Moving through the story: enter, retry, back, reset. A chapter is entered when its last action has ended; a signal
 * that comes before anything was broken leaves the run where it stood.
 */

import { label } from '../fault/instance.ts';
import { type Fault, liveFaults, type Position } from '../run/run.ts';
import { describeNext, liveSchedules, type Schedule } from '../run/schedules.ts';
import type { Chapter } from '../story/story.ts';
import { errorReport, Refusal } from '../terms/outcomes.ts';
import { act, plannedSteps } from './actions.ts';
import { judgeHypotheses, passOverDeviations, tellOfDeviations } from './hypothesis.ts';
import { mark, takeMark } from './mark.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';
import { recover, recoverSteps } from './recover.ts';
import { endSchedules } from './schedule.ts';
import { ensureStack, stopStack } from './stack.ts';
import { type Stopped, stopWorkload } from './stop-workload.ts';

/** Enters the next chapter, and the ones after it for as long as they advance by themselves. Resolves to where the run stands. */
export async function* next(ports: RunnerPorts, signal: AbortSignal): Stream<Position> {
  const at = whereItStands(ports);
  const blocked = at.position.phase !== 'entered' && at.chapter?.blocks_advance;
  if (blocked) {
    const what =
      at.position.phase === 'failed'
        ? `failed: ${at.position.failure?.message}`
        : 'was interrupted';
    throw new Refusal(
      'chapter_blocks',
      `"${at.chapter?.title}" blocks the way until its actions have ended; it ${what}`,
      'chapter retry',
    );
  }
  if (at.chapter?.blocks_advance) refuseWhileRepeated(ports, at.chapter);
  if (at.index + 1 >= ports.story.chapters.length) {
    throw new Refusal(
      'end_of_story',
      `"${at.chapter?.title ?? ports.story.name}" was the last chapter.`,
      'chapter reset',
    );
  }
  return yield* enterFrom(ports, at.index + 1, 'next', signal);
}

/** Undoes what the current chapter broke and enters it again from its first action. */
export async function* retry(
  ports: RunnerPorts,
  withinMs: number | null,
  signal: AbortSignal,
): Stream<Position> {
  const { index, chapter } = whereItStands(ports);
  if (!chapter)
    throw new Refusal('nothing_to_retry', 'No chapter has been entered yet.', 'chapter next');
  yield* undoChapter(ports, chapter, withinMs, signal);
  yield* passOverDeviations(ports);
  return yield* enterFrom(ports, index, 'retry', signal);
}

/** Undoes what the current chapter did and steps back; the chapter before is not entered again. */
export async function* back(
  ports: RunnerPorts,
  withinMs: number | null,
  signal: AbortSignal,
): Stream<Position> {
  const { index, chapter } = whereItStands(ports);
  if (!chapter)
    throw new Refusal(
      'nothing_to_retry',
      'The run stands before the first chapter: there is no way back.',
      'chapter next',
    );
  yield* undoChapter(ports, chapter, withinMs, signal);
  yield* passOverDeviations(ports);
  let broken: Stopped['broken'] = null;
  if (chapter.on_enter.some((action) => action.do === 'workload' && action.to === 'start'))
    ({ broken } = yield* stopWorkload(ports, 'chapter back', null, signal));
  yield record(ports, { type: 'chapter.left', chapter: chapter.id, index, to: index - 1 });
  if (broken) throw broken;
  return currentRun(ports).position;
}

/** Recovers everything, stops what gameday started, and ends the run. */
export async function* reset(
  ports: RunnerPorts,
  withinMs: number | null,
  signal: AbortSignal,
): Stream<void> {
  yield* endSchedules(ports, liveSchedules(currentRun(ports)), 'reset', 'command');
  // The run ends: what became of the rest of the stack is no longer its business.
  yield* recoverThese(ports, liveFaults(currentRun(ports)), withinMs, signal, true);
  const deviated = yield* passOverDeviations(ports);
  const broken = yield* windDown(ports, 'chapter reset', signal);
  yield record(ports, { type: 'run.finished' });
  if (broken ?? deviated) throw broken ?? deviated;
}

/** Where nothing that the last chapter broke is live any more; else it goes on until `chapter reset`. */
export async function* endStory(ports: RunnerPorts, signal: AbortSignal): Stream<void> {
  const run = currentRun(ports);
  const goesOn = liveFaults(run).length > 0 || liveSchedules(run).length > 0;
  const broken = goesOn ? null : yield* windDown(ports, 'the story is over', signal);
  if (broken) throw broken;
  yield* tellOfDeviations(ports);
}

/** Live ones that its actions began. */
function schedulesOf(ports: RunnerPorts, { id }: Chapter): Schedule[] {
  return liveSchedules(currentRun(ports)).filter(({ chapter }) => chapter === id);
}

/** A fault that comes again is an action that ends with its schedule. */
function refuseWhileRepeated(ports: RunnerPorts, chapter: Chapter): void {
  const [schedule] = schedulesOf(ports, chapter);
  if (!schedule) return;
  const next = describeNext(schedule, currentRun(ports), ports.now());
  throw new Refusal(
    'chapter_blocks',
    `"${chapter.title}" blocks the way until its schedule ${schedule.id} is over: ${next}.`,
    `Wait with \`chapter next --wait\`, or end it with \`fault recover ${schedule.id}\`.`,
  );
}

async function* enterFrom(
  ports: RunnerPorts,
  first: number,
  cause: 'next' | 'retry',
  signal: AbortSignal,
): Stream<Position> {
  yield* ensureStack(ports, signal);
  const last = ports.story.chapters.length - 1;
  for (let index = first; ; index++) {
    const chapter = ports.story.chapters[index] as Chapter;
    yield* enter(ports, chapter, index, index === first ? cause : 'auto', signal);
    if (index === last) {
      yield* endStory(ports, signal);
      return currentRun(ports).position;
    }
    yield* tellOfDeviations(ports);
    if (!chapter.auto_advance || schedulesOf(ports, chapter).length > 0)
      return currentRun(ports).position;
    signal.throwIfAborted();
  }
}

async function* enter(
  ports: RunnerPorts,
  chapter: Chapter,
  index: number,
  cause: 'next' | 'auto' | 'retry',
  signal: AbortSignal,
): Stream<void> {
  const where = { chapter: chapter.id, index };
  const faultsBefore = currentRun(ports).fault_count;
  yield* mark(ports, 'chapter', await takeMark(ports));
  yield record(ports, { type: 'chapter.entering', ...where, cause });
  const { id, title, narration } = chapter;
  const of = ports.story.chapters.length;
  const unverified = liveFaults(currentRun(ports))
    .filter(({ phase }) => phase === 'unverified')
    .map(({ id, kind, targets }) => ({ fault: id, kind, targets: targets.map(label) }));
  yield { type: 'chapter', index, of, id, title, narration, unverified };
  for (const [number, action] of chapter.on_enter.entries())
    yield* plannedSteps(chapter, action, number);
  for (const action of chapter.on_enter.keys()) {
    try {
      signal.throwIfAborted();
      const found = yield* act(ports, chapter, action, signal);
      yield record(ports, { type: 'action.done', ...where, action, found });
    } catch (error) {
      const { message } = error as Error;
      const code = errorReport(error)?.code ?? 'bug';
      // An abort is no change of mind: what was under way has failed.
      if (signal.aborted && code !== 'aborted' && currentRun(ports).fault_count === faultsBefore)
        yield record(ports, { type: 'chapter.cancelled', ...where, reason: message });
      else yield record(ports, { type: 'chapter.failed', ...where, action, code, message });
      yield* judgeHypotheses(ports);
      throw error;
    }
  }
  yield record(ports, { type: 'chapter.entered', ...where });
  yield* judgeHypotheses(ports);
}

async function* undoChapter(
  ports: RunnerPorts,
  chapter: Chapter,
  withinMs: number | null,
  signal: AbortSignal,
): Stream<void> {
  const run = currentRun(ports);
  yield* endSchedules(ports, schedulesOf(ports, chapter), 'left', 'command');
  const faults = liveFaults(run).filter((fault) => fault.chapter === chapter.id);
  yield* recoverThese(ports, faults, withinMs, signal);
}

async function* recoverThese(
  ports: RunnerPorts,
  faults: Fault[],
  withinMs: number | null,
  signal: AbortSignal,
  onlyTargets = false,
): Stream<void> {
  if (faults.length === 0) return;
  const request = {
    faults: faults.toReversed(),
    within_ms: withinMs,
    by: 'command',
    step: ['recover'],
    onlyTargets,
  } as const;
  yield* recoverSteps(request);
  yield* recover(ports, request, signal);
}

/** Stops the workload and the stack that gameday started. Resolves to what is to be thrown when all is done. */
async function* windDown(
  ports: RunnerPorts,
  reason: string,
  signal: AbortSignal,
): Stream<Stopped['broken']> {
  const { broken } = yield* stopWorkload(ports, reason, null, signal);
  yield* stopStack(ports);
  return broken;
}

/** Where the run stands in the story as the file has it now: chapters are found by id, since somebody may have edited it. */
function whereItStands(ports: RunnerPorts): {
  index: number;
  chapter: Chapter | null;
  position: Position;
} {
  const { position } = currentRun(ports);
  if (position.chapter === null) return { index: -1, chapter: null, position };
  const index = ports.story.chapters.findIndex((chapter) => chapter.id === position.chapter);
  if (index >= 0) return { index, chapter: ports.story.chapters[index] as Chapter, position };
  throw new Refusal(
    'other_story',
    `The run stands in the chapter "${position.chapter}", which the story no longer has.`,
    'chapter reset',
  );
}
