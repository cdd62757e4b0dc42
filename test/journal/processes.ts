/** Real processes for the journal's tests, each ended when its test ends. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

export interface Running {
  process: ChildProcess;
  /** The next line of stdout; rejects when it has ended. */
  line(): Promise<string>;
  /** All lines that are still to come. */
  rest(): Promise<string[]>;
  /** What it wrote to stderr, and how it ended. */
  ended: Promise<{ stderr: string; code: number | null; signal: string | null }>;
}

/** `around`: a program that starts it, such as `unshare`, and that program's arguments. */
export function start(
  mode: string,
  stateDir: string,
  args: string[] = [],
  around: string[] = [],
): Running {
  const [command, ...rest] = [...around, process.execPath, CHILD, mode, stateDir, ...args];
  const child = spawn(command as string, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return {
    process: child,
    async line() {
      const next = await lines.next();
      if (next.done) throw new Error(`${mode} ended: ${stderr}`);
      return next.value;
    },
    async rest() {
      const all: string[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next())
        all.push(next.value);
      return all;
    },
    ended: once(child, 'close').then(([code, signal]) => ({ stderr, code, signal })),
  };
}

/** Kills what still runs, so that a failed test leaves nothing behind. */
export async function withAll<T>(running: Running[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    for (const each of running) each.process.kill('SIGKILL');
    await Promise.all(running.map((each) => each.ended));
  }
}

/** The object that a process prints as its last line. */
export async function report(running: Running): Promise<Record<string, unknown>> {
  return await withAll([running], async () => {
    const lines = await running.rest();
    const { stderr } = await running.ended;
    try {
      return JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
    } catch {
      throw new Error(`no report, but: ${lines.join('\n')}\n${stderr}`);
    }
  });
}

/**
 * How to run a program on a small file system of its own, which is gone when the program ends. Null where that is not allowed.
 * `after`: shell words that come before the program, with the folder as `$0`.
 */
export function ownFileSystem(folder: string, options: string, after = ''): string[] | null {
  if (process.platform !== 'linux') return null;
  const around = [
    'unshare',
    process.getuid?.() === 0 ? '-m' : '-rm',
    'sh',
    '-c',
    `mount -t tmpfs -o ${options} tmpfs "$0" && ${after} "$@"`,
    folder,
  ];
  try {
    execFileSync(around[0] as string, [...around.slice(1), 'true'], { stdio: 'ignore' });
    return around;
  } catch {
    return null;
  }
}
