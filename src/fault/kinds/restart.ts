import { defineKind } from '../fault-kind.ts';
import { stop } from './stop.ts';

export const restart = defineKind({
  kind: 'restart',
  family: 'lifecycle',
  summary: 'stop the target and start it at once: over when it is well again',
  words: { doing: 'restarting', done: 'stopped', undo: 'restart' },
  params: stop.params,
  holds: 'lifecycle',
  on_restart: 'ends',
  default_duration_ms: null,
  ends: 'at_once',
  effect: (values) => stop.effect(values as never),
});
