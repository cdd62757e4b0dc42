import { defineKind } from '../fault-kind.ts';
import type { NetworkEffect } from '../network-effect.ts';
import { addressParam, namesParam, wordParam } from '../param.ts';
import { NETWORK } from './network.ts';

const SPOOF = { doing: 'DNS-spoofing', done: 'DNS-spoofed', undo: 'restore' };

export const dns = defineKind({
  ...NETWORK,
  kind: 'dns',
  summary: 'leave questions for names without an answer, or have them answered wrongly',
  words: { doing: 'DNS-blocking', done: 'DNS-blocked', undo: 'unblock' },
  params: {
    names: namesParam(
      'that do not resolve, exactly as they are asked for (default: all)',
      'redis',
      {
        of: 'names',
      },
    ),
    answer: wordParam(
      'what they get: none, "no such name", "I failed", or a wrong address (default: none)',
      ['none', 'nxdomain', 'servfail', 'wrong'],
    ),
    address: addressParam('of a wrong answer (default: 192.0.2.1, which is nobody)', '10.0.0.9'),
  },
  varies: ({ answer }) => (answer === undefined || answer === 'none' ? {} : { words: SPOOF }),
  effect: ({ names, answer, address }) =>
    ({
      on: 'network',
      does: 'no_dns',
      names: names ?? null,
      ...(answer && answer !== 'none' && { answer }),
      ...(address && { address }),
    }) satisfies NetworkEffect,
});
