import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { shareParam } from '../param.ts';
import { NETWORK, OUTWARDS, outwardsEffect } from './network.ts';

export const duplicate = defineKind({
  ...NETWORK,
  kind: 'duplicate',
  summary: 'have a share of the packets arrive twice',
  words: { doing: 'packet-duplicating', done: 'packet-duplicated', undo: 'restore' },
  params: {
    share: shareParam('of the packets that arrives twice', '1%'),
    ...OUTWARDS,
  },
  effect: ({ share, ...packets }) =>
    ({
      ...outwardsEffect(packets),
      does: 'duplicate',
      share,
    }) satisfies NetworkEffect,
});
