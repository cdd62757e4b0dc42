/** Every container of the stack beside how the stack says that it is made, and which live fault explains what. Looks only. */
import { type ExplainedComparison, explain } from '../run/explained.ts';
import { Refusal } from '../terms/outcomes.ts';
import { type Context, currentView, findPlace } from './context.ts';
import { openEngine } from './engines.ts';

/** Throws Refusal `unsupported_stack` for an engine without containers of its own kind, and as the engine does. */
export async function compareContainers(
  context: Context,
  options: { inside: boolean },
): Promise<ExplainedComparison> {
  const { run } = currentView(context);
  const place = await findPlace(context, { recovers: true });
  const engine = await openEngine(place, context.flags['allow-remote']);
  try {
    if (!engine.compare) throw withoutContainers(engine.kind);
    return explain(await engine.compare(options), run);
  } finally {
    engine.close();
  }
}

function withoutContainers(kind: string): Refusal {
  const message = `The engine ${kind} cannot say how its instances differ from how they were made: it has no containers that somebody changes by hand.`;
  return new Refusal('unsupported_stack', message, 'fault list');
}
