/** The presenter's screen: feed and keys come in, use cases are called as the commands call them, and a model goes out to be drawn. */
import type { Picture } from '../../run/picture.ts';
import { isUnderWay } from '../../run/run.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Keypress } from '../../view/screen/keypress.ts';
import { failureMessage } from '../../view/screen/message.ts';
import { type ScreenModel, standing } from '../../view/screen/model.ts';
import { NO_STEPS } from '../../view/screen/steps.ts';
import {
  type Act,
  type Facts,
  HELD_MS,
  press,
  SETTLED_MS,
  START,
  type Ui,
} from '../../view/screen/ui.ts';
import type { Context } from '../context.ts';
import { writeNote } from '../notes.ts';
import { diagnosisOf } from './diagnosis.ts';
import { openPlayFeed, type PlayFeed } from './feed.ts';
import { Frames } from './frames.ts';
import { Mover } from './mover.ts';
import { samePlace, wordsOf } from './moves.ts';
import type { PlayOptions, Surface } from './surface.ts';

const HALTED = 'Halted: no fault is live.';

/** Resolves to the run as it stands when the presenter leaves. Throws the reason of a signal, Ctrl-C too, and what is a bug. */
export async function playOnScreen(
  context: Context,
  surface: Surface,
  options: PlayOptions,
): Promise<Picture> {
  const feed = await openPlayFeed(context, options.audience);
  try {
    return await context.interruptible((signal) =>
      new Presenter(context, surface, options, feed, signal).play(),
    );
  } finally {
    feed.close();
  }
}

