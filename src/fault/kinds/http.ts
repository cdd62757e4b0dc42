import { defineKind } from '../fault-kind.ts';
import type { HttpEffect } from '../http-effect.ts';
import {
  durationParam,
  optionalShareParam,
  portParam,
  statusParam,
  urlPathParam,
  wordParam,
} from '../param.ts';
import { NETWORK } from './network.ts';

export const http = defineKind({
  ...NETWORK,
  kind: 'http',
  summary: 'spoil the answers of an HTTP server: errors, late, or cut off',
  words: { doing: 'spoiling', done: 'spoiled', undo: 'restore' },
  params: {
    port: portParam('of the server (default: the only one that it has)', '8080'),
    path: urlPathParam('of the requests: those whose path begins so (default: all)', '/api'),
    share: optionalShareParam('of these requests that are hit (default: 100%)', '30%'),
    status: statusParam(
      'answered in place of the server (default: 503, where neither delay nor cut is given)',
      '503',
    ),
    delay: durationParam('how late the answer is', '200ms', { minMs: 1 }),
    cut: wordParam('the connection is cut before the answer, or in the middle of its body', [
      'head',
      'body',
    ]),
  },
  effect: ({ port, path, share, status, delay, cut }) =>
    ({
      on: 'http',
      ...(port && { port }),
      path: path ?? null,
      share: share ?? 1,
      status: status ?? (delay === undefined && cut === undefined ? 503 : null),
      delay_ms: delay ?? 0,
      cut: cut ?? null,
    }) satisfies HttpEffect,
});
