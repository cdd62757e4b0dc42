/** What the story has told outside, opened where there is something of it: nothing else loads it. */
import type { Run } from '../../run/run.ts';
import type { Story } from '../../story/story.ts';
import type { Outlet } from './outlet.ts';

/** `run`: as the transition found it; null where it begins one. */
export async function openStoryOutlets(
  story: Story,
  run: Run | null,
  warn: (text: string) => void,
): Promise<Outlet[]> {
  const known = new Set(
    run?.faults.filter(({ phase }) => phase === 'unverified').map(({ id }) => id),
  );
  const outlets: Outlet[] = [];
  if (story.notify.length > 0) {
    const { Notify } = await import('./notify.ts');
    outlets.push(new Notify(story.notify, { env: process.env, warn, known }));
  }
  return outlets;
}
