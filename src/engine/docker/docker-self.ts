/** Whether we ourselves run in a container, and which: what we must never break. Lacks on purpose: asking any engine. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A container id or the first twelve digits of one; null outside of a container, as far as can be told. */
export function ownContainerId(): string | null {
  if (process.platform !== 'linux') return null;
  return containerIdIn(read('/proc/self/cgroup'), read('/proc/self/mountinfo'), hostname());
}

/** By what a process sees of itself in /proc, and by the name of its machine. Pure. */
export function containerIdIn(cgroup: string, mountinfo: string, hostName: string): string | null {
  // In the first version of control groups a container sees its own path; in both it has three files mounted out of its folder.
  const found =
    /[/-]([0-9a-f]{64})(?:\.scope)?$/m.exec(cgroup) ??
    /\/containers\/([0-9a-f]{64})\/(hostname|hosts|resolv\.conf) \/etc\/\2 /.exec(mountinfo);
  return found?.[1] ?? (/^[0-9a-f]{12}$/.test(hostName) ? hostName : null);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
