/** Effects as their ability knows them: the journal may have been written by another version. */
import * as v from 'valibot';
import type { Effect, LiveEffect } from '../fault/effect.ts';
import { type Instance, label } from '../fault/instance.ts';
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

/** Of an ability that can have one effect on a target: that one, or null. Throws a definite EngineError for several. */
export function onlyEffect(target: Instance, effects: readonly LiveEffect[]): LiveEffect | null {
  const [first = null, second] = effects;
  if (!second) return first;
  const message = `${label(target)} is held by ${effects.map(({ fault }) => fault).join(' and ')} at once.`;
  throw new EngineError(message, { definite: true, next: 'fault list' });
}
