/**
 * The feed as a screen needs it: with the story as its file has it, looks at the stack while nobody else takes them, and questions
 * who leads.
 */
import type { Engine } from '../../engine/engine.ts';
import type { Picture } from '../../run/picture.ts';
import type { Story } from '../../story/story.ts';
import { type Context, findPlace } from '../context.ts';
import { openEngine } from '../engines.ts';
import { openFeed } from '../feed.ts';
import { askLeaders } from './leaders.ts';

export interface PlayFeed {
  first: Picture;
  story: Story;
  changes(signal: AbortSignal): AsyncGenerator<Picture, void, undefined>;
  close(): void;
}

/**
 * `onlyLooks`: the story need not be readable, and none of its programs is run. Throws as `findPlace` does. The engine is opened with
 * the first look.
 */
export async function openPlayFeed(context: Context, onlyLooks: boolean): Promise<PlayFeed> {
  const place = await findPlace(context, { recovers: onlyLooks });
  let engine: Promise<Engine> | null = null;
  const opened = (): Promise<Engine> => {
    engine ??= openEngine(place, context.flags['allow-remote']);
    // One that could not be opened may answer later.
    engine.catch(() => {
      engine = null;
    });
    return engine;
  };
  const feed = openFeed(place.stateDir, { look: async (signal) => (await opened()).list(signal) });
  const first = feed.now();
  let { run } = first;
  const { stateDir, story } = place;
  const asked = { stateDir, leader: story.leader, engine: opened, run: () => run };
  return {
    first,
    story,
    changes: async function* (signal) {
      if (!onlyLooks) void askLeaders(asked, signal);
      for await (const picture of feed.changes(signal)) {
        run = picture.run;
        yield picture;
      }
    },
    close: () => void engine?.then((opened) => opened.close()).catch(() => {}),
  };
}
