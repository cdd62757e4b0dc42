/** The load of a run, as the journal has it. Types only. */
import type { Reference } from './abort-condition.ts';

export interface Workload {
  kind: string;
  simulated: boolean;
  /** Operations a second that were set, or null: they are measured. */
  baseline: number | null;
  /** The earlier run that is compared with, or null. */
  reference: Reference | null;
  /** Where its figures are served to Prometheus, `host:port`; absent: nowhere. */
  metrics?: string;
  /** It runs within the command that started it, and ends with it; absent: in the background. */
  foreground?: true;
  /** ISO. */
  started_at: string;
}
