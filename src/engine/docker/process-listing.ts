/**
 * The processes of a container, as its own `/proc` shows them to a helper in its namespace of processes, and which of them a
 * name means. Pure. A process belongs to the target where the target's first one is above it: not those of health checks
 * and of `docker exec`, nor those of a helper, which are nobody's children there.
 */
import type { Hit } from '../../fault/process-effect.ts';

/** For /bin/sh. The first word of a command line is what a process calls itself; the rest may hold secrets, and is thrown away. */
export const LIST = `
cat /proc/[0-9]*/stat 2>/dev/null
echo titles:
head -c 60 /proc/[0-9]*/cmdline 2>/dev/null
true`;

export interface Listed extends Hit {
  parent: number;
  /** Of its program's file; the kernel keeps 15 letters. */
  name: string;
  /** Its first word, or what it calls itself. */
  title: string;
  /** `T`: stopped. */
  state: string;
}

/** Of the target alone, its first process left out. `text`: what LIST printed. */
export function parseListing(text: string): Listed[] {
  const [stats = '', titles = ''] = text.split(/^titles:$/m);
  // `==> /proc/12/cmdline <==` stands before each.
  const parts = titles.split(/^==> \/proc\/(\d+)\/cmdline <==$/m).slice(1);
  const titleOf = new Map<number, string>();
  for (let at = 0; at < parts.length; at += 2)
    titleOf.set(Number(parts[at]), (parts[at + 1] ?? '').trimStart().split('\0')[0] ?? '');
  const all = stats.split('\n').flatMap((line) => parseStat(line, titleOf));
  const byPid = new Map(all.map((each) => [each.pid, each]));
  return all.filter((each) => each.pid !== 1 && isBelow(each, byPid));
}

function parseStat(line: string, titleOf: ReadonlyMap<number, string>): Listed[] {
  const [, pid, name, rest] = /^(\d+) \((.*)\) (.*)$/.exec(line) ?? [];
  const [state, parent, ...others] = rest?.split(' ') ?? [];
  const began = others[17];
  if (!pid || name === undefined || !state || !parent || !began) return [];
  // What has ended and waits for its parent is no process any more.
  if (state === 'Z' || state === 'X') return [];
  const number = Number(pid);
  return [
    {
      pid: number,
      parent: Number(parent),
      name,
      title: (titleOf.get(number) ?? '').trim(),
      state,
      began,
    },
  ];
}

function isBelow(process: Listed, byPid: ReadonlyMap<number, Listed>): boolean {
  for (let at: Listed | undefined = process; at; at = byPid.get(at.parent))
    if (at.pid === 1 || at.parent === 1) return true;
  return false;
}

/** All that bear the name: as the kernel has it, as the file that was started, or as the beginning of what they call themselves. */
export function named(all: readonly Listed[], name: string): Listed[] {
  const short = name.slice(0, 15);
  return all.filter(
    (each) =>
      each.name === short ||
      each.title.replace(/^.*\//, '') === name ||
      each.title === name ||
      (each.title.startsWith(name) && /^[\s:]/.test(each.title.slice(name.length))),
  );
}

export function isSame(one: Hit, other: Hit): boolean {
  return one.pid === other.pid && one.began === other.began;
}

/** Signals exactly these: `$1` the signal, then `pid:began` each. One that is gone, or whose pid is another's by now, is left out. */
export const SIGNAL = `
signal=$1; shift
code=0
for each; do
  line=
  { read -r line <"/proc/\${each%:*}/stat"; } 2>/dev/null
  set -- \${line##*) }
  [ "\${20:-}" = "\${each#*:}" ] || continue
  kill -s "$signal" "\${each%:*}" || code=43
done
exit $code`;
