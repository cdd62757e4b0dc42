/** Where a run's watchdog and its clients meet: a lock that says it lives, a file that says what it guards, its log. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBES_FILE } from '../workload/probe-file.ts';
import { SAMPLES_FILE } from '../workload/sample-file.ts';

export interface WatchdogWord {
  pid: number;
  /** ISO. */
  since: string;
  /** Everything up to this event of the journal is guarded. */
  seq: number;
}

export interface WatchdogFiles {
  lock: string;
  word: string;
  log: string;
  samples: string;
  probes: string;
}

export function watchdogFiles(runDir: string): WatchdogFiles {
  const at = (name: string) => join(runDir, name);
  return { lock: at('watchdog.lock'), word: at('watchdog.json'), log: at('watchdog.log'), samples: at(SAMPLES_FILE), probes: at(PROBES_FILE) };
}

/** Null where there is none, or while it is damaged; whether its writer still lives is the lock's to say. */
export function readWord(files: WatchdogFiles): WatchdogWord | null {
  try {
    return JSON.parse(readFileSync(files.word, 'utf8')) as WatchdogWord;
  } catch {
    return null;
  }
}

/** Throws the system's error, as on a full disk. */
export function writeWord(files: WatchdogFiles, word: WatchdogWord): void {
  const draft = `${files.word}.${word.pid}`;
  writeFileSync(draft, JSON.stringify(word), { mode: 0o600 });
  renameSync(draft, files.word);
}
