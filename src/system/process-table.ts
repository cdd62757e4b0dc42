/**
 * The system's table of processes: who bears a pid now, and in which state. A pid alone names nobody, since it is given
 * away again; a pid with its start time does. Linux is read from /proc, everything else (macOS) through `ps`.
 * Lacks on purpose: signals. Knowing and doing are kept apart, so that no signal is sent without a look.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessLook {
  /** Boot and start time, as one string: equal for two looks exactly when it is the same process. */
  identity: string;
  /** The letter of `ps`: R and S run, T is stopped, Z is dead and waits for its parent. */
  letter: string;
}

/** What a process wrote down of itself: its identity, from the two lines that `process-keeper.ts` has it write. */
export function parseIdentity(boot: string, start: string): string {
  return boot === '' ? start.trim() : `${boot}:${parseStat(start).startTicks}`;
}

/** One look at many pids; those that nobody bears are missing in the answer. */
export function lookAt(pids: readonly number[]): Map<number, ProcessLook> {
  return process.platform === 'linux' ? lookThroughProc(pids) : lookThroughPs(pids);
}

export function isAlive(look: ProcessLook | undefined): look is ProcessLook {
  return look !== undefined && look.letter !== 'Z' && look.letter !== 'X';
}

/**
 * Living processes that have exactly this entry (`NAME=value`) in the environment they began with.
 * Linux alone shows that reliably; elsewhere the answer is empty.
 */
export function bearersOf(entry: string): Map<number, ProcessLook> {
  if (process.platform !== 'linux') return new Map();
  const pids = readdirSync('/proc').flatMap((name) => {
    const isBearer =
      /^\d+$/.test(name) && readOrNull(`/proc/${name}/environ`)?.split('\0').includes(entry);
    return isBearer ? Number(name) : [];
  });
  return new Map([...lookThroughProc(pids)].filter(([, look]) => isAlive(look)));
}

function lookThroughProc(pids: readonly number[]): Map<number, ProcessLook> {
  const looks = new Map<number, ProcessLook>();
  if (pids.length === 0) return looks;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  for (const pid of pids) {
    const stat = readOrNull(`/proc/${pid}/stat`);
    if (stat === null) continue;
    const { letter, startTicks } = parseStat(stat);
    looks.set(pid, { identity: `${boot}:${startTicks}`, letter });
  }
  return looks;
}

/**
 * `ps` ends with an error when a pid is gone, and still prints the others. The zone and language must be those of the
 * keeper. Throws when there is no `ps`: nobody may be taken for dead because of that.
 */
export function lookThroughPs(pids: readonly number[]): Map<number, ProcessLook> {
  const looks = new Map<number, ProcessLook>();
  if (pids.length === 0) return looks;
  let table: string;
  try {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC0' };
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    table = execFileSync('ps', ['-o', 'pid=,state=,lstart=', '-p', pids.join(',')], {
      encoding: 'utf8',
      env,
      stdio,
    });
  } catch (error) {
    const { status, stdout } = error as { status?: number | null; stdout?: string };
    if (typeof status !== 'number') throw error;
    table = stdout ?? '';
  }
  for (const [, pid, state, start] of table.matchAll(/^\s*(\d+)\s+(\S+)\s+(.+?)\s*$/gm)) {
    looks.set(Number(pid), { identity: start as string, letter: (state as string).charAt(0) });
  }
  return looks;
}

/**
 * The fields after the name, which may itself hold spaces and brackets; proc(5) counts them from 3. The letter is that of
 * the first thread: it says Z while other threads still run, or are still dying with the ports open.
 */
function parseStat(line: string): { letter: string; startTicks: string } {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [letter = '', threads] = [fields[0], Number(fields[17])];
  return { letter: letter === 'Z' && threads > 1 ? 'R' : letter, startTicks: fields[19] ?? '' };
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
