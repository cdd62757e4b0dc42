/**
 * A look at a run's watchdog from outside: alive, frozen or gone. The lock says whether it lives, and the system's table of
 * processes whether it runs: one that somebody stopped (SIGSTOP) holds its lock and does nothing.
 */

import { isLockHeld } from '../../journal/index.ts';
import { lookAt } from '../../system/process-table.ts';
import { readStatus, type WatchdogStatus, watchdogFiles } from './files.ts';

export type WatchdogState = 'running' | 'stopped' | 'gone';

/** `word`: the newest there is, which may be that of one before it. Never throws. */
export function lookAtWatchdog(runDir: string): {
  state: WatchdogState;
  status: WatchdogStatus | null;
} {
  const files = watchdogFiles(runDir);
  const status = readStatus(files);
  if (!isLockHeld(files.lock)) return { state: 'gone', status };
  return { state: status !== null && isStopped(status.pid) ? 'stopped' : 'running', status };
}

function isStopped(pid: number): boolean {
  try {
    return /^[Tt]$/.test(lookAt([pid]).get(pid)?.letter ?? '');
  } catch {
    return false; // No `ps` here: the lock alone has to do.
  }
}

/** What is said of one that is stopped, wherever it is met; nothing recovers by itself then. */
export function stoppedWords(pid: number): string {
  return `The watchdog of this run (pid ${pid}) is stopped, so nothing recovers by itself; \`kill -CONT ${pid}\` lets it go on.`;
}
