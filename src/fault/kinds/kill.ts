import { bringBack, type FaultKind, isDown } from '../fault-kind.ts';

export const kill: FaultKind = {
  kind: 'kill',
  summary:
    'SIGKILL through the engine, as `docker kill`: no warning, and no restart policy brings it back',
  words: { doing: 'killing', done: 'killed', undo: 'restart' },
  deed: 'kill',
  wayBack: 'start',
  inForce: isDown,
  undo: bringBack,
  endsByItself: () => false,
};
