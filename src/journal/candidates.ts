/**
 * What TAB offers, as plain files that a shell reads without starting anything: one candidate a line.
 * By-products of commands: they may be old, and nothing fails for want of them. Whoever writes them holds the run, so that one name
 * for a draft is enough, and a killed command leaves none that the next does not take.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, makeFolder, replaceFile } from './disk.ts';

/** Name of the file -> what stands in it. Writes only what changed. Never throws; makes nothing where there is no state folder. */
export function writeCandidates(
  stateDir: string,
  lists: Readonly<Record<string, readonly string[]>>,
): void {
  if (!existsSync(stateDir)) return;
  const folder = join(stateDir, 'candidates');
  for (const [name, candidates] of Object.entries(lists)) {
    const text = candidates
      .filter((each) => !/[\r\n]/.test(each))
      .map((each) => `${each}\n`)
      .join('');
    try {
      if (readIfThere(join(folder, name)) === text) continue;
      makeFolder(folder);
      replaceFile(join(folder, name), join(folder, `.${name}.tmp`), text, false);
    } catch {
      // See above.
    }
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
