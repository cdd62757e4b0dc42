/** How often something comes again, as the story file and the flags write it: `60s`, `60s ± 20s` (`+-` will do). Pure. */
import { formatDuration, parseDuration } from './duration.ts';

/** From one time to the next: `every_ms`, more or less by up to `jitter_ms`. */
export interface Every {
  every_ms: number;
  jitter_ms: number;
}

/** For editors, and for a first look. */
export const EVERY_PATTERN =
  /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+(?:\s*(?:±|\+\/?-)\s*(?:\d+(?:\.\d+)?(?:ms|s|m|h))+)?$/;

const SIGN = /\s*(?:±|\+\/?-)\s*/;

/** Null for what is neither. */
export function parseEvery(text: string): Every | null {
  const parts = text.trim().split(SIGN).map(parseDuration);
  const [every_ms, jitter_ms = 0] = parts;
  if (parts.length > 2 || every_ms == null || jitter_ms === null) return null;
  return { every_ms, jitter_ms };
}

/** `1m ± 20s` */
export function formatEvery({ every_ms, jitter_ms }: Every): string {
  const every = formatDuration(every_ms);
  return jitter_ms === 0 ? every : `${every} ± ${formatDuration(jitter_ms)}`;
}
