/**
 * `story init` for what runs on a cluster: the engine is opened, and its outline of the stack takes the place of a Compose model.
 * Looks only.
 */
import { lookAtPorts } from '../engine/look-at-ports.ts';
import type { DraftableStack } from '../engine/stack-files.ts';
import { draftCluster, offers } from '../story/draft/draft.ts';
import type { ClusterStack } from '../story/draft/draft-text.ts';
import type { Story } from '../story/story.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { DraftWish } from './draft.ts';
import { engineKind, openEngine } from './engines.ts';
import { readPlace } from './locate.ts';

/** Throws Refusal `unsupported_stack` where the flags name no stack, or nothing of it can be broken; and as the engine does. */
export async function findClusterStack(wish: DraftWish): Promise<DraftableStack> {
  const { cwd, engine: kind, project, context, namespace, stateDir, allowRemote } = wish;
  const flags = { engine: kind, project, context, namespace, 'state-dir': stateDir };
  const named = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== null));
  const place = await readPlace({ ...named, story: null }, cwd);
  const stack = stackOf(place.story, project);
  const { outline } = engineKind(place.story.engine);
  const engine = await openEngine(place, allowRemote);
  try {
    const seen = await outline?.(engine);
    if (!seen) throw new Error(`The engine ${engine.kind} has no outline of its stacks.`);
    // What a cluster publishes is published to somebody; that we are among them, a look tells.
    const model = await lookAtPorts(seen, { onlyOpen: true });
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

function stackOf({ engine, kubernetes, swarm }: Story, project: string | null): ClusterStack {
  if (engine === 'kubernetes' && kubernetes) {
    const { context, namespace } = kubernetes;
    return { engine, context, namespace };
  }
  if (engine === 'swarm' && project !== null)
    return { engine, stack: project, context: swarm.context };
  throw new Refusal(
    'unsupported_stack',
    engine === 'swarm'
      ? 'Which stack of the swarm is meant, only you know.'
      : 'Which namespace of which cluster is meant, only you know.',
    engine === 'swarm'
      ? 'story init --engine swarm --project NAME'
      : 'story init --context NAME --namespace NAME',
  );
}
