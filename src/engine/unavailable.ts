/** An ability that an engine has by name alone: why it cannot be had there is said before anything happens. */
import type { Ability, Hindrance } from './engine.ts';

export function unavailable(hindrance: Hindrance): Ability {
  return {
    whyNot: async () => hindrance,
    async set() {
      // Nothing of it was ever made so.
    },
    read: async (_now, effects) => effects.map(() => ({ state: 'absent' as const })),
    settleMs: () => 0,
  };
}
