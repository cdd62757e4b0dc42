/** The story's chapters and where the run stands in them. Looks at files alone. */
import { isUnderWay, type Run } from '../run/run.ts';
import type { Chapter, Story } from '../story/story.ts';
import { closest } from '../terms/closest.ts';
import { Refusal } from '../terms/outcomes.ts';
import { type Context, findPlace } from './context.ts';
import { feedOf } from './feed-of.ts';

/** From the story's file, or from the run's copy of it where a run is under way and the file cannot be read. */
export async function readChapters(context: Context): Promise<{ story: Story; run: Run | null }> {
  const { run, story: copy } = feedOf(context).now();
  try {
    return { story: (await findPlace(context)).story, run };
  } catch (error) {
    const isUnreadable =
      error instanceof Refusal &&
      (error.code === 'invalid_story' || error.code === 'story_not_found');
    if (!isUnreadable || !copy || !run || !isUnderWay(run)) throw error;
    context.warn(`${error.message} Shown is the story as the run last went on with it.`);
    return { story: copy.story, run };
  }
}

export interface FoundChapter {
  chapter: Chapter;
  /** From 1. */
  number: number;
  of: number;
  run: Run | null;
  /** The run stands in it. */
  isCurrent: boolean;
}

/** `wanted`: an id or a number; null: the current one, or the first. Throws Refusal `unknown_chapter`. */
export async function findChapter(context: Context, wanted: string | null): Promise<FoundChapter> {
  const { story, run } = await readChapters(context);
  const { chapters } = story;
  const current = run?.position.chapter ?? null;
  const name = wanted ?? current ?? chapters[0]?.id ?? '';
  const index = /^\d+$/.test(name)
    ? Number(name) - 1
    : chapters.findIndex((chapter) => chapter.id === name);
  const chapter = chapters[index];
  if (chapter)
    return {
      chapter,
      number: index + 1,
      of: chapters.length,
      run,
      isCurrent: chapter.id === current,
    };
  const ids = chapters.map((each) => each.id);
  const near = closest(name, ids);
  throw new Refusal(
    'unknown_chapter',
    `The story has no chapter "${name}"; it has ${ids.join(', ')}.`,
    near ? `chapter show ${near}` : 'chapter list',
  );
}
