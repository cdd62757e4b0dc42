import { bringBack, type FaultKind, isDown } from '../fault-kind.ts';

export const stop: FaultKind = {
  kind: 'stop',
  summary: 'SIGTERM, then SIGKILL after the stop time-out, as `docker stop`: an orderly shutdown',
  words: { doing: 'stopping', done: 'stopped', undo: 'restart' },
  deed: 'stop',
  wayBack: 'start',
  inForce: isDown,
  undo: bringBack,
  endsByItself: () => false,
};
