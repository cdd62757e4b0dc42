import { defineKind } from '../fault-kind.ts';
import { optionalShareParam, optionalSizeParam, wordParam } from '../param.ts';
import type { ResourceEffect, StressEffect } from '../resource-effect.ts';
import { checkAmount, RESOURCES, SHARE_OF } from './resources.ts';

/** An engine takes no limit below it. */
const LEAST_BYTES = 6 * 1024 * 1024;
const FILL = { doing: 'filling the memory of', done: 'memory-filled', undo: 'free' };

export const memory = defineKind({
  ...RESOURCES,
  kind: 'memory',
  summary:
    'limit the memory of the target, or take it away beside it; what needs more is ended by the kernel',
  words: { doing: 'limiting', done: 'limited', undo: 'restore' },
  params: {
    size: optionalSizeParam('that it may use at most, swap included, or that is taken', '64mb', {
      minBytes: LEAST_BYTES,
    }),
    share: optionalShareParam(SHARE_OF, '50%'),
    how: wordParam(
      'limit: so much at most, the default; fill: so much is taken from what the target may use',
      ['limit', 'fill'],
    ),
  },
  check: (values) => checkAmount('size', values),
  varies: ({ how }) => (how === 'fill' ? { words: FILL } : {}),
  effect: ({ size, share, how }) => {
    const amount = share === undefined ? { memory: size } : { memory_share: share };
    return how === 'fill'
      ? ({ on: 'stress', ...amount } satisfies StressEffect)
      : ({ on: 'resources', ...amount } satisfies ResourceEffect);
  },
});
