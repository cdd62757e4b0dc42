import { bringBack, type FaultKind, isDown } from '../fault-kind.ts';

/** Policies under which the engine starts a crashed target again. */
const REVIVING = ['always', 'unless-stopped', 'on-failure'];

export const crash: FaultKind = {
  kind: 'crash',
  summary: 'SIGKILL behind the back of the engine, which sees a crash: the restart policy acts',
  words: { doing: 'crashing', done: 'crashed', undo: 'restart' },
  deed: 'crash',
  wayBack: 'start',
  inForce: isDown,
  undo: bringBack,
  endsByItself: (target) => REVIVING.includes(target.restart_policy.name),
};
