import type { EvictionEffect } from '../cluster-effect.ts';
import { defineKind } from '../fault-kind.ts';

export const evict = defineKind({
  kind: 'evict',
  family: 'cluster',
  summary:
    'ask the cluster to move the target, as an upgrade of its node does: a disruption budget may refuse',
  words: { doing: 'evicting', done: 'evicted', undo: 'restart' },
  params: {},
  holds: 'lifecycle',
  on_restart: 'ends',
  default_duration_ms: null,
  effect: () => ({ on: 'eviction' }) satisfies EvictionEffect,
});
