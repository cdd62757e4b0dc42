import type { ExistenceEffect } from '../existence-effect.ts';
import { defineKind } from '../fault-kind.ts';

export const remove = defineKind({
  kind: 'remove',
  family: 'lifecycle',
  summary: 'kill the target and remove it; recovery makes it anew with the same configuration',
  words: { doing: 'removing', done: 'removed', undo: 'make anew' },
  params: {},
  holds: 'lifecycle',
  on_restart: 'ends',
  default_duration_ms: null,
  effect: () => ({ on: 'existence' }) satisfies ExistenceEffect,
});
