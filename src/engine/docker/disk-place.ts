/**
 * On which file system of a container a folder is, and whether nobody else would suffer if that were full. Pure. Only a file
 * system that is mounted as a whole is the target's own: a volume that is a folder of the engine's disk shares that with all.
 */
import type { Hindrance } from '../engine.ts';
import type { Mount } from './docker-answers.ts';
import { type Mounted, mountOf, parseMounted, placeOf } from './place.ts';

/** What EXAMINE found. */
export interface Found {
  mounts: Mounted[];
  /** Devices: of the folder, of the mount that it is on, of the engine's own disk. */
  device: string;
  engine_device: string;
  free: number;
  size: number;
  memory_free: number;
}

/** For /bin/sh, among the processes of the target: `$1` the folder. Its own /etc/hosts is a file on the engine's disk. */
export const EXAMINE = `
set -e
dir=/proc/1/root$1
[ -d "$dir" ] || exit 44
stat -c %d "$dir"
stat -c %d /etc/hosts
stat -f -c '%a %b %S' "$dir"
grep MemAvailable /proc/meminfo
cat /proc/1/mountinfo`;
/** Its exit code: there is no such folder. */
export const NO_FOLDER = 44;

export function parseFound(text: string): Found {
  const [device = '', engine_device = '', sizes = '', memory = '', ...mounts] = text.split('\n');
  const [free = 0, blocks = 0, bytes = 0] = sizes.split(' ').map(Number);
  return {
    device,
    engine_device,
    free: free * bytes,
    size: blocks * bytes,
    memory_free: Number(/\d+/.exec(memory)?.[0] ?? 0) * 1024,
    mounts: mounts.filter(Boolean).map(parseMounted),
  };
}

/** Why it is not filled; null: it is. */
export function whyNotFilled(
  path: string,
  leave: number,
  found: Found,
  all: readonly Mount[],
): Hindrance | null {
  const place = placeOf(path, found.mounts, all);
  const on = mountOf(path, found.mounts);
  const next = 'Choose a folder on a volume or a tmpfs of its own.';
  if (!place || !on)
    return {
      why: `${path} is no volume and no tmpfs: it is on the disk that all containers of the engine share`,
      next,
    };
  if (on.isReadOnly) return { why: `${on.at} is read-only for it`, next };
  const fill = found.free - leave * found.size;
  if (fill <= 0)
    return {
      why: `only ${percent(found.free / found.size)} of ${on.at} is free already`,
      next: 'Choose a smaller --leave.',
    };
  if (on.kind === 'tmpfs' && fill > found.memory_free / 2)
    return {
      why: `${on.at} is in memory, and filling it would take ${megabytes(fill)} of the ${megabytes(found.memory_free)} that the machine has left`,
      next: 'Choose a larger --leave, or give the tmpfs a size.',
    };
  const isWhole = on.root === '/' && found.device !== found.engine_device;
  if (place.on !== 'bind' && isWhole) return null;
  return {
    why:
      place.on === 'bind'
        ? `${on.at} is a folder of the engine's machine, on a disk that others use as well`
        : `${on.at} is on the engine's own disk, which others use as well`,
    next: 'Choose a volume that is a file system of its own, or `--overrule shared_disk`.',
    guard: 'shared_disk',
  };
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}
