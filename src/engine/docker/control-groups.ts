/**
 * The control groups of a container, in which processes beside it are made to count as its own: where they are on the machine of
 * the engine, and what the kernel has counted there. Pure.
 */

export type Counted = 'cpu' | 'memory';

const ROOT = '/sys/fs/cgroup';
/** Of cgroups v1, where each is a tree of its own. The sets of processors, so that a load runs where the target does. */
const CONTROLLERS: Record<Counted, string[]> = {
  cpu: ['cpu', 'cpuacct', 'cpuset'],
  memory: ['memory'],
};

/** For /bin/sh, among the processes of the target, with the control groups of the machine in sight. */
export const EXAMINE = `
cat /proc/1/cgroup && echo machine: && grep -e MemTotal -e MemAvailable /proc/meminfo`;

export interface Machine {
  /** Absolute folders; none: they are not to be found. */
  groups: string[];
  /** Bytes, of the machine. */
  memory: number;
  memory_free: number;
}

/** `text`: what EXAMINE printed; `id`: of the container, which has to stand in the name of a group that is its own. */
export function parseMachine(text: string, id: string, counted: Counted): Machine {
  const [groups = '', memory = ''] = text.split(/^machine:$/m);
  const bytes = (name: string) =>
    Number(new RegExp(`${name}:\\s*(\\d+)`).exec(memory)?.[1] ?? 0) * 1024;
  return {
    groups: foldersIn(groups, counted).filter(
      (path) => path.includes(id) && !path.includes('/../'),
    ),
    memory: bytes('MemTotal'),
    memory_free: bytes('MemAvailable'),
  };
}

function foldersIn(text: string, counted: Counted): string[] {
  const lines = text.split('\n').flatMap((line) => {
    const [, names = '', path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ names: names.split(','), path }];
  });
  const folders = CONTROLLERS[counted].flatMap((name) => {
    const its = lines.find(({ names }) => names.includes(name));
    return its ? [`${ROOT}/${name}${its.path}`] : [];
  });
  if (folders.length > 0) return folders;
  // With cgroups v2 there is one tree for all.
  return lines.flatMap(({ names, path }) => (names.join() === '' ? [`${ROOT}${path}`] : []));
}

/** Where each of them is in the helper. */
export function placeOfGroup(index: number): string {
  return `/mnt/group${index}`;
}

/** For /bin/sh: the process that calls it is counted in the control groups from then on. */
export const JOIN = `
join() { for each in /mnt/group*; do echo 0 >"$each/cgroup.procs" || return 1; done; }`;

/** How many processes the kernel has ended for want of memory. */
export const COUNT_OOM_KILLS = `
grep -hs '^oom_kill ' /mnt/group0/memory.events.local /mnt/group0/memory.events /mnt/group0/memory.oom_control | head -n 1; true`;

/** `text`: what COUNT_OOM_KILLS printed; null: this kernel does not count them. */
export function parseOomKills(text: string): number | null {
  const count = /oom_kill (\d+)/.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}
