import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { durationParam, shareParam } from '../param.ts';
import { NETWORK, OUTWARDS, outwardsEffect } from './network.ts';

/** Longer than what is sent in one go takes. */
const DEFAULT_MS = 10;

export const reorder = defineKind({
  ...NETWORK,
  kind: 'reorder',
  summary:
    'have a share of the packets arrive behind later ones (a container takes a kernel with netem)',
  words: { doing: 'packet-reordering', done: 'packet-reordered', undo: 'restore' },
  params: {
    share: shareParam('of the packets that comes late', '10%'),
    time: durationParam('how late (default: 10ms)', '10ms', { minMs: 1, maxMs: 10_000 }),
    ...OUTWARDS,
  },
  effect: ({ share, time, ...packets }) =>
    ({
      ...outwardsEffect(packets),
      does: 'reorder',
      share,
      delay_ms: time ?? DEFAULT_MS,
    }) satisfies NetworkEffect,
});
