import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { shareParam } from '../param.ts';
import { NETWORK, OUTWARDS, outwardsEffect } from './network.ts';

export const corrupt = defineKind({
  ...NETWORK,
  kind: 'corrupt',
  summary:
    'have a share of the packets arrive with a wrong bit (a container takes a kernel with netem)',
  words: { doing: 'packet-corrupting', done: 'packet-corrupted', undo: 'restore' },
  params: {
    share: shareParam('of the packets that is corrupted', '1%'),
    ...OUTWARDS,
  },
  effect: ({ share, ...packets }) =>
    ({
      ...outwardsEffect(packets),
      does: 'corrupt',
      share,
    }) satisfies NetworkEffect,
});
