/** What entering a chapter breaks, for whoever asks before it is done. Pure. */
import type { Action, Story } from './story.ts';

/** Of the chapter at `index`, from 0, and of those that are entered by themselves after it. */
export function injections(
  { chapters }: Pick<Story, 'chapters'>,
  index: number,
): Extract<Action, { do: 'inject' }>[] {
  const found: Extract<Action, { do: 'inject' }>[] = [];
  for (let at = index; at < chapters.length; at++) {
    const chapter = chapters[at];
    found.push(...(chapter?.on_enter ?? []).filter((action) => action.do === 'inject'));
    if (!chapter?.auto_advance) break;
  }
  return found;
}
