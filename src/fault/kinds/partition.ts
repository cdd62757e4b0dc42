import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { namesParam } from '../param.ts';
import { directionParam, NETWORK } from './network.ts';

export const partition = defineKind({
  ...NETWORK,
  kind: 'partition',
  summary: 'cut the target off from other services, or from everything: packets are dropped',
  words: { doing: 'partitioning', done: 'partitioned', undo: 'reconnect' },
  params: {
    from: namesParam('services, or single instances, it is cut off from (default: all)', 'redis'),
    direction: directionParam,
  },
  effect: ({ from, direction }) =>
    ({
      on: 'network',
      does: 'drop',
      peers: from ?? null,
      direction: direction ?? 'both',
      port: null,
      share: 1,
    }) satisfies NetworkEffect,
});
