/** Follows the run and hands what an audience may see of it to their page, until it is over or told to end. */
import type { Picture } from '../../run/picture.ts';
import { isUnderWay } from '../../run/run.ts';
import { drawScreen } from '../../view/screen/draw.ts';
import type { ScreenModel } from '../../view/screen/model.ts';
import { NO_STEPS } from '../../view/screen/steps.ts';
import { START } from '../../view/screen/ui.ts';
import { loadWrap } from '../../view/wrap.ts';
import type { Context } from '../context.ts';
import { AudienceServer } from './audience-server.ts';
import { openPlayFeed } from './feed.ts';

/** The page scales it to the window. */
const SIZE = { columns: 110, rows: 34 };
/** The clock, and a countdown. */
const TICK_MS = 1000;

export interface Served {
  url: string;
  close(): Promise<void>;
}

/** `spell`: commands as the host has them typed. `onlyLooks`: a screen of this process asks who leads, or nobody may. Throws Refusal `usage`, and as `openPlayFeed` does. */
export async function serveAudience(
  context: Context,
  address: string,
  spell: ScreenModel['spell'],
  onlyLooks: boolean,
): Promise<Served> {
  const feed = await openPlayFeed(context, onlyLooks);
  const wrap = await loadWrap();
  const page = await AudienceServer.listen(address, `${feed.story.name}: game day`).catch(
    (error: unknown) => {
      feed.close();
      throw error;
    },
  );
  const controller = new AbortController();
  let picture = feed.first;
  const show = () => page.show(drawScreen(modelOf(picture, feed.story, { wrap, spell }), SIZE));
  const timer = setInterval(show, TICK_MS);
  show();
  let isOver = false;
  const following = (async () => {
    for await (const next of feed.changes(controller.signal)) {
      isOver = hasEnded(picture, next);
      picture = next;
      show();
      if (isOver) break;
    }
  })();
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    clearInterval(timer);
    page.close(isOver);
    feed.close();
  };
  // What a screen cannot read, the one who plays is told of by a feed of his own.
  const ended = following.then(close, close);
  return {
    url: page.url,
    close: async () => {
      controller.abort();
      await ended;
    },
  };
}

function hasEnded(before: Picture, { run }: Picture): boolean {
  return run !== null && run.finished_at !== null && before.run?.finished_at === null;
}

/** As `--audience` has it: without keys, notes, and the steps with what programs and logs say in them. */
function modelOf(
  picture: Picture,
  story: ScreenModel['story'],
  words: Pick<ScreenModel, 'wrap' | 'spell'>,
): ScreenModel {
  const { run } = picture;
  return {
    picture,
    story: (run && isUnderWay(run) ? picture.story?.story : null) ?? story,
    steps: NO_STEPS,
    ui: START,
    busy: null,
    oursUntilMs: 0,
    diagnosis: [],
    audience: true,
    pid: 0,
    nowMs: Date.now(),
    page: null,
    ...words,
  };
}
