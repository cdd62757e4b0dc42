import { defineKind } from '../fault-kind.ts';
import type { IoEffect } from '../io-effect.ts';
import { optionalNumberParam, pathParam, sizePerSecondParam } from '../param.ts';

/** Where nothing else is asked for. */
const WORKERS = 4;

export const io = defineKind({
  kind: 'io',
  family: 'files',
  summary: 'slow the disk under a folder of the target down: a limit, or others that write',
  words: { doing: 'slowing the disk of', done: 'disk-slowed', undo: 'restore' },
  params: {
    path: pathParam('folder in the target, on the disk that is slow', '/data'),
    rate: sizePerSecondParam('that it may read, and as much that it may write, a second', '1mb/s'),
    workers: optionalNumberParam(
      `programs beside it that keep the disk busy (default: ${WORKERS}, where no rate is given)`,
      '4',
      { min: 1, max: 64, whole: true },
    ),
  },
  /** They overlap: of several rates the lowest holds, workers add up. */
  holds: null,
  on_restart: 'stays',
  default_duration_ms: 300_000,
  effect: ({ path, rate, workers }) =>
    ({
      on: 'io',
      path,
      bytes_per_s: rate ?? null,
      workers: workers ?? (rate === undefined ? WORKERS : 0),
    }) satisfies IoEffect,
});
