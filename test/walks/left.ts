/** Processes that are at work for one state folder: a watchdog, its standby, a command. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Linux alone tells. They have a file in it open, as the log of a watchdog is. A line for each. */
export function processesIn(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const open = readdirSync(`/proc/${pid}/fd`).some((fd) =>
        readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(`${folder}/`),
      );
      if (!open) return [];
      const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      return [`${pid} ${line.slice(0, 200)}`];
    } catch {
      return []; // It has ended.
    }
  });
}
