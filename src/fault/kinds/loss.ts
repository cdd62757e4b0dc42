import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { shareParam } from '../param.ts';
import { correlationParam, directionParam, NETWORK, portParamOf, towardParam } from './network.ts';

export const loss = defineKind({
  ...NETWORK,
  kind: 'loss',
  summary: 'lose a share of the packets at random',
  words: { doing: 'degrading', done: 'degraded', undo: 'restore' },
  params: {
    share: shareParam('of the packets that is lost', '10%'),
    correlation: correlationParam,
    toward: towardParam,
    port: portParamOf,
    direction: directionParam,
  },
  effect: ({ share, correlation, toward, port, direction }) =>
    ({
      on: 'network',
      does: 'drop',
      peers: toward ?? null,
      direction: direction ?? 'both',
      port: port ?? null,
      share,
      ...(correlation && { correlation }),
    }) satisfies NetworkEffect,
});
