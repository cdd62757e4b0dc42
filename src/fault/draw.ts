/** In which order the matching instances are taken, and which of them chance may take. Pure. */
import { seededRandom } from '../terms/random.ts';
import { type InstanceRow, label } from './instance.ts';
import type { Selector } from './selectors.ts';

/** In the order in which they are taken. */
export function ranked(
  rows: readonly InstanceRow[],
  { pick: { by }, avoid = [] }: Pick<Selector, 'pick' | 'avoid'>,
  seed: number,
): InstanceRow[] {
  if (by === 'random') {
    const order = shuffled(rows, seed);
    const isLast = (row: InstanceRow) => avoid.includes(label(row));
    return [...order.filter((row) => !isLast(row)), ...order.filter(isLast)];
  }
  if (by !== 'oldest' && by !== 'newest') return [...rows];
  // Those that were made at one moment by their numbers; of which nobody knows when, after the others.
  const older = (a: InstanceRow, b: InstanceRow) =>
    (a.made_at ?? '') === (b.made_at ?? '')
      ? a.number - b.number
      : (a.made_at ?? '') < (b.made_at ?? '')
        ? -1
        : 1;
  const known = rows.filter((row) => row.made_at).toSorted(older);
  const unknown = rows.filter((row) => !row.made_at).toSorted(older);
  return by === 'oldest'
    ? [...known, ...unknown]
    : [...known.toReversed(), ...unknown.toReversed()];
}

function shuffled(rows: readonly InstanceRow[], seed: number): InstanceRow[] {
  const order = [...rows];
  const next = seededRandom(seed);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j] as InstanceRow, order[i] as InstanceRow];
  }
  return order;
}

/** Of any service, chance passes over what a guard would refuse, as it passes over what is protected. */
export function drawAllowed(
  order: InstanceRow[],
  count: number,
  isAllowed: (wanted: InstanceRow[]) => boolean,
): InstanceRow[] {
  const drawn: InstanceRow[] = [];
  for (const row of order) if (drawn.length < count && isAllowed([...drawn, row])) drawn.push(row);
  return drawn.length === count ? drawn : order.slice(0, count);
}
