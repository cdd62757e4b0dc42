/**
 * What the watchdog tells of the load that it drives, for the command that started it: how far the set-up is, when the
 * load began and when its rate stands still. A file beside the samples, written by the watchdog alone.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CODES, type Code } from '../../terms/outcomes.ts';

export type LoadStatus = {
  /** Which workload of the run, by its start. */
  of: string;
} & (
  | { state: 'setting_up'; text: string }
  /** `since`, `steady_at`: epoch milliseconds. Before the second one the rate still changes on purpose. */
  | { state: 'running'; since: number; steady_at: number }
  | { state: 'failed'; failure: { code: Code; message: string; next: string } }
);

/** Null where there is none, while it is damaged, or where it is about another workload of the run. */
export function readLoadStatus(samples: string, of: string): LoadStatus | null {
  try {
    const word = JSON.parse(readFileSync(fileOf(samples), 'utf8')) as LoadStatus;
    return word.of === of && (word.state !== 'failed' || word.failure.code in CODES) ? word : null;
  } catch {
    return null;
  }
}

/** Throws the system's error, as on a full disk. */
export function writeLoadStatus(samples: string, word: LoadStatus): void {
  const draft = `${fileOf(samples)}.tmp`;
  writeFileSync(draft, JSON.stringify(word), { mode: 0o600 });
  renameSync(draft, fileOf(samples));
}

function fileOf(samples: string): string {
  return join(dirname(samples), 'workload.json');
}
