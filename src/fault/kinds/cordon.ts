import type { NodeEffect } from '../cluster-effect.ts';
import { defineKind } from '../fault-kind.ts';

export const cordon = defineKind({
  kind: 'cordon',
  family: 'cluster',
  summary: 'let nothing new start on a node of a cluster; what runs there stays',
  words: { doing: 'cordoning', done: 'cordoned', undo: 'open' },
  params: {},
  targets: 'nodes',
  holds: 'node',
  on_restart: 'stays',
  default_duration_ms: null,
  effect: () => ({ on: 'node', to: 'cordoned' }) satisfies NodeEffect,
});
