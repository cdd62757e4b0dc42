/** Deleting runs that nobody needs any more. The caller holds the lock. */
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unwritable } from './refusals.ts';
import { runFolder } from './state-folder.ts';

/** No run has such a name: what a crash leaves half deleted is none any more. */
const GONE = /^\.gone-/;

/** The folder with all that is in it. Throws Refusal `state_unwritable`. */
export function deleteRun(stateDir: string, id: string): void {
  const folder = runFolder(stateDir, id);
  try {
    const gone = join(stateDir, 'runs', `.gone-${id}`);
    rmSync(gone, { recursive: true, force: true });
    renameSync(folder, gone);
    rmSync(gone, { recursive: true, force: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** What a command left that was killed while it deleted. Never throws. */
export function deleteRemains(stateDir: string): void {
  try {
    const runs = join(stateDir, 'runs');
    for (const name of readdirSync(runs).filter((each) => GONE.test(each)))
      rmSync(join(runs, name), { recursive: true, force: true });
  } catch {
    // The next one tries again.
  }
}
