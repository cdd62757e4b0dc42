/** Which machine this is. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The same from one boot to the next, and on no other machine; the host's name where the system keeps no id. */
export function machineId(): string {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const id = readFileSync(path, 'utf8').trim();
      if (id !== '') return `${id} ${hostname()}`;
    } catch {
      // The next place, or the name alone.
    }
  }
  return hostname();
}
