/**
 * One shell in one container of the test's own looks into all of an engine, from beginning to end: a container beside each, or a
 * shell for each look, would take longer than what is tested.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { LOOKS_INSIDE } from '../docker/looks-inside.ts';

/**
 * For each line of `ID=PID` a line of the ids in whose network nothing was set, of whose processes none is stopped, and whose
 * volume has room and a file that can be written to; what cannot be looked into is not among them.
 */
const LOOK = `
enter=$(command -v nsenter || echo busybox nsenter)
rules() { $enter -t $pid -n nft list tables && $enter -t $pid -n tc qdisc show; }
stopped() { $enter -t $pid -m -p sh -c "grep -h '^State:' /proc/[0-9]*/status | grep T; df -P | grep ' /data$' | grep '9[0-9]%'; ! grep -q ' /data ' /proc/mounts || { [ -e /data/file ] && : >>/data/file; } 2>/dev/null || echo changed"; }
well() {
  pid=\${1#*=}
  set_there=$(rules) && ill=$(stopped) || return 0
  case "$set_there" in *gameday* | *'qdisc '[!n]*) return 0 ;; esac
  [ -n "$ill" ] || echo \${1%=*}
}
while read -r line; do
  echo $(for each in $line; do well "$each" </dev/null; done)
done`;

export interface Looker {
  /** The ids of those in whose network nothing was set, of whose processes none is stopped, and whose volume has room. */
  well(running: readonly { Id: string; State: { Pid: number } }[]): Promise<string[]>;
  end(): Promise<void>;
}

/** `host`: of the engine, which has the image with the tools. `env`: for the docker program. */
export async function startLooker(
  host: string,
  env: NodeJS.ProcessEnv,
  tools: string,
): Promise<Looker> {
  const docker = async (...args: string[]) =>
    (await promisify(execFile)('docker', ['-H', host, ...args], { env })).stdout.trim();
  const looker = await docker('run', '-d', '--rm', ...LOOKS_INSIDE, tools, 'sleep', '3600');
  const look = ['-H', host, 'exec', '--interactive', looker, 'sh', '-c', LOOK];
  const shell = spawn('docker', look, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  return {
    async well(running) {
      shell.stdin.write(`${running.map(({ Id, State }) => `${Id}=${State.Pid}`).join(' ')}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('the shell that looks into the containers has ended');
      return value.split(' ');
    },
    async end() {
      const ended = once(shell, 'exit');
      shell.stdin.end();
      await ended;
      await docker('rm', '-f', looker);
    },
  };
}
