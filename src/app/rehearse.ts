/** The whole story as a dry run: what each chapter would do, how long it takes, and where it would be refused now. Runs nothing, writes nothing. */
import { describeAction, type PlanStep, planAction, type World } from '../run/plan.ts';
import { type ChapterEstimate, type Estimate, estimateStory } from '../story/estimate.ts';
import type { Action, Story } from '../story/story.ts';
import { lookAtStack, lookForRefusals } from './check-story.ts';
import { type Context, findPlace } from './context.ts';

export interface RehearsedChapter extends ChapterEstimate {
  /** From 1. */
  number: number;
  title: string;
  steps: PlanStep[];
}

export interface Rehearsal {
  estimate: Estimate;
  chapters: RehearsedChapter[];
  /** What the engine has against a fault, and what could not be looked at. */
  notes: string[];
}

/** Each fault is held against the stack as it is now, without those of the chapters before it. Throws as `findPlace` does. */
export async function rehearse(context: Context): Promise<Rehearsal> {
  const place = await findPlace(context);
  const { story } = place;
  const { world, note } = await lookAtStack(context, place);
  const estimate = estimateStory(story);
  return {
    estimate,
    chapters: story.chapters.map(({ title, on_enter }, index) => ({
      ...(estimate.chapters[index] as ChapterEstimate),
      number: index + 1,
      title,
      steps: on_enter.map((action) => stepOf(action, story, world)),
    })),
    notes: [
      ...(note === null ? [] : [note]),
      ...(world === null ? [] : await lookForRefusals(context, place, world)),
    ],
  };
}

/** What a recovery finds live then cannot be told now. */
function stepOf(action: Action, story: Story, world: World | null): PlanStep {
  if (world !== null && action.do !== 'recover') return planAction(action, story, world);
  const nothing = { targets: [], left: [], doing: null, undo: null, refused: null };
  return { action: describeAction(action), ...nothing };
}
