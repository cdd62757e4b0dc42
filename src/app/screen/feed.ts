/** The feed as a screen needs it: with the story as its file has it, and looks at the stack while nobody else takes them. */
import type { Engine } from '../../engine/engine.ts';
import type { Picture } from '../../run/picture.ts';
import type { Story } from '../../story/story.ts';
import { type Context, findPlace } from '../context.ts';
import { openEngine } from '../engines.ts';
import { openFeed } from '../feed.ts';

export interface PlayFeed {
  first: Picture;
  story: Story;
  changes(signal: AbortSignal): AsyncGenerator<Picture, void, undefined>;
  close(): void;
}

/** `onlyLooks`: the story need not be readable. Throws as `findPlace` does. The engine is opened with the first look. */
export async function openPlayFeed(context: Context, onlyLooks: boolean): Promise<PlayFeed> {
  const place = await findPlace(context, { recovers: onlyLooks });
  let engine: Promise<Engine> | null = null;
  const feed = openFeed(place.stateDir, {
    look: async (signal) => {
      engine ??= openEngine(place, context.flags['allow-remote']);
      // One that could not be opened may answer later.
      engine.catch(() => {
        engine = null;
      });
      return (await engine).list(signal);
    },
  });
  return {
    first: feed.now(),
    story: place.story,
    changes: (signal) => feed.changes(signal),
    close: () => void engine?.then((opened) => opened.close()).catch(() => {}),
  };
}
