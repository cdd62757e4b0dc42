import type { ClockEffect } from '../clock-effect.ts';
import { defineKind } from '../fault-kind.ts';
import { offsetParam } from '../param.ts';

export const clock = defineKind({
  kind: 'clock',
  family: 'processes',
  summary: 'set the clock of the target ahead or back, and no other one',
  words: { doing: 'setting the clock of', done: 'clock-shifted', undo: 'set back' },
  params: {
    offset: offsetParam('by which its clock is ahead; behind, with a minus before it', '-10m'),
  },
  holds: 'clock',
  on_restart: 'ends',
  default_duration_ms: 300_000,
  effect: ({ offset }) => ({ on: 'clock', offset_ms: offset }) satisfies ClockEffect,
});
