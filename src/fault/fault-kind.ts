/** What a kind of fault is: one file a kind, one row in `index.ts`. Pure; the engine does what `deed` and `undo` name. */
import type { Instance, Operation } from './instance.ts';

export interface FaultKind {
  kind: string;
  /** One line, after "fault kinds"; starts with a verb. */
  summary: string;
  /** What the countdown and the tasks say: "killing", "killed"; and what ends it: "restart". */
  words: { doing: string; done: string; undo: string };
  deed: Operation;
  /** What undoes the deed as long as nobody else has touched the target; recorded with the intent. */
  wayBack: Operation;
  /** True while the fault can be seen on the target. */
  inForce(now: Instance): boolean;
  /** The next operation that brings the target towards running, or null when nothing is left to do. */
  undo(now: Instance): Operation | null;
  /** True when the engine is expected to end the fault by itself (a restart policy). */
  endsByItself(target: Instance): boolean;
}

/** The way back for every fault that touches a target's life: from whatever state it is in by now. */
export function bringBack(now: Instance): Operation | null {
  switch (now.state) {
    case 'paused':
      return 'unpause';
    case 'exited':
    case 'created':
    case 'dead':
      return 'start';
    case 'running':
    case 'restarting':
    case 'removing':
      return null;
  }
}

export function isDown(now: Instance): boolean {
  return now.state === 'exited' || now.state === 'dead' || now.state === 'restarting';
}
