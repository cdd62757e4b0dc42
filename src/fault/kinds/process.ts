import { defineKind } from '../fault-kind.ts';
import { processParam, wordParam } from '../param.ts';
import type { ProcessEffect } from '../process-effect.ts';

const FREEZE = { doing: 'process-freezing', done: 'process-frozen', undo: 'thaw' };
const KILL = { doing: 'process-killing', done: 'process-killed', undo: 'bring back' };

export const process = defineKind({
  kind: 'process',
  family: 'processes',
  summary: 'freeze or kill processes inside the target, by their name; never its first one',
  words: FREEZE,
  params: {
    name: processParam('all of this name; its title counts, too ("postgres: checkpointer")'),
    how: wordParam('freeze them, or kill them once: over when they are there again', [
      'freeze',
      'kill',
    ]),
  },
  /** They overlap: each has the processes that it hit. */
  holds: null,
  on_restart: 'ends',
  default_duration_ms: 300_000,
  varies: ({ how }) => (how === 'kill' ? { words: KILL, ends: 'at_once' } : {}),
  effect: ({ name, how }) =>
    ({ on: 'processes', name, how: how ?? 'freeze' }) satisfies ProcessEffect,
});
