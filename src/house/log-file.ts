/** The watchdog's log: a line with its time; the file before it is kept once, so that it never grows past twice its limit. */
import { appendFileSync, renameSync, statSync } from 'node:fs';

const LIMIT_BYTES = 1024 * 1024;

/** The answer never throws: on a full disk a line is lost, and the watchdog goes on. */
export function openLog(path: string): (text: string) => void {
  return (text) => {
    try {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > LIMIT_BYTES) renameSync(path, `${path}.1`);
      appendFileSync(path, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
    } catch {
      // Nobody is there to be told.
    }
  };
}
