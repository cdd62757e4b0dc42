/** What a key of the screen does to the run: the same use cases as the commands. */
import { describeAction } from '../../run/plan.ts';
import type { Run } from '../../run/run.ts';
import { injections } from '../../story/breaks.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Move } from '../../view/screen/ui.ts';
import { type Context, currentView, findPlace } from '../context.ts';
import { enterAgain, enterNext } from '../enter-chapter.ts';
import { haltFaults } from '../halt.ts';
import { stepBack } from '../leave-chapter.ts';
import { recoverFaults } from '../recover-faults.ts';

export interface MoveAsked {
  move: Move;
  /** Somebody said yes to what it breaks. */
  isSure: boolean;
  /** The run as it was drawn when the key came. */
  from: Run | null;
}

/** Throws what the use case throws; Refusal `run_busy` where another shell has moved the run since it was drawn. */
export async function makeMove(context: Context, { move, from }: MoveAsked): Promise<void> {
  if (move !== 'halt' && !samePlace(from, currentView(context).run))
    throw new Refusal(
      'run_busy',
      'Another shell has moved the run meanwhile, so that this key was ignored.',
      'Look, and press it again.',
    );
  switch (move) {
    case 'next':
      await enterNext(context);
      break;
    case 'back':
      await stepBack(context, null);
      break;
    case 'retry':
      await enterAgain(context, null);
      break;
    case 'halt':
      await haltFaults(context, { reason: null, withinMs: null });
      break;
    case 'recover': {
      const wish = { which: 'all', withinMs: null, close: null, onlyTargets: false };
      await recoverFaults(context, wish);
    }
  }
}

/** Whether the run stands where it stood. */
export function samePlace(one: Run | null, other: Run | null): boolean {
  const placeOf = (run: Run | null) =>
    run && [run.id, run.position.chapter, run.position.phase, run.position.at, run.finished_at];
  return JSON.stringify(placeOf(one)) === JSON.stringify(placeOf(other));
}

/** A question for what breaks something; null: it breaks nothing. By the story as its file has it now. */
export async function breaksWhat(context: Context, move: Move): Promise<string | null> {
  if (move !== 'next' && move !== 'retry') return null;
  const { story } = await findPlace(context);
  const { run } = currentView(context);
  const at = run ? story.chapters.findIndex(({ id }) => id === run.position.chapter) : -1;
  const index = at + (move === 'next' ? 1 : 0);
  const breaking = injections(story, index);
  if (index < 0 || breaking.length === 0) return null;
  const title = story.chapters[index]?.title;
  return `"${title}" breaks something: ${breaking.map(describeAction).join('; ')}. Go on? y: yes, any other key: no`;
}

export function wordsOf(move: Move, current: string | null, next: string | null): string {
  switch (move) {
    case 'next':
      return next === null ? 'looking for the next chapter' : `entering "${next}"`;
    case 'back':
      return current === null ? 'going back' : `going back from "${current}"`;
    case 'retry':
      return current === null ? 'entering the chapter again' : `entering "${current}" again`;
    case 'recover':
      return 'recovering';
    case 'halt':
      return 'halting';
  }
}
