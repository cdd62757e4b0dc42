/** `story init`: has a story drafted for the stack in this folder, asks what only a person knows, and writes it. */
import { relative } from 'node:path';
import type { Draft } from '../story/draft/draft.ts';
import { closest } from '../terms/closest.ts';
import type { Context } from './context.ts';
import { type Drafting, type DraftWish, openDraft } from './draft.ts';
import { typedAgain } from './typed.ts';

export interface StoryWish {
  /** Null: the best one that is found. */
  service: string | null;
  url: string | null;
  /** Null: gameday.yaml beside the stack. */
  output: string | null;
  /** Only show it. */
  shownOnly: boolean;
  /** Ask nothing. */
  yes: boolean;
}

export interface DraftedStory {
  draft: Draft;
  /** Absolute; null: it is only shown. */
  path: string | null;
  /** As a person in this folder calls it. */
  shown: string | null;
  notes: string[];
}

/** Asks; Enter takes the default. */
type Ask = (question: string) => Promise<string>;

export async function draftStory(
  context: Context,
  wish: StoryWish,
  /** What can be broken, best first, as lines for a person. */
  offered: (offers: Drafting['offers']) => string[],
): Promise<DraftedStory> {
  const drafting = await openDraft(draftWish(context, wish));
  const { ask: askAnything } = context;
  const ask: Ask | null =
    askAnything && !wish.yes && !wish.shownOnly
      ? (question) => askAnything(question, typedAgain(context.typed, '--yes'))
      : null;
  const service =
    wish.service ?? (ask && (await askService(context, drafting.offers, offered, ask)));
  const guessed = drafting.draft({ service, url: wish.url });
  const draft =
    ask && wish.url === null
      ? await askLoad(context, guessed, (url) => drafting.draft({ service, url }), ask)
      : guessed;
  if (wish.shownOnly) return { draft, path: null, shown: null, notes: [] };
  const note = drafting.save(draft.text);
  if (note !== null) context.say(note);
  return {
    draft,
    path: drafting.path,
    shown: relative(context.cwd, drafting.path),
    notes: note === null ? [] : [note],
  };
}

function draftWish({ cwd, flags, host }: Context, wish: StoryWish): DraftWish {
  return {
    cwd,
    engine: flags.engine ?? null,
    files: flags['compose-file'] ?? [],
    project: flags.project ?? null,
    context: flags.context ?? null,
    namespace: flags.namespace ?? null,
    allowRemote: flags['allow-remote'],
    output: wish.output ?? flags.story ?? null,
    stateDir: flags['state-dir'] ?? null,
    shownOnly: wish.shownOnly,
    spell: (id) => `${host.bin} ${id.replaceAll(/[: ]/g, host.topicSeparator)}`,
  };
}

/** One of them; Enter takes the first. Null: there is no choice. */
async function askService(
  context: Context,
  offers: Drafting['offers'],
  offered: (offers: Drafting['offers']) => string[],
  ask: Ask,
): Promise<string | null> {
  const [best] = offers;
  if (!best || offers.length === 1) return null;
  for (const line of offered(offers)) context.say(line);
  for (;;) {
    const answer = await ask(`Which service should be broken? [${best.service}] `);
    const names = offers.map(({ service }) => service);
    if (answer === '') return best.service;
    if (names.includes(answer)) return answer;
    const near = closest(answer, names);
    context.say(`No service is called "${answer}".${near ? ` Did you mean ${near}?` : ''}`);
  }
}

/** The draft with the load that is wanted; Enter takes what was guessed. */
async function askLoad(
  context: Context,
  guessed: Draft,
  draft: (url: string) => Draft,
  ask: Ask,
): Promise<Draft> {
  context.say(`The load: ${guessed.workload.why}`);
  for (;;) {
    const answer = await ask(`Which URL should the load hit? [${knownLoad(guessed.workload)}] `);
    if (answer === '') return guessed;
    try {
      return draft(answer);
    } catch (error) {
      context.say((error as Error).message);
    }
  }
}

function knownLoad(load: Draft['workload']): string {
  switch (load.kind) {
    case 'http':
      return load.urls.join(' ');
    case 'redis':
      return load.url;
    case 'tcp':
      return `tcp://${load.host}:${load.port}`;
    default:
      return 'none, simulated';
  }
}
