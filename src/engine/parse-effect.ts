/** An effect as its ability knows it: the journal may have been written by another version. */
import * as v from 'valibot';
import type { Effect } from '../fault/effect.ts';
import { EngineError } from '../terms/outcomes.ts';

/** Throws a definite EngineError for one that this version does not know. */
export function parseEffectBy<Schema extends v.GenericSchema>(
  schema: Schema,
  effect: Effect,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, effect);
  if (result.success) return result.output;
  const message = `This gameday does not know the ${effect.on} effect ${JSON.stringify(effect)}.`;
  throw new EngineError(message, {
    definite: true,
    next: 'Use the version of gameday that made it.',
  });
}
