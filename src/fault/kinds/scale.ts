import type { ScaleEffect } from '../cluster-effect.ts';
import { defineKind } from '../fault-kind.ts';
import { numberParam } from '../param.ts';

export const scale = defineKind({
  kind: 'scale',
  family: 'cluster',
  summary: 'give a service another number of instances, and its own again',
  words: { doing: 'scaling', done: 'scaled', undo: 'scale back' },
  params: { to: numberParam('how many instances', '1', { min: 0, max: 10_000, whole: true }) },
  targets: 'services',
  holds: 'scale',
  on_restart: 'stays',
  default_duration_ms: null,
  effect: ({ to }) => ({ on: 'scale', to }) satisfies ScaleEffect,
});
