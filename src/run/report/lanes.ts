/** How each instance stood over the time of a run, as stretches of one state. Pure. What nobody looked at is told apart. */
import {
  type InstanceState,
  type LookMark,
  type StateLine,
  WATCHED_MS,
} from '../instance-states.ts';

/** A stack that flaps all day has more changes than can be drawn. */
const MOST_SPANS = 5000;

export interface LaneSpan {
  /** Epoch milliseconds. */
  from_ms: number;
  to_ms: number;
  state: string;
  health: InstanceState['health'];
  /** Somebody looked all the time; else it was so at its beginning, and nobody knows for how long. */
  watched: boolean;
}

export interface Lane {
  instance: string;
  service: string;
  spans: LaneSpan[];
}

export interface Lanes {
  lanes: Lane[];
  /** Changes that are not among them. */
  left_out: number;
}

interface Stretch {
  from_ms: number;
  to_ms: number;
}

/** Null where nobody has ever looked. `toMs`: the end of the run, or now. */
export function lanesOf(lines: readonly StateLine[], toMs: number): Lanes | null {
  const changes = lines
    .filter((line): line is InstanceState => !('note' in line))
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  if (changes.length === 0) return null;
  const watched = watchedIn(lines.filter((line): line is LookMark => 'note' in line));
  const byInstance = new Map<string, InstanceState[]>();
  for (const change of changes.slice(0, MOST_SPANS)) {
    const known = byInstance.get(change.instance);
    if (known) known.push(change);
    else byInstance.set(change.instance, [change]);
  }
  const lanes = [...byInstance].map(([instance, its]): Lane => {
    return { instance, service: its[0]?.service ?? '', spans: spansOf(its, watched, toMs) };
  });
  return { lanes: lanes.toSorted(byName), left_out: Math.max(0, changes.length - MOST_SPANS) };
}

function spansOf(
  changes: readonly InstanceState[],
  watched: readonly Stretch[],
  toMs: number,
): LaneSpan[] {
  return changes.flatMap(({ at, state, health }, index) => {
    const fromMs = Date.parse(at);
    const next = changes[index + 1];
    const endMs = Math.max(fromMs, next ? Date.parse(next.at) : toMs);
    const span = { state, health };
    const parts: LaneSpan[] = [];
    let doneMs = fromMs;
    for (const { from_ms, to_ms } of watched) {
      if (to_ms <= doneMs || from_ms >= endMs) continue;
      if (from_ms > doneMs)
        parts.push({ ...span, from_ms: doneMs, to_ms: from_ms, watched: false });
      const end = Math.min(to_ms, endMs);
      parts.push({ ...span, from_ms: Math.max(from_ms, doneMs), to_ms: end, watched: true });
      doneMs = end;
    }
    if (endMs > doneMs) parts.push({ ...span, from_ms: doneMs, to_ms: endMs, watched: false });
    return parts;
  });
}

/** From when to when somebody said that he looks every second. */
function watchedIn(marks: readonly LookMark[]): Stretch[] {
  const stretches: Stretch[] = [];
  let open: Stretch | null = null;
  for (const { at, note } of marks) {
    const atMs = Date.parse(at);
    if (open && note !== 'begin' && atMs - open.to_ms <= WATCHED_MS) open.to_ms = atMs;
    else open = null;
    if (note === 'end') open = null;
    else if (!open) {
      open = { from_ms: atMs, to_ms: atMs };
      stretches.push(open);
    }
  }
  return stretches.filter(({ from_ms, to_ms }) => to_ms > from_ms);
}

function byName(a: Lane, b: Lane): number {
  return a.instance.localeCompare(b.instance, 'en', { numeric: true });
}
