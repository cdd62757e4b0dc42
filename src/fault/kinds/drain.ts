import type { NodeEffect } from '../cluster-effect.ts';
import { defineKind } from '../fault-kind.ts';

export const drain = defineKind({
  kind: 'drain',
  family: 'cluster',
  summary: 'empty a node of a cluster: what ran there is made anew on the others',
  words: { doing: 'draining', done: 'drained', undo: 'open' },
  params: {},
  targets: 'nodes',
  holds: 'node',
  on_restart: 'stays',
  default_duration_ms: null,
  effect: () => ({ on: 'node', to: 'drained' }) satisfies NodeEffect,
});
