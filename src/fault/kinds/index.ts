/** The table of fault kinds. A new kind is one file beside this one and one row here. */
import { closest } from '../../terms/closest.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { FaultKind } from '../fault-kind.ts';
import { crash } from './crash.ts';
import { kill } from './kill.ts';
import { pause } from './pause.ts';
import { stop } from './stop.ts';

export type { FaultKind } from '../fault-kind.ts';

export const FAULT_KINDS: readonly FaultKind[] = [kill, stop, pause, crash];

/** Throws a Refusal (`unknown_kind`) that names the nearest kind. */
export function faultKind(kind: string): FaultKind {
  const found = FAULT_KINDS.find((row) => row.kind === kind);
  if (found) return found;
  const names = FAULT_KINDS.map((row) => row.kind);
  const near = closest(kind, names);
  throw new Refusal(
    'unknown_kind',
    `There is no fault of kind "${kind}"; there are ${names.join(', ')}.`,
    near ? `Did you mean \`fault inject ${near}\`?` : 'fault kinds',
  );
}
