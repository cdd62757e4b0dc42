/** What a look at a file or folder of a container found, and by which change it can be missing, read-only or closed. Pure. */
import type { FilesEffect } from '../../fault/files-effect.ts';
import type { Hindrance } from '../engine.ts';
import type { Mount } from './docker-answers.ts';
import { isWithin, type Mounted, mountOf, parseMounted, placeOf } from './place.ts';

const KIND = 0o170000;
const FILE = 0o100000;
const FOLDER = 0o040000;
const ALL_BITS = 0o777;
const WRITE_BITS = 0o222;
/** CAP_DAC_OVERRIDE: modes do not count for whoever has it. */
const OVERRIDES = 2n;
/** The kernel makes their files up. */
const MADE_UP =
  /^(proc|sysfs|cgroup2?|devpts|mqueue|devtmpfs|securityfs|debugfs|tracefs|bpf|nsfs|hugetlbfs)$/;
/** Of another machine's, or of a program's own making: what stays of a file there is theirs to say. */
const FOREIGN = /^(fuse|9p|virtiofs|cifs|smb)/;
const ELSEWHERE = 'Choose another path, or another target.';

/** A process that has the target's files. */
interface Reader {
  uid: number;
  groups: readonly number[];
  ignoresModes: boolean;
}

/** What EXAMINE_FILE found. */
export interface FoundFile {
  inode: string;
  mode: number;
  uid: number;
  gid: number;
  /** Nothing of it can be changed, or only added to. */
  isMarked: boolean;
  /** The file system says which marks it has. */
  canBeMarked: boolean;
  readers: Reader[];
  mounts: Mounted[];
}

type Does = NonNullable<FilesEffect['does']>;

export function parseFoundFile(text: string): FoundFile {
  const [head = '', rest = ''] = text.split(/^processes:\n/m);
  const [processes = '', mounts = ''] = rest.split(/^mounts:\n/m);
  const [line = '', marks = ''] = head.split('\n');
  const [inode = '', mode = '', uid = '', gid = ''] = line.split(' ');
  return {
    inode,
    mode: Number.parseInt(mode, 16),
    uid: Number(uid),
    gid: Number(gid),
    isMarked: /[ia]/.test(marks),
    canBeMarked: marks !== '',
    readers: processes
      .split(/^(?=Uid:)/m)
      .filter(Boolean)
      .map(parseReader),
    mounts: mounts.split('\n').filter(Boolean).map(parseMounted),
  };
}

/** The ids by which the kernel lets it have files are the last ones of each line. */
function parseReader(text: string): Reader {
  const numbers = (name: string) =>
    (new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '')
      .split(/\s+/)
      .filter(Boolean)
      .map(Number);
  const capabilities = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(text)?.[1] ?? '0'}`);
  return {
    uid: numbers('Uid')[3] ?? 0,
    groups: [numbers('Gid')[3] ?? 0, ...numbers('Groups')],
    ignoresModes: (capabilities & OVERRIDES) !== 0n,
  };
}

/** Of a file that is found at the path. Null: it can be had. */
export function whyNotPath(
  { path, how }: FilesEffect,
  found: FoundFile,
  all: readonly Mount[],
): Hindrance | null {
  const no = (why: string, next = ELSEWHERE): Hindrance => ({ why, next });
  const kind = found.mode & KIND;
  const on = mountOf(path, found.mounts);
  const below = found.mounts.find(({ at }) => at !== '/' && isWithin(at, path));
  if (path === '/') return no('that is all of its files');
  if (kind !== FILE && kind !== FOLDER) return no(`${path} is neither a file nor a folder`);
  if (below) return no(`${below.at} is a mount of its own, which cannot be taken away`);
  if (!on || MADE_UP.test(on.kind)) return no(`${path} is made up by the kernel (${on?.kind})`);
  if (on.isReadOnly) return no(`${on.at} is read-only for it`);
  const isLayer = on.at === '/';
  if (!isLayer && !placeOf(folderOf(path), found.mounts, all))
    return no(`${on.at} cannot be reached from beside it`);
  if (found.isMarked) return no(`${path} is protected from any change already (chattr)`);
  if (how === 'missing')
    return isLayer && kind === FOLDER
      ? no(
          `${path} is a folder of its image, which cannot be renamed`,
          'Choose a file, or a folder on a volume.',
        )
      : null;
  if (FOREIGN.test(on.kind))
    return no(`${on.at} is of a kind that keeps modes in its own way (${on.kind})`);
  return whyNoMode(path, how, found, isLayer);
}

/** Modes count only for programs that do not run as root, and only where they take something from one of them. */
function whyNoMode(
  path: string,
  how: FilesEffect['how'],
  found: FoundFile,
  isLayer: boolean,
): Hindrance | null {
  const obeying = found.readers.filter(({ ignoresModes }) => !ignoresModes);
  const asRoot = `all of its programs run as root, for which the mode of a file does not count`;
  if (how === 'permission' && obeying.length === 0)
    return { why: asRoot, next: 'Choose --how missing, or --how readonly on a volume.' };
  if (how === 'readonly' && obeying.length < found.readers.length) {
    if (isLayer)
      return {
        why: `it has programs that run as root, for which only a file system can protect a file, and ${path} is in its own layer`,
        next: 'Choose a path on a volume, or --how missing.',
      };
    if (!found.canBeMarked)
      return {
        why: `it has programs that run as root, for which only a file system can protect a file, and that of ${path} does not`,
        next: 'Choose --how missing.',
      };
    return null;
  }
  const bits = how === 'readonly' ? WRITE_BITS : 0o444;
  if (obeying.some((reader) => (found.mode & bitsFor(reader, found) & bits) !== 0)) return null;
  const may = how === 'readonly' ? 'write to' : 'read';
  return { why: `none of its programs may ${may} ${path} as it is`, next: ELSEWHERE };
}

/** Which bits of the mode count for it. */
function bitsFor({ uid, groups }: Reader, { uid: owner, gid }: FoundFile): number {
  if (uid === owner) return 0o700;
  return groups.includes(gid) ? 0o070 : 0o007;
}

/** How it is done to this very file. `spare`: a name that nothing has. */
export function doesTo({ how }: FilesEffect, found: FoundFile, spare: string): Does {
  if (how === 'missing') return { change: 'name', to: spare };
  if (how === 'readonly' && found.readers.some(({ ignoresModes }) => ignoresModes))
    return { change: 'mark' };
  return { change: 'mode', bits: found.mode & (how === 'readonly' ? WRITE_BITS : ALL_BITS) };
}

export function folderOf(path: string): string {
  return path.replace(/\/[^/]*$/, '') || '/';
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
