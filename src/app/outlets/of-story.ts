/** What the story has told outside, opened where there is something of it: nothing else loads it. */
import type { Run } from '../../run/run.ts';
import type { Story } from '../../story/story.ts';
import type { Outlet } from './outlet.ts';

/** `run`: as the transition found it; null where it begins one. `folder`: where programs of the story run; absolute. */
export async function openStoryOutlets(
  { story, folder }: { story: Story; folder: string },
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
  if (Object.keys(story.hooks).length > 0) {
    const { Hooks } = await import('./hooks.ts');
    outlets.push(new Hooks(story.hooks, { folder, warn }));
  }
  return outlets;
}
