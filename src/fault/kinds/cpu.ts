import { defineKind } from '../fault-kind.ts';
import { numberParam } from '../param.ts';
import type { ResourceEffect } from '../resource-effect.ts';
import { RESOURCES } from './resources.ts';

export const cpu = defineKind({
  ...RESOURCES,
  kind: 'cpu',
  summary: 'limit the processor time of the target, as the engine does it itself',
  words: { doing: 'throttling', done: 'throttled', undo: 'restore' },
  params: {
    cores: numberParam('processors that it may use at most', '0.2', { min: 0.01, max: 1024 }),
  },
  effect: ({ cores }) => ({ on: 'resources', cpus: cores }) satisfies ResourceEffect,
});
