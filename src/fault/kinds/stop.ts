import type { LifecycleEffect } from '../effect.ts';
import { defineKind } from '../fault-kind.ts';
import { durationParam } from '../param.ts';

export const stop = defineKind({
  kind: 'stop',
  family: 'lifecycle',
  summary: 'SIGTERM, then SIGKILL when its grace is over: an orderly shutdown',
  words: { doing: 'stopping', done: 'stopped', undo: 'restart' },
  params: {
    grace: durationParam(
      'from SIGTERM to SIGKILL (default: what the target says itself, else 10s)',
      '5s',
      { maxMs: 600_000 },
    ),
  },
  holds: 'lifecycle',
  on_restart: 'ends',
  default_duration_ms: null,
  effect: ({ grace }) =>
    ({
      on: 'lifecycle',
      to: 'stopped',
      ...(grace !== undefined && { grace_ms: grace }),
    }) satisfies LifecycleEffect,
});
