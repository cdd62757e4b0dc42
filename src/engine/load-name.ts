/** What a load is called: no other has the same name, so that exactly it is found and ended. */
import { randomBytes } from 'node:crypto';
import type { StressEffect } from '../fault/resource-effect.ts';
import { EngineError } from '../terms/outcomes.ts';

export function drawName(): string {
  return `gameday-load-${randomBytes(6).readUIntBE(0, 6)}`;
}

/** Throws a definite EngineError for one that was recorded without a name. */
export function nameOf({ name }: StressEffect): string {
  if (name !== undefined) return name;
  throw new EngineError('The load was recorded without a name.', {
    definite: true,
    next: 'fault list',
  });
}
