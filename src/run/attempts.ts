/**
 * Attempts at chapters, and what their hypotheses came to. Pure. A hypothesis is about all faults that its chapter injected since
 * it was entered last. It is judged once: as soon as the chapter's actions have ended and none of these faults is live any more,
 * and no schedule brings more of them, whoever recovers or ends them.
 */
import type { OnDeviation } from '../story/hypothesis-spec.ts';
import type { Chapter } from '../story/story.ts';
import type { ItemState, JudgedItem } from './judged-item.ts';
import { type Fault, isLive, type Run } from './run.ts';
import { liveSchedules } from './schedules.ts';

export interface Attempt {
  /** Number of the first fault that it may have injected. */
  first_fault: number;
  /** Null: its hypothesis has not been judged, or it has none. */
  judged: Judged | null;
}

export interface Judged {
  /** ISO. */
  at: string;
  state: ItemState;
  on_deviation: OnDeviation;
  items: JudgedItem[];
  /** A command has ended with it, or went on knowing of it. */
  told: boolean;
}

/** Those that happened, oldest first. */
export function faultsOfAttempt(run: Run, chapter: string): Fault[] {
  const attempt = run.attempts[chapter];
  if (!attempt) return [];
  return run.faults.filter(
    (fault) =>
      fault.chapter === chapter &&
      Number(fault.id.slice(1)) >= attempt.first_fault &&
      fault.outcome !== 'never_happened',
  );
}

/** Whether its hypothesis is to be judged now. */
export function isDue(run: Run, { id, hypothesis }: Chapter): boolean {
  const attempt = run.attempts[id];
  if (hypothesis.length === 0 || !attempt || attempt.judged) return false;
  const { position } = run;
  if (position.chapter === id && position.phase === 'entering') return false;
  const faults = faultsOfAttempt(run, id);
  const isRepeated = liveSchedules(run).some(({ chapter }) => chapter === id);
  return faults.length > 0 && !faults.some(isLive) && !isRepeated;
}

/** Judged ones that deviated and have to end a command, by chapter. */
export function untoldDeviations(run: Run | null): [chapter: string, judged: Judged][] {
  return judgedIn(run).filter(
    ([, { state, on_deviation, told }]) => state === 'deviated' && on_deviation === 'stop' && !told,
  );
}

/** In the order in which the chapters were entered first. */
export function judgedIn(run: Run | null): [chapter: string, judged: Judged][] {
  return Object.entries(run?.attempts ?? {}).flatMap(([chapter, { judged }]): [string, Judged][] =>
    judged ? [[chapter, judged]] : [],
  );
}
