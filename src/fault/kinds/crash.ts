import type { LifecycleEffect } from '../effect.ts';
import { defineKind } from '../fault-kind.ts';

export const crash = defineKind({
  kind: 'crash',
  family: 'lifecycle',
  summary: 'SIGKILL behind the back of the engine, which sees a crash: the restart policy acts',
  words: { doing: 'crashing', done: 'crashed', undo: 'restart' },
  params: {},
  holds: 'lifecycle',
  on_restart: 'ends',
  default_duration_ms: null,
  effect: () => ({ on: 'lifecycle', to: 'crashed' }) satisfies LifecycleEffect,
});
