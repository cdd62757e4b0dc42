/**
 * Where a path of a container really is, and how a helper beside it gets there: through the volume or the folder of the
 * machine, which are there without the container as well, or through its processes.
 */
import type { Instance } from '../../fault/instance.ts';
import { isUp } from '../../fault/instance.ts';
import type { Place } from '../../fault/place.ts';
import type { Mount } from './docker-answers.ts';
import type { DockerApi } from './docker-api.ts';

/** One line of `/proc/PID/mountinfo`. */
export interface Mounted {
  /** Of the block device, as the kernel numbers it: `254:0`; `0:…` where there is none. */
  device: string;
  /** What of the file system is mounted: `/` is all of it. */
  root: string;
  at: string;
  isReadOnly: boolean;
  kind: string;
}

/** How a helper reaches a folder: its rights, as the engine's `HostConfig` has them, and where it sees the folder then. */
export interface Way {
  rights: Record<string, unknown>;
  folder: string;
}

/** Where a helper has a volume. */
const MOUNTED = '/mnt/target';

export function parseMounted(line: string): Mounted {
  const [before = '', after = ''] = line.split(' - ');
  const [, , device = '', root = '', at = '', options = ''] = before.split(' ');
  const [kind = '', , more = ''] = after.split(' ');
  const isReadOnly = [options, more].some((all) => all.split(',').includes('ro'));
  return { device, root, at: unquoted(at), isReadOnly, kind };
}

/** Spaces and the like stand there as octal numbers. */
function unquoted(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));
}

/** Null: on no mount that is reached from beside the target. */
export function placeOf(
  path: string,
  mounts: readonly Mounted[],
  all: readonly Mount[],
): Place | null {
  const on = mountOf(path, mounts);
  if (!on || on.at === '/') return null;
  const inside = path.slice(on.at.length).replace(/^\/+|\/+$/g, '');
  const mount = all.find(({ Destination }) => Destination === on.at);
  if (mount?.Type === 'volume' && mount.Name) return { on: 'volume', volume: mount.Name, inside };
  if (mount?.Type === 'bind' && mount.Source) return { on: 'bind', source: mount.Source, inside };
  return on.kind === 'tmpfs' ? { on: 'tmpfs' } : null;
}

/** The innermost one, and of several at one point the one on top. */
export function mountOf(path: string, mounts: readonly Mounted[]): Mounted | null {
  return mounts
    .filter(({ at }) => isWithin(path, at))
    .reduce<Mounted | null>(
      (best, each) => (best && best.at.length > each.at.length ? best : each),
      null,
    );
}

/** Is, or is below. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

/** As one of the target's processes, which may look at the files of the others. */
export function among({ id }: Instance): Record<string, unknown> {
  return { PidMode: `container:${id}`, CapAdd: ['SYS_PTRACE', 'DAC_OVERRIDE'] };
}

/** To the folder `path` that a fault was done on; null: there is nothing any more that it could be on. */
export async function wayTo(
  api: DockerApi,
  { target, path, place }: { target: Instance; path: string; place: Place },
  now: Instance | null,
): Promise<Way | null> {
  if (place.on === 'tmpfs') {
    const isHere = now && isUp(now) && now.incarnation === target.incarnation;
    return isHere ? { rights: among(now), folder: `/proc/1/root${path}` } : null;
  }
  // A volume that is not there would be made by the engine.
  if (place.on === 'volume' && !(await api.read(`/volumes/${encodeURIComponent(place.volume)}`)))
    return null;
  return mountAt(place);
}

export function mountAt(place: Exclude<Place, { on: 'tmpfs' }>): Way {
  const mount =
    place.on === 'volume'
      ? { Type: 'volume', Source: place.volume, Target: MOUNTED, VolumeOptions: { NoCopy: true } }
      : { Type: 'bind', Source: place.source, Target: MOUNTED };
  return {
    rights: { Mounts: [mount], CapAdd: ['DAC_OVERRIDE'] },
    folder: `${MOUNTED}/${place.inside}`,
  };
}
