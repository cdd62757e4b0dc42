/**
 * The status of the load, for the command that started it: how far the set-up is, when the load began and when its rate
 * is constant. A file beside the samples, written by the watchdog alone.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '../../system/files.ts';
import { CODES, type Code } from '../../terms/outcomes.ts';

export type LoadStatus = {
  /** Which workload of the run, by its start. */
  of: string;
} & (
  | { state: 'setting_up'; text: string }
  /** `since`, `steady_at`: epoch milliseconds. Before the second one the rate still changes on purpose. */
  | { state: 'running'; since: number; steady_at: number }
  /** Its time was over; it is still in the journal. */
  | { state: 'over' }
  | { state: 'failed'; failure: { code: Code; message: string; next: string } }
);

/** Null where there is none, while it is damaged, or where it is about another workload of the run. */
export function readLoadStatus(samples: string, of: string): LoadStatus | null {
  try {
    const status = JSON.parse(readFileSync(fileOf(samples), 'utf8')) as LoadStatus;
    return status.of === of && (status.state !== 'failed' || status.failure.code in CODES)
      ? status
      : null;
  } catch {
    return null;
  }
}

/** Throws the system's error, as on a full disk. */
export function writeLoadStatus(samples: string, status: LoadStatus): void {
  replaceFile(fileOf(samples), JSON.stringify(status));
}

function fileOf(samples: string): string {
  return join(dirname(samples), 'workload.json');
}
