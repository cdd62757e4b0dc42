/** What the story, or the environment, has told outside, opened where there is something of it: nothing else loads it. */
import type { Journal } from '../../journal/index.ts';
import type { Story } from '../../story/story.ts';
import type { Outlet } from './outlet.ts';
import { receiverOf } from './receiver.ts';

/** `journal`: as the transition found it, without a run where it begins one. `folder`: where programs of the story run; absolute. */
export async function openStoryOutlets(
  { story, folder }: { story: Story; folder: string },
  journal: Pick<Journal, 'run' | 'path'>,
  warn: (text: string) => void,
): Promise<Outlet[]> {
  const known = new Set(
    journal.run?.faults.filter(({ phase }) => phase === 'unverified').map(({ id }) => id),
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
  const receiver = receiverOf('traces', story.telemetry, process.env);
  if (receiver !== null && 'problem' in receiver) warn(`telemetry: ${receiver.problem}.`);
  else if (receiver !== null) {
    try {
      const { Telemetry } = await import('./telemetry.ts');
      outlets.push(new Telemetry(receiver.url, journal, warn));
    } catch {
      // The SDK reads variables of its own, and its message may repeat what they hold.
      warn(
        'telemetry: the SDK cannot use what the variables OTEL_… hold, so that no trace is sent.',
      );
    }
  }
  return outlets;
}
