import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { durationParam, requiredDurationParam, wordParam } from '../param.ts';
import {
  correlationParam,
  directionParamOf,
  NETWORK,
  portParamOf,
  towardParam,
} from './network.ts';

export const delay = defineKind({
  ...NETWORK,
  kind: 'delay',
  summary: 'let traffic arrive late (a container takes a kernel with netem)',
  words: { doing: 'delaying', done: 'delayed', undo: 'restore' },
  params: {
    time: requiredDurationParam('how late', '200ms', { minMs: 1, maxMs: 60_000 }),
    jitter: durationParam('how much more or less than that, at random', '20ms', { maxMs: 60_000 }),
    correlation: correlationParam,
    distribution: wordParam('of that at random (default: uniform)', [
      'normal',
      'pareto',
      'paretonormal',
      'uniform',
    ]),
    toward: towardParam,
    port: portParamOf,
    direction: directionParamOf('out, so that an answer is late once'),
  },
  effect: ({ time, jitter, correlation, distribution, toward, port, direction }) =>
    ({
      on: 'network',
      does: 'delay',
      peers: toward ?? null,
      direction: direction ?? 'out',
      port: port ?? null,
      delay_ms: time,
      jitter_ms: jitter ?? 0,
      ...(correlation && { correlation }),
      ...(distribution && distribution !== 'uniform' && { distribution }),
    }) satisfies NetworkEffect,
});
