import { defineKind } from '../fault-kind.ts';
import { optionalNumberParam, optionalShareParam, wordParam } from '../param.ts';
import type { ResourceEffect, StressEffect } from '../resource-effect.ts';
import { checkAmount, RESOURCES, SHARE_OF } from './resources.ts';

const STRESS = { doing: 'stressing', done: 'stressed', undo: 'relieve' };

export const cpu = defineKind({
  ...RESOURCES,
  kind: 'cpu',
  summary: 'limit the processor time of the target, or use it up beside it',
  words: { doing: 'throttling', done: 'throttled', undo: 'restore' },
  params: {
    cores: optionalNumberParam('processors that it may use at most, or that are kept busy', '0.2', {
      min: 0.01,
      max: 1024,
    }),
    share: optionalShareParam(SHARE_OF, '50%'),
    how: wordParam(
      'quota: a limit, the default; stress: a load that the target has to share its time with',
      ['quota', 'stress'],
    ),
  },
  check: (values) => checkAmount('cores', values),
  varies: ({ how }) => (how === 'stress' ? { words: STRESS } : {}),
  effect: ({ cores, share, how }) => {
    const amount = share === undefined ? { cpus: cores } : { cpu_share: share };
    return how === 'stress'
      ? ({ on: 'stress', ...amount } satisfies StressEffect)
      : ({ on: 'resources', ...amount } satisfies ResourceEffect);
  },
});
