/** Durations as the story file and the flags write them: `1500ms`, `3s`, `2m`, `1h`, `1m30s`. Pure. */

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;

/** Milliseconds, or null when the text is no duration. A bare `0` is a duration, any other bare number is not. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  if (!WHOLE.test(trimmed)) return null;
  let totalMs = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    totalMs += Number(amount) * (UNITS[unit as string] as number);
  return Math.round(totalMs);
}

/** For people: `350ms`, `3.2s`, `2m 5s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)}ms`;
  if (durationMs < 60_000) return `${Number((durationMs / 1000).toFixed(1))}s`;
  const seconds = Math.round(durationMs / 1000);
  const rest = seconds % 60;
  if (seconds < 3600) return rest ? `${Math.floor(seconds / 60)}m ${rest}s` : `${seconds / 60}m`;
  const minutes = Math.round(seconds / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)}h ${minutes % 60}m` : `${minutes / 60}h`;
}
