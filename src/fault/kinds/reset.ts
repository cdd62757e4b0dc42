import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { NETWORK, portParamOf, towardParam } from './network.ts';

export const reset = defineKind({
  ...NETWORK,
  kind: 'reset',
  summary: 'reset TCP connections: open ones at their next packet, new ones at once',
  words: { doing: 'resetting', done: 'reset', undo: 'reconnect' },
  params: { toward: towardParam, port: portParamOf },
  effect: ({ toward, port }) =>
    ({
      on: 'network',
      does: 'reset',
      peers: toward ?? null,
      direction: 'both',
      port: port ?? null,
    }) satisfies NetworkEffect,
});
