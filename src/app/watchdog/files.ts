/** Where a run's watchdog and its clients meet: a lock that says it lives, files that say what it guards and has read back, its log. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verified } from '../../impact/verified.ts';
import { replaceFile } from '../../system/files.ts';
import { PROBES_FILE } from '../../workload/samples/probe-file.ts';
import { SAMPLES_FILE } from '../../workload/samples/sample-file.ts';

export interface WatchdogStatus {
  pid: number;
  /** ISO. */
  since: string;
  /** Everything up to this event of the journal is guarded; 0: it has only begun. */
  seq: number;
  /** Pid of the process that takes its place when it is killed; null: there is none. */
  standby: number | null;
}

/** What a watchdog knows of the writes of a workload. */
export interface ReadBackStatus {
  /** Of the watchdog whose memory holds the book. */
  pid: number;
  /** Its start, as the journal has it. */
  workload: string;
  /** ISO: from when on writes are in the book. */
  since: string;
  /** An earlier watchdog kept another one, which is gone. */
  incomplete: boolean;
  state: 'open' | 'reading' | 'done';
  /** Keys read, of how many. */
  done: number;
  of: number;
  verified: Verified | null;
}

export interface WatchdogFiles {
  lock: string;
  status: string;
  readBack: string;
  log: string;
  samples: string;
  probes: string;
  alerts: string;
}

export function watchdogFiles(runDir: string): WatchdogFiles {
  const at = (name: string) => join(runDir, name);
  return {
    lock: at('watchdog.lock'),
    status: at('watchdog.json'),
    readBack: at('read-back.json'),
    log: at('watchdog.log'),
    samples: at(SAMPLES_FILE),
    probes: at(PROBES_FILE),
    /** In the format of the probes: met says that the alert fires. */
    alerts: at('alerts.ndjson'),
  };
}

/** Null where there is none, or while it is damaged; whether its writer still lives is the lock's to say. */
export function readStatus(files: WatchdogFiles): WatchdogStatus | null {
  return readJson(files.status) as WatchdogStatus | null;
}

/** Throws the system's error, as on a full disk. */
export function writeStatus(files: WatchdogFiles, status: WatchdogStatus): void {
  replaceFile(files.status, JSON.stringify(status));
}

/** Null where there is none, or while it is damaged. */
export function readReadBack(files: WatchdogFiles): ReadBackStatus | null {
  return readJson(files.readBack) as ReadBackStatus | null;
}

/** Throws the system's error, as on a full disk. */
export function writeReadBack(files: WatchdogFiles, status: ReadBackStatus): void {
  replaceFile(files.readBack, JSON.stringify(status));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
