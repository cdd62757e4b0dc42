/** A fault that is injected again and again for a while: what may be asked for, and how long each may last. Pure. */
import { formatDuration } from '../terms/duration.ts';
import { type Every, formatEvery } from '../terms/every.ts';

export interface Repeat extends Every {
  for_ms: number;
}

/** From one fault to the next, at least: it has to be undone and proven in between. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 7 * 24 * 3_600_000;

/** The shortest time from one fault to the next. */
export function shortestGapMs({ every_ms, jitter_ms }: Every): number {
  return every_ms - jitter_ms;
}

/** Why it cannot be, in words; null: it can. `durationMs`: the limit of each fault that the user names; null: none. */
export function repeatProblem(repeat: Repeat, durationMs: number | null): string | null {
  const gapMs = shortestGapMs(repeat);
  if (gapMs < SHORTEST_MS)
    return `${formatEvery(repeat)} leaves ${gapMs > 0 ? `only ${formatDuration(gapMs)}` : 'no time'} from one fault to the next; it must be ${formatDuration(SHORTEST_MS)} at least`;
  if (repeat.for_ms < repeat.every_ms)
    return `${formatDuration(repeat.for_ms)} is over before the second fault, which is due after ${formatEvery(repeat)}`;
  if (repeat.for_ms > LONGEST_MS)
    return `${formatDuration(repeat.for_ms)} is too long: at most ${formatDuration(LONGEST_MS)}`;
  if (durationMs !== null && durationMs >= gapMs)
    return `each fault would last ${formatDuration(durationMs)}, and the next may come after ${formatDuration(gapMs)}: its duration must be shorter`;
  return null;
}

/** How long a fault lasts where the user does not say: as its kind does, null without end; one that comes again, no longer than half of the shortest gap. */
export function defaultLimitMs(ofKindMs: number | null, repeat?: Repeat): number | null {
  if (!repeat) return ofKindMs;
  return Math.min(ofKindMs ?? Number.POSITIVE_INFINITY, Math.floor(shortestGapMs(repeat) / 2));
}

/** `every 1m ± 20s for 30m` */
export function describeRepeat(repeat: Repeat): string {
  return `every ${formatEvery(repeat)} for ${formatDuration(repeat.for_ms)}`;
}
