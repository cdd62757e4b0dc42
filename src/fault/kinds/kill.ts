import type { LifecycleEffect } from '../effect.ts';
import { defineKind } from '../fault-kind.ts';
import { wordParam } from '../param.ts';

export const kill = defineKind({
  kind: 'kill',
  family: 'lifecycle',
  summary: 'SIGKILL through the engine: no warning, and no restart policy brings it back',
  words: { doing: 'killing', done: 'killed', undo: 'restart' },
  params: {
    signal: wordParam('signal that is sent (default: KILL)', [
      'KILL',
      'TERM',
      'INT',
      'QUIT',
      'HUP',
      'ABRT',
    ]),
  },
  holds: 'lifecycle',
  on_restart: 'ends',
  default_duration_ms: null,
  effect: ({ signal }) =>
    ({ on: 'lifecycle', to: 'killed', ...(signal && { signal }) }) satisfies LifecycleEffect,
});
