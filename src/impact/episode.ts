/** A fault as what is measured sees it: when it came and went, and what ran meanwhile. */
import type { Instance } from '../fault/instance.ts';
import type { Reference } from './abort-condition.ts';

/** The load of a run. */
export interface Workload {
  kind: string;
  simulated: boolean;
  /** Operations a second that were set, or null: they are measured. */
  baseline: number | null;
  /** The earlier run that is compared with, or null. */
  reference: Reference | null;
  /** ISO. */
  started_at: string;
}

/** Times are ISO, by the clock of this machine. */
export interface Episode {
  id: string;
  targets: readonly Pick<Instance, 'service' | 'number'>[];
  /** `killed`, and what ends it: `restart`. */
  words: { done: string; undo: string };
  injecting_at: string;
  injected_at: string | null;
  /** When the undo began; null: not yet. */
  recovering_at: string | null;
  recovered_at: string | null;
}
