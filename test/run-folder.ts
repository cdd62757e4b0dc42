/**
 * The folder of one run of the tests, with the mark by which a later run tells whether this one is over (`sweep.ts`): the
 * process that runs it, by id and start time, since an id alone is given away again.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, lookAt } from '../src/system/process-table.ts';

export const RUN_FOLDER = /^gameday-test-run-/;

/** In the environment of each process of a run: the run's folder. */
export const RUN_MARK = 'GAMEDAY_TEST_RUN';

/**
 * The folder of this run. A test file that is run by itself, without the global set-up, has one from here on: it is gone with
 * the process, and what the process leaves when it is killed is swept by a later run.
 */
export function runFolder(): string {
  const known = process.env[RUN_MARK];
  if (known) return known;
  const folder = makeRunFolder();
  process.env[RUN_MARK] = folder;
  process.once('exit', () => removeRunFolder(folder));
  return folder;
}

export function makeRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gameday-test-run-'));
  markRun(folder);
  return folder;
}

/** Also files that a fault has protected from any change (`chattr +i`), where the test was killed before it was undone. */
export function removeRunFolder(folder: string): void {
  const remove = () =>
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  try {
    remove();
  } catch {
    spawnSync('chattr', ['-R', '-f', '-i', folder], { stdio: 'ignore' });
    remove();
  }
}

export function markRun(folder: string, pid = process.pid): void {
  const identity = lookAt([pid]).get(pid)?.identity;
  writeFileSync(join(folder, 'runner'), JSON.stringify({ pid, identity }));
  // Tests run programs as other users, who must be able to pass through it.
  chmodSync(folder, 0o711);
}

/** False also where it has no mark (yet), or is not ours to read. */
export function isRunOver(folder: string): boolean {
  try {
    const { pid, identity } = JSON.parse(readFileSync(join(folder, 'runner'), 'utf8'));
    const look = lookAt([pid]).get(pid);
    return !isAlive(look) || look.identity !== identity;
  } catch {
    return false;
  }
}
