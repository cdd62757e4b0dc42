/** A fault as the measurement sees it. Types only. */
import type { Instance } from '../fault/instance.ts';

/** When a fault came and went: ISO, by the clock of this machine. */
export interface FaultTimes {
  id: string;
  injecting_at: string;
  /** Null: it is not known to have happened. */
  injected_at: string | null;
  /** When the undo began; null: not yet. */
  recovering_at: string | null;
  recovered_at: string | null;
}

/** With what a sentence about it needs. */
export interface ObservedFault extends FaultTimes {
  targets: readonly Pick<Instance, 'service' | 'number'>[];
  /** `killed`, and what ends it: `restart`. */
  words: { done: string; undo: string };
}
