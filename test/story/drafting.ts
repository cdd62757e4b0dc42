/** How the tests of drafts call them, and what they read in the stories that come. */
import type { Frame } from '../../src/story/draft/draft.ts';
import type { InjectSpec, Story } from '../../src/story/story.ts';

export const FRAME: Frame = {
  source: 'compose.yaml',
  schema: '.gameday/gameday.schema.json',
  spell: (id) => `gameday ${id.replace(':', ' ')}`,
};
export const GUESS = { service: null, url: null };

/** The first fault. */
export function injectOf(story: Story): InjectSpec {
  const [first] = story.chapters.flatMap(({ on_enter }) =>
    on_enter.flatMap((action) => (action.do === 'inject' ? action.inject : [])),
  );
  return first as InjectSpec;
}

/** URLs, or the kind. */
export function loadOf({ workload }: Story): string {
  if (workload?.kind === 'http') return workload.urls.join(' ');
  if (workload?.kind === 'tcp')
    return workload.addresses.map(({ host, port }) => `tcp://${host}:${port}`).join(' ');
  return workload?.kind === 'redis' ? workload.urls.join(' ') : `${workload?.kind}`;
}
