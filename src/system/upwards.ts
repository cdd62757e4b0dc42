/** Looking for files in a folder and in those above it, nearest first. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder itself (absolute), then each one above it. */
export function* upwards(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}

/** The first of these names that exists in the nearest folder that has any of them, absolute; null: there is none. */
export function findUpwards(folder: string, names: readonly string[]): string | null {
  for (const at of upwards(folder)) {
    const found = names.map((name) => join(at, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  return null;
}
