import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { namesParam } from '../param.ts';
import { NETWORK } from './network.ts';

export const dns = defineKind({
  ...NETWORK,
  kind: 'dns',
  summary: 'leave questions for names without an answer',
  words: { doing: 'DNS-blocking', done: 'DNS-blocked', undo: 'unblock' },
  params: {
    names: namesParam(
      'that do not resolve, exactly as they are asked for (default: all)',
      'redis',
      {
        of: 'names',
      },
    ),
  },
  effect: ({ names }) =>
    ({ on: 'network', does: 'no_dns', names: names ?? null }) satisfies NetworkEffect,
});
