/** What helpers do to the speed of a disk, as texts for /bin/sh, and what a look at it found. Pure. */
import { type Mounted, mountOf, parseMounted } from './place.ts';

/** Exit codes. There is no such folder. */
export const NO_FOLDER = 44;
/** The control group has no limits of disks, or they cannot be written. */
export const NO_LIMITS = 45;
/** What one program beside the target writes, again and again. */
export const WRITTEN_BYTES = 64 * 65_536;

/** Among the processes of the target: `$1` the folder. The kernel limits whole disks, so that it is told which part is of which. */
export const EXAMINE_IO = `
[ -d "/proc/1/root$1" ] || exit ${NO_FOLDER}
stat -f -c '%a %S' "/proc/1/root$1"
for each in /sys/dev/block/*; do
  [ -e "$each/partition" ] && echo "\${each##*/} $(cat "$each/../dev")"
done
echo groups:
cat /proc/1/cgroup
echo mounts:
cat /proc/1/mountinfo`;

/** In the control group: `$1` the disk, `$2` bytes a second; 0: no limit; left out: only a look. Prints what it may read and write then. */
export const LIMIT = `
cd /mnt/target || exit ${NO_LIMITS}
disk=$1 bytes=$2
if [ -w io.max ]; then
  most=$bytes; [ "$bytes" != 0 ] || most=max
  [ -z "$bytes" ] || echo "$disk rbps=$most wbps=$most" >io.max || exit ${NO_LIMITS}
  for word in $(grep "^$disk " io.max); do
    case $word in rbps=max | wbps=max) echo 0 ;; rbps=* | wbps=*) echo "\${word#*=}" ;; esac
  done
elif [ -w blkio.throttle.write_bps_device ]; then
  for way in read write; do
    [ -z "$bytes" ] || echo "$disk $bytes" >blkio.throttle.\${way}_bps_device || exit ${NO_LIMITS}
    line=$(grep "^$disk " blkio.throttle.\${way}_bps_device)
    echo "\${line#* }"
  done
else exit ${NO_LIMITS}
fi
exit 0`;

/**
 * `$1` the folder, `$2` the beginning of the names of the files, `$3` how many programs, `$4` after how many seconds they end. Each
 * writes the same bytes again and again, and waits each time until the disk has them.
 */
export const WRITE = `
cd "$1" || { echo "there is no folder for it"; exit 1; }
file=$2
umask 077
write() { dd if=/dev/zero of="$file.$1" bs=65536 count=64 conv=notrunc,fsync 2>/dev/null; }
end() { kill $all 2>/dev/null; rm -f "$file".*; exit 0; }
write 0 || { rm -f "$file".*; echo "nothing can be written there"; exit 1; }
trap end TERM INT
all= number=0
while [ $number -lt $3 ]; do
  while :; do write $number || sleep 1; done &
  all="$all $!" number=$((number + 1))
done
echo ready
sleep $4 & wait $!
end`;

/** `$1` the folder, `$2` the beginning of the names. */
export const CLEAR = `
cd "$1" 2>/dev/null || exit 0
rm -f "$2".*`;

export interface FoundIo {
  free: number;
  mounts: Mounted[];
  /** Folder of the engine's machine: the control group in which disks are limited; null: there is none. */
  group: string | null;
  /** From a part of a disk to the disk, both as `major:minor`. */
  wholeOf: ReadonlyMap<string, string>;
}

export function parseFoundIo(text: string): FoundIo {
  const [head = '', rest = ''] = text.split(/^groups:\n/m);
  const [groups = '', mounts = ''] = rest.split(/^mounts:\n/m);
  const [room = '', ...parts] = head.trim().split('\n');
  const [blocks = 0, bytes = 0] = room.split(' ').map(Number);
  return {
    free: blocks * bytes,
    mounts: mounts.split('\n').filter(Boolean).map(parseMounted),
    group: groupOf(groups),
    wholeOf: new Map(parts.map((line) => line.split(' ') as [string, string])),
  };
}

/** Version 1 has a tree a controller, version 2 one for all. */
function groupOf(text: string): string | null {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []);
  const first = lines.find(([, names = '']) => names.split(',').includes('blkio'));
  if (first) return `/sys/fs/cgroup/${first[1]}${first[2]}`;
  const second = lines.find(([, names, path]) => names === '' && path !== undefined);
  return second ? `/sys/fs/cgroup${second[2]}` : null;
}

/** The disk under the folder; null: none that the kernel could slow. A container's own layer is where the engine keeps its files. */
export function diskOf(path: string, { mounts, wholeOf }: FoundIo): string | null {
  const on = mountOf(path, mounts);
  const under = on?.at === '/' ? (mounts.find(({ at }) => at === '/etc/hosts') ?? on) : on;
  if (!under || under.device.startsWith('0:')) return null;
  return wholeOf.get(under.device) ?? under.device;
}
