/**
 * The folder of one run of the tests, with the mark by which a later run tells whether this one is over (`sweep.ts`): the
 * process that runs it, by id and start time, since an id alone is given away again.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bearersOf, isAlive, lookAt } from '../src/system/process-table.ts';

export const RUN_FOLDER = /^gameday-test-run-/;

/** In the environment of each process of a run: the run's folder. */
export const RUN_MARK = 'GAMEDAY_TEST_RUN';

/**
 * The folder of this run. A test file that is run by itself, without the global set-up, has one from here on: it is gone with
 * the process, and where something of it still runs, or the process is killed, a later run sweeps both.
 */
export function runFolder(): string {
  const known = process.env[RUN_MARK];
  if (known) return known;
  const folder = makeRunFolder();
  process.env[RUN_MARK] = folder;
  process.once('exit', () => {
    // By the folder a later run finds what still runs in it.
    if (processesOf(folder).length === 0) removeRunFolder(folder);
  });
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

/** What a run started and still runs: by its mark, or by where it works. Linux alone tells; elsewhere the answer is empty. */
export function processesOf(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  const inside = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && worksIn(name, folder));
  const found = new Map([
    ...bearersOf(`${RUN_MARK}=${folder}`),
    ...[...lookAt(inside.map(Number))].filter(([, look]) => isAlive(look)),
  ]);
  return [...found.keys()].filter((pid) => pid !== process.pid);
}

/** The system adds ` (deleted)` to what is gone. */
function worksIn(pid: string, folder: string): boolean {
  try {
    return /^(\/| \(deleted\)$|$)/.test(
      readlinkSync(`/proc/${pid}/cwd`).split(folder, 2)[1] ?? '-',
    );
  } catch {
    return false;
  }
}
