/**
 * The CLI's commands by processes that stay: the built code from its entry to its exit code, as of a process a command, in a
 * quarter of the time, since most of what a command takes is its start.
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
