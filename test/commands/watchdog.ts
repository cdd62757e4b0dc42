/** A run's watchdog, its log and its samples, as the tests of several files look at them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { badOf, endOf, type Window } from '../../src/impact/windows.ts';
import { readWindows } from '../../src/workload/samples/sample-file.ts';
import { events, until } from './cli.ts';

/** Rounding, and a process that is held up between reading its two clocks; what is counted twice would be a whole window. */
const ROUNDING_MS = 25;

export const runFolder = (folder: string) => join(folder, '.gameday', 'runs', 'r1');

/** Null before the first word of the first one. */
export function watchdogPid(folder: string): number | null {
  return statusOf(folder)?.pid ?? null;
}

function statusOf(folder: string): { pid: number; standby: number | null } | null {
  try {
    return JSON.parse(readFileSync(join(runFolder(folder), 'watchdog.json'), 'utf8'));
  } catch {
    return null;
  }
}

export function isRunning(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Null while there is none. */
export function standbyPid(folder: string): number | null {
  return statusOf(folder)?.standby ?? null;
}

/** It and its standby, by SIGKILL, and waits until the lock is free. Frozen, it sees nothing of the other one's death. */
export async function killWatchdog(folder: string): Promise<void> {
  const pid = watchdogPid(folder);
  if (pid === null || !isRunning(pid)) return;
  process.kill(pid, 'SIGSTOP');
  // From the system's table: one that it has only just started stands on no record.
  const standbys = standbysOf(pid);
  for (const each of [...standbys, pid]) process.kill(each, 'SIGKILL');
  await until('the death of the watchdog', () => ![pid, ...standbys].some(isRunning));
}

/** Also one that is being started, and is not its own program yet. */
function standbysOf(pid: number): number[] {
  const wordsOf = (each: number) => readFileSync(`/proc/${each}/cmdline`, 'latin1');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
  return children
    .filter(Boolean)
    .map(Number)
    .filter((child) => {
      const words = wordsOf(child);
      return words.includes('gameday watchdog standby') || words === wordsOf(pid);
    });
}

export function logOf(folder: string): string {
  try {
    return readFileSync(join(runFolder(folder), 'watchdog.log'), 'utf8');
  } catch {
    return '';
  }
}

export function isRecovered(folder: string, id: string): boolean {
  return events(folder).some((event) => event.type === 'fault.recovered' && event.fault === id);
}

/** Every event follows the one before, and each fault began and ended once. */
export function expectWholeJournal(folder: string, where = ''): void {
  const all = events(folder);
  expect(
    all.map(({ seq }) => seq),
    where,
  ).to.deep.equal(all.map((_, index) => index + 1));
  for (const type of ['fault.injecting', 'fault.recovered']) {
    const ids = all.filter((event) => event.type === type).map(({ fault }) => fault);
    expect(ids, `${where}: ${type}`).to.deep.equal([...new Set(ids)]);
  }
}

export function windowsOf(folder: string): Window[] {
  return readWindows(join(runFolder(folder), 'samples.ndjson'), 0);
}

/** No moment is covered by two windows, and nothing is counted that the server did not see. */
export function expectCountedOnce(windows: readonly Window[], seen: number, where = ''): void {
  for (const [index, window] of windows.entries()) {
    const before = windows[index - 1];
    if (before)
      expect(
        window.at,
        `${where}: window ${index} begins before the end of the one before`,
      ).to.be.at.least(endOf(before) - ROUNDING_MS);
  }
  const counted = windows.reduce((sum, window) => sum + window.ok + badOf(window), 0);
  expect(counted, `${where}: operations counted, of those that the server saw`).to.be.at.most(seen);
}
