/** What a flag changes in a story for one command alone. Pure. */
import type { Action, Story } from './story.ts';

export interface Overrides {
  /** Of every countdown. */
  countdown_ms?: number | undefined;
  /** Of every random choice. */
  seed?: number | undefined;
}

export function override(story: Story, { countdown_ms, seed }: Overrides): Story {
  if (countdown_ms === undefined && seed === undefined) return story;
  const change = (action: Action): Action => {
    if (action.do !== 'inject') return action;
    return {
      ...action,
      inject: {
        ...action.inject,
        ...(countdown_ms !== undefined && { countdown_ms }),
        ...(seed !== undefined && { seed }),
      },
    };
  };
  return {
    ...story,
    chapters: story.chapters.map((chapter) => ({
      ...chapter,
      on_enter: chapter.on_enter.map(change),
    })),
  };
}
