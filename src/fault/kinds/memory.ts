import { defineKind } from '../fault-kind.ts';
import { sizeParam } from '../param.ts';
import type { ResourceEffect } from '../resource-effect.ts';
import { RESOURCES } from './resources.ts';

/** The engine takes no limit below it. */
const LEAST_BYTES = 6 * 1024 * 1024;

export const memory = defineKind({
  ...RESOURCES,
  kind: 'memory',
  summary: 'limit the memory of the target, swap included: what needs more is ended by the kernel',
  words: { doing: 'limiting', done: 'limited', undo: 'restore' },
  params: { size: sizeParam('that it may use at most', '64mb', { minBytes: LEAST_BYTES }) },
  effect: ({ size }) => ({ on: 'resources', memory: size }) satisfies ResourceEffect,
});
