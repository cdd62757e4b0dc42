/** Files and folders, as several rooms need them. */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Replaces a file at once: a reader sees the old text or the new one, never a part. The file is readable by its owner
 * alone. Not fsynced: after a power failure it may be the old one, or empty. Throws the system's error, as on a full disk;
 * the file is then as it was.
 */
export function replaceFile(path: string, text: string): void {
  const draft = `${path}.new`;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** The folder itself, then the one above it, up to the root of the file system. `folder`: absolute. */
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
