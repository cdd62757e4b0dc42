/**
 * `story init` for what runs on a cluster: the engine is opened, and its outline of the stack takes the place of a Compose model.
 * Looks only.
 */
import { lookAtPorts } from '../engine/look-at-ports.ts';
import type { DraftableStack } from '../engine/stack-files.ts';
import { draftCluster, offers } from '../story/draft/draft.ts';
import type { DraftWish } from './draft.ts';
import { engineKind, openEngine } from './engines.ts';
import { readPlace } from './locate.ts';
import { waysOf } from './reach.ts';

/** Throws Refusal `unsupported_stack` where the flags name no stack, or nothing of it can be broken; and as the engine does. */
export async function findClusterStack(wish: DraftWish): Promise<DraftableStack> {
  const { cwd, engine: kind, project, context, namespace, stateDir, allowRemote } = wish;
  const flags = { engine: kind, project, context, namespace, 'state-dir': stateDir };
  const named = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== null));
  const place = await readPlace({ ...named, story: null }, cwd);
  const outline = await engineKind(place.story.engine).outline?.();
  if (!outline) throw new Error(`The engine ${place.story.engine} has no outline of its stacks.`);
  const stack = {
    engine: place.story.engine,
    named: outline.named(place.story),
    words: outline.words,
  };
  const engine = await openEngine(place, allowRemote);
  try {
    // What a cluster publishes is published to somebody; that we are among them, a look tells.
    const openWays = waysOf(place.story.engine, () => engine);
    const model = await lookAtPorts(await outline.read(engine), { onlyOpen: true, openWays });
    return {
      folder: cwd,
      isNamed: true,
      source: await engine.describe(),
      open: async (_, frame) => ({
        offers: offers(model),
        draft: (choices) => draftCluster(model, stack, choices, frame),
      }),
    };
  } finally {
    engine.close();
  }
}
