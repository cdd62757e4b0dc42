/**
 * On which file system of a container a folder is, and whether nobody else would suffer if that were full. Pure. Only a file
 * system that is mounted as a whole is the target's own: a volume that is a folder of the engine's disk shares that with all.
 */
import type { Place } from '../../fault/place.ts';
import type { Hindrance } from '../engine.ts';
import type { Mount } from './docker-answers.ts';

/** One line of `/proc/PID/mountinfo`. */
interface Mounted {
  /** What of the file system is mounted: `/` is all of it. */
  root: string;
  at: string;
  isReadOnly: boolean;
  kind: string;
}

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

function parseMounted(line: string): Mounted {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root = '', at = '', options = ''] = before.split(' ');
  const [kind = '', , more = ''] = after.split(' ');
  const isReadOnly = [options, more].some((all) => all.split(',').includes('ro'));
  return { root, at: unquoted(at), isReadOnly, kind };
}

/** Spaces and the like stand there as octal numbers. */
function unquoted(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));
}

/** Null: on no mount that a file can be put on from beside the target. */
export function placeOf(path: string, { mounts }: Found, all: readonly Mount[]): Place | null {
  const on = mountOf(path, mounts);
  if (!on || on.at === '/') return null;
  const inside = path.slice(on.at.length).replace(/^\/+|\/+$/g, '');
  const mount = all.find(({ Destination }) => Destination === on.at);
  if (mount?.Type === 'volume' && mount.Name) return { on: 'volume', volume: mount.Name, inside };
  if (mount?.Type === 'bind' && mount.Source) return { on: 'bind', source: mount.Source, inside };
  return on.kind === 'tmpfs' ? { on: 'tmpfs' } : null;
}

/** The innermost one, and of several at one point the one on top. */
function mountOf(path: string, mounts: readonly Mounted[]): Mounted | null {
  const isOn = ({ at }: Mounted) => at === '/' || path === at || path.startsWith(`${at}/`);
  return mounts
    .filter(isOn)
    .reduce<Mounted | null>(
      (best, each) => (best && best.at.length > each.at.length ? best : each),
      null,
    );
}

/** Why it is not filled; null: it is. */
export function whyNotFilled(
  path: string,
  leave: number,
  found: Found,
  all: readonly Mount[],
): Hindrance | null {
  const place = placeOf(path, found, all);
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
