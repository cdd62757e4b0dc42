/** What can be seen of the run, for a command that only looks. It writes nothing. */
import type { Context } from './context.ts';
import { type Feed, openFeed } from './feed.ts';
import { findStateDir } from './locate.ts';

export function feedOf({ flags, cwd }: Context): Feed {
  return openFeed(findStateDir(flags, cwd), { events: 1 });
}
