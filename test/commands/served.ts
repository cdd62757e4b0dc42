/**
 * The CLI's commands by processes that stay, for what surrounds a test: what brings a stack to where a test begins, what looks at
 * it afterwards, what cleans up. The code is the same as of a process a command, and takes a quarter of the time. What a test is
 * about runs by `gameday`, as a user's shell does it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type CliOptions, checked, cleanEnv, type Ended, wanted } from './ended.ts';

const SERVER = new URL('./command-server.mjs', import.meta.url);
const idle: ChildProcess[] = [];

export async function served(
  args: string[],
  { cwd, env }: Omit<CliOptions, 'node'>,
): Promise<Ended> {
  const server = idle.pop() ?? fork(SERVER, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  server.ref();
  server.channel?.ref();
  server.send({ args, cwd, env: { ...cleanEnv(), ...env } });
  const over = new AbortController();
  const { signal } = over;
  const died = once(server, 'exit', { signal }).then(([code]) => {
    throw new Error(`gameday ${args.join(' ')}: its process ended with ${code}`);
  });
  const [ended] = await Promise.race([once(server, 'message', { signal }), died]).finally(() => {
    over.abort();
    died.catch(() => {});
  });
  idle.push(server);
  // Nobody waits for an idle one; it ends with this process.
  server.unref();
  server.channel?.unref();
  return checked(args, { ...ended, signal: null });
}

/** As `served`, and throws unless the exit code is the one wanted. */
export async function servedExit(
  code: number,
  args: string[],
  options: Omit<CliOptions, 'node'>,
): Promise<Ended> {
  return wanted(code, args, await served(args, options));
}
