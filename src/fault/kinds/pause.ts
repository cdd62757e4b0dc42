import type { LifecycleEffect } from '../effect.ts';
import { defineKind } from '../fault-kind.ts';

export const pause = defineKind({
  kind: 'pause',
  family: 'lifecycle',
  summary: 'freeze every process of the target: connections stay open, nothing answers',
  words: { doing: 'pausing', done: 'paused', undo: 'unpause' },
  params: {},
  holds: 'lifecycle',
  on_restart: 'ends',
  default_duration_ms: null,
  effect: () => ({ on: 'lifecycle', to: 'paused' }) satisfies LifecycleEffect,
});
