/** One container of the test's own looks into all of an engine: one beside each, at each look, would take longer than what is tested. */

const RIGHTS = ['--pid=host', '--network=none'].concat(
  ['seccomp', 'apparmor'].map((profile) => `--security-opt=${profile}=unconfined`),
  ['SYS_ADMIN', 'SYS_PTRACE', 'SYS_CHROOT', 'NET_ADMIN'].map((right) => `--cap-add=${right}`),
);
/**
 * Of each `ID=PID` the id, if nothing was set in its network, none of its processes is stopped, and its volume has room; of one
 * that cannot be looked into, nothing.
 */
const LOOK = `
enter=$(command -v nsenter || echo busybox nsenter)
rules() { $enter -t $pid -n nft list tables && $enter -t $pid -n tc qdisc show; }
stopped() { $enter -t $pid -m -p sh -c "grep -h '^State:' /proc/[0-9]*/status | grep T; df -P | grep ' /data$' | grep '9[0-9]%'; true"; }
for each; do
  pid=\${each#*=}
  set_there=$(rules) || continue
  echo "$set_there" | grep -q -e gameday -e 'qdisc [^n]' && continue
  ill=$(stopped) || continue
  [ -n "$ill" ] || echo \${each%=*}
done`;

export interface Looker {
  /** The ids of those in whose network nothing was set, of whose processes none is stopped, and whose volume has room. */
  well(running: readonly { Id: string; State: { Pid: number } }[]): Promise<string[]>;
  end(): Promise<void>;
}

/** `docker`: of the engine, which has the image with the tools. */
export async function startLooker(
  docker: (args: string[]) => Promise<string>,
  tools: string,
): Promise<Looker> {
  const looker = await docker(['run', '-d', '--rm', ...RIGHTS, tools, 'sleep', '3600']);
  return {
    async well(running) {
      const words = running.map(({ Id, State }) => `${Id}=${State.Pid}`);
      const looked = ['exec', looker, 'sh', '-c', LOOK, 'sh', ...words];
      return (await docker(looked)).split('\n');
    },
    async end() {
      await docker(['rm', '-f', looker]);
    },
  };
}
