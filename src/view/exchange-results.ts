/** What `story import` and `story export` hand back: the object for `--json` and the lines for a person. Pure. */
import type { Result } from './results.ts';

interface Written {
  /** Absolute; null: it is only shown. */
  path: string | null;
  notes: readonly string[];
}

export function importedResult({
  name,
  text,
  path,
  notes,
}: Written & { name: string; text: string }): Result {
  const json = { story: name, path, notes, ...(path === null && { text }) };
  if (path === null) return { json, lines: [], raw: text };
  return { json, lines: [`Wrote ${path}.`, ...notes, 'Read it, then: `story check`'] };
}

export function exportedResult({
  experiment,
  path,
  notes,
}: Written & { experiment: Record<string, unknown> }): Result {
  const json = { path, notes, ...(path === null && { experiment }) };
  if (path === null) return { json, lines: [], raw: JSON.stringify(experiment, null, 2) };
  return { json, lines: [`Wrote ${path}.`, ...notes, `Play it: chaos run ${path}`] };
}
