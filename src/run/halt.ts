/** Nothing may be injected: somebody said so, for every shell, until somebody takes it back. Pure. */
import { Refusal } from '../terms/outcomes.ts';

export interface Halt {
  /** A user of the machine. */
  by: string;
  /** ISO. */
  since: string;
  reason: string | null;
}

/** `Halted by ops since 2026-11-29T01:02:03.000Z: customers called` */
export function describeHalt({ by, since, reason }: Halt): string {
  return `Halted by ${by} since ${since}${reason ? `: ${reason}` : ''}`;
}

/** `live`: ids of the faults that could not be recovered. */
export function haltRefusal(halt: Halt, live: readonly string[] = []): Refusal {
  const still =
    live.length > 0
      ? `${live.join(', ')} could not be recovered yet.`
      : 'Nothing is injected until `fault resume`.';
  const next = live.length > 0 ? 'fault halt' : 'fault resume';
  return new Refusal('halted', `${describeHalt(halt)}. ${still}`, next);
}
