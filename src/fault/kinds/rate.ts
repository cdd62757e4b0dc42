import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { bandwidthParam } from '../param.ts';
import { NETWORK, portParamOf, towardParam } from './network.ts';

export const rate = defineKind({
  ...NETWORK,
  kind: 'rate',
  summary: 'hold what the target sends back to a bandwidth',
  words: { doing: 'throttling', done: 'throttled', undo: 'unthrottle' },
  params: {
    limit: bandwidthParam('bandwidth of all that it sends (kbit, mbit, gbit a second)', '1mbit'),
    toward: towardParam,
    port: portParamOf,
  },
  effect: ({ limit, toward, port }) =>
    ({
      on: 'network',
      does: 'shape',
      peers: toward ?? null,
      direction: 'out',
      port: port ?? null,
      bits_per_s: limit,
    }) satisfies NetworkEffect,
});
