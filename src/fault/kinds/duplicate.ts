import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { shareParam } from '../param.ts';
import { correlationParam, NETWORK, outwardsParam, portParamOf, towardParam } from './network.ts';

export const duplicate = defineKind({
  ...NETWORK,
  kind: 'duplicate',
  summary: 'have a share of the packets arrive twice',
  words: { doing: 'packet-duplicating', done: 'packet-duplicated', undo: 'restore' },
  params: {
    share: shareParam('of the packets that arrives twice', '1%'),
    correlation: correlationParam,
    toward: towardParam,
    port: portParamOf,
    direction: outwardsParam,
  },
  effect: ({ share, correlation, toward, port, direction }) =>
    ({
      on: 'network',
      does: 'duplicate',
      peers: toward ?? null,
      direction: direction ?? 'out',
      port: port ?? null,
      share,
      ...(correlation && { correlation }),
    }) satisfies NetworkEffect,
});
