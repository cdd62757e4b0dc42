import { bringBack, type FaultKind } from '../fault-kind.ts';

export const pause: FaultKind = {
  kind: 'pause',
  summary:
    'freeze every process of the target, as `docker pause`: connections stay open, nothing answers',
  words: { doing: 'pausing', done: 'paused', undo: 'unpause' },
  deed: 'pause',
  wayBack: 'unpause',
  inForce: (now) => now.state === 'paused',
  undo: bringBack,
  endsByItself: () => false,
};
