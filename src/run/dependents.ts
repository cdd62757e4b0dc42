/** What a recovery by the engine leaves undone that Compose would have done: `depends_on: { db: { restart: true } }`. Pure. */
import { type Instance, type InstanceRow, label } from '../fault/instance.ts';
import type { Fault } from './run.ts';

/** What runs now, ran before the fault, and is to be restarted with one of its targets. */
export function dependents(
  fault: Fault,
  rows: readonly InstanceRow[],
  held: ReadonlyMap<string, string>,
): { row: InstanceRow; target: Instance }[] {
  return rows.flatMap((row) => {
    const target = fault.targets.find(({ service }) => row.restarts_with?.includes(service));
    const ran = fault.before.some(({ id }) => id === row.id);
    const isOther = !held.has(row.id) && !fault.targets.some(({ id }) => id === row.id);
    return target && ran && isOther && row.state === 'running' ? [{ row, target }] : [];
  });
}

/** Null where the target was not restarted, or the dependent was since. `now`: the target; null: gone. */
export function leftRunning(
  target: Instance,
  now: Instance | null,
  dependent: Instance,
): string | null {
  if (now === null || now.incarnation === target.incarnation) return null;
  const isLater = Date.parse(dependent.started_at ?? '') > Date.parse(now.started_at ?? '');
  return isLater
    ? null
    : `${label(dependent)} was not restarted with it, as Compose does (depends_on: restart)`;
}
