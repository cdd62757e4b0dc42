/** Starts the watchdog's own process, and the standby that takes its place. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { WatchdogFiles } from './files.ts';
import type { WatchdogOrder } from './order.ts';

/**
 * `read` ends when the watchdog does, however it dies, since the kernel closes its end of the pipe then. A line is a farewell.
 * Else the shell becomes the watchdog, in the same process. A waiting `node` would take 42 MB of memory, this takes less than 2.
 */
const WAIT = 'read -r _ || exec "$@"';
/** Shown by `ps`. */
const STANDBY_NAME = 'gameday watchdog standby';

/** Detached from the terminal; what it prints goes into its log. Resolves when it has ended. */
export function launchDetached(order: WatchdogOrder, files: WatchdogFiles): Promise<void> {
  const [program, ...args] = watchdogCommand(order, 0);
  const child = spawnInto(files.log, program, args, { cwd: order.cwd, stdio: 'ignore' });
  child.unref();
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}

/** `inARow`: how many before it have died so, had it to take over. It ends when a line is written to its stdin. */
export function spawnStandby(
  order: WatchdogOrder,
  files: WatchdogFiles,
  inARow: number,
): ChildProcess {
  const args = ['-c', WAIT, STANDBY_NAME, ...watchdogCommand(order, inARow)];
  const child = spawnInto(files.log, '/bin/sh', args, { cwd: order.cwd, stdio: 'pipe' });
  child.unref();
  return child;
}

/** `stdio` of `options`: of its stdin alone. */
function spawnInto(
  logPath: string,
  program: string,
  args: string[],
  { cwd, stdio }: { cwd: string; stdio: 'ignore' | 'pipe' },
): ChildProcess {
  const log = openSync(logPath, 'a', 0o600);
  const options: SpawnOptions = { cwd, detached: true, stdio: [stdio, log, log] };
  try {
    return spawn(program, args, options);
  } finally {
    closeSync(log);
  }
}

function watchdogCommand(order: WatchdogOrder, inARow: number): [string, ...string[]] {
  return [process.execPath, entry(), JSON.stringify(order), String(inARow)];
}

/** In the source tree a neighbour; once bundled, this code stands in a file beside the entry. */
function entry(): string {
  return import.meta.filename.endsWith('.ts')
    ? new URL('../../watchdog-main.ts', import.meta.url).pathname
    : new URL('./watchdog-main.js', import.meta.url).pathname;
}