class Presenter {
  readonly #context: Context;
  readonly #surface: Surface;
  readonly #options: PlayOptions;
  readonly #feed: PlayFeed;
  readonly #signal: AbortSignal;
  readonly #frames = new Frames(() => {
    this.#surface.show(this.#model());
    if (this.#options.isOver?.(this.#picture)) this.#left.resolve();
  });
  readonly #mover: Mover;
  readonly #left = Promise.withResolvers<void>();
  #ui: Ui = START;
  #picture: Picture;
  #diagnosis: readonly string[] = [];
  #movedMs = Number.NEGATIVE_INFINITY;
  #keyMs = Number.NEGATIVE_INFINITY;

  constructor(
    context: Context,
    surface: Surface,
    options: PlayOptions,
    feed: PlayFeed,
    signal: AbortSignal,
  ) {
    const say = (text: string) => this.#say(text, false);
    this.#context = { ...context, ask: null, say, warn: say };
    this.#surface = surface;
    this.#options = options;
    const text = options.page && `The audience's page: ${options.page}`;
    if (text) this.#ui = { ...START, message: { text, isBad: false } };
    this.#feed = feed;
    this.#signal = signal;
    this.#picture = feed.first;
    this.#mover = new Mover(this.#context, signal, {
      changed: () => this.#frames.soon(),
      ask: (question, move) => this.#show({ mode: { is: 'ask', question, move } }),
      ended: (error) => this.#ended(error),
      halted: () => this.#say(HALTED, false),
      broke: (error) => this.#left.reject(error),
    });
  }

  async play(): Promise<Picture> {
    const following = new AbortController();
    const leave = () => this.#left.resolve();
    this.#signal.addEventListener('abort', leave, { once: true });
    this.#surface.open({
      key: (key) => this.#press(key),
      resized: () => this.#frames.soon(),
      closed: leave,
    });
    try {
      this.#frames.soon();
      this.#follow(following.signal).catch((error) => this.#left.reject(error));
      await this.#left.promise;
      await this.#mover.end();
      this.#signal.throwIfAborted();
      return this.#picture;
    } finally {
      following.abort();
      this.#frames.close();
      this.#surface.close();
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const picture of this.#feed.changes(signal)) {
      if (!samePlace(this.#picture.run, picture.run)) this.#movedMs = performance.now();
      // What was said of the halt is no longer true.
      if (this.#picture.halt && !picture.halt) this.#ui = { ...this.#ui, message: null };
      this.#picture = picture;
      this.#frames.later();
    }
  }

  #press(key: Keypress): void {
    const nowMs = performance.now();
    const facts = this.#facts(nowMs);
    this.#keyMs = nowMs;
    const { ui, act } = press(this.#ui, key, facts);
    this.#show(ui);
    if (act) this.#act(act);
  }

  #facts(nowMs: number): Facts {
    const { chapters, at } = standing(this.#model());
    const { busy, steps } = this.#mover;
    const entered = this.#feed.story.chapters[steps.chapter ?? -1];
    return {
      busy:
        busy !== null && entered?.blocks_advance
          ? `"${entered.title}" blocks until its actions have ended`
          : busy,
      counts: busy !== null && steps.countdown !== null,
      justMoved: nowMs - this.#movedMs < SETTLED_MS,
      isHeld: nowMs - this.#keyMs < HELD_MS,
      chapters,
      at,
      faults: this.#picture.faults.length,
      audience: this.#options.audience,
      yes: this.#options.yes,
    };
  }

  #act(act: Act): void {
    switch (act.act) {
      case 'quit':
        this.#left.resolve();
        break;
      case 'interrupt':
        this.#left.reject(new Refusal('interrupted', 'Ended by Ctrl-C.', 'fault list'));
        break;
      case 'cancel':
        this.#mover.cancel();
        break;
      case 'suspend':
        this.#surface.suspend();
        break;
      case 'redraw':
        this.#surface.redraw();
        break;
      case 'note':
        this.#note(act.text);
        break;
      case 'diagnose':
        void this.#diagnose();
        break;
      case 'halt':
        this.#mover.halt();
        break;
      default: {
        const { chapters, at } = standing(this.#model());
        const words = wordsOf(
          act.act,
          chapters[at]?.title ?? null,
          chapters[at + 1]?.title ?? null,
        );
        const isSure = act.isSure || this.#options.yes;
        this.#mover.begin({ move: act.act, isSure, from: this.#picture.run }, words);
      }
    }
  }

  #ended(error: Error | null): void {
    // Keys that were typed meanwhile are still on their way.
    this.#movedMs = performance.now();
    if (error) this.#fail(error);
    else this.#show({ message: null });
  }

  #note(text: string): void {
    try {
      writeNote(this.#context, { text, author: null });
      this.#say('Noted.', false);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  async #diagnose(): Promise<void> {
    const fault = this.#picture.faults[this.#ui.fault] ?? this.#picture.run?.faults.at(-1) ?? null;
    this.#diagnosis = [fault ? `Looking at ${fault.id} …` : 'There is no fault so far.'];
    if (!fault) return;
    this.#diagnosis = await diagnosisOf(this.#context, fault.id).catch((error) => [error.message]);
    this.#frames.soon();
  }

  #show(ui: Partial<Ui>): void {
    this.#ui = { ...this.#ui, ...ui };
    this.#frames.soon();
  }

  #say(text: string, isBad: boolean): void {
    this.#show({ message: { text: this.#options.spell(text), isBad } });
  }

  #fail(error: Error): void {
    const step = this.#mover.steps.steps.findLast(({ phase }) => phase === 'failed');
    this.#show({ message: failureMessage(error, step?.text ?? null, this.#options) });
  }

  #model(): ScreenModel {
    const { audience, page, wrap, spell } = this.#options;
    const { run, story } = this.#picture;
    const { busy, steps, oursUntilMs } = this.#mover;
    // The steps of a transition of ours stay to be read, until somebody else moves the run.
    const isShown =
      busy !== null || steps.chapter === null || steps.chapter === run?.position.index;
    return {
      picture: this.#picture,
      story: (run && isUnderWay(run) ? story?.story : null) ?? this.#feed.story,
      steps: isShown ? steps : NO_STEPS,
      ui: this.#ui,
      busy,
      oursUntilMs,
      diagnosis: this.#diagnosis.map(spell),
      audience,
      pid: process.pid,
      nowMs: Date.now(),
      page,
      wrap,
      spell,
    };
  }
}
