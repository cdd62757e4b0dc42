/** A stack on Docker as somebody sees it who is not gameday: by the engine's API, and by a look into each container. */
import { ask } from './ask.ts';
import type { TestDocker } from './docker.ts';
import { LOOKS_INSIDE } from './looks-inside.ts';

export interface Outside {
  /** The containers of the stack, as the engine inspects them, by label. */
  inspect(): Promise<any[]>;
  /** All containers with a label, as the engine lists them. */
  list(label: string): Promise<any[]>;
  /** All that a fault could spoil, by label; without what a new life rightly changes. */
  picture(): Promise<Record<string, ReturnType<typeof pictureOf>>>;
  /** Each runs, and is healthy where it has a check. */
  isWell(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Of each `ID=PID`: what is set in its network but for the engine's own names, its interfaces, its processes with whether they
 * are stopped, what its volume has and how full it is.
 */
const LOOK = `
enter=$(command -v nsenter || echo busybox nsenter)
for each; do
  pid=\${each#*=}
  echo "== \${each%=*}"
  $enter -t $pid -n nft list tables | grep -v -e ' nat$'
  $enter -t $pid -n tc qdisc show | sed 's/ dev [^ ]*//'
  $enter -t $pid -n cat /proc/net/dev | grep -c eth
  $enter -t $pid -m -p sh -c 'for p in /proc/[0-9]*; do
      { line=$(tr "\\0" " " <$p/cmdline) && state=$(grep "^State:" $p/status); } 2>/dev/null || continue
      case "$line" in *proc/*|"sleep 0.1 "|"true "|"runc init "|"") ;; *) case "$state" in *T*) echo "stopped $line" ;; *) echo "$line" ;; esac ;; esac
    done | sort; ls -A /data; df -P /data | tail -1'
done 2>&1`;

/** Each container of the stack needs a `sh` and a folder `/data`. */
export async function lookFromOutside(docker: TestDocker, project: string): Promise<Outside> {
  const tools = await docker.image('tools');
  // Of a project of its own, by which it is found where the test is killed.
  const mark = `--label=com.docker.compose.project=${docker.project('outside')}`;
  const run = ['run', '-d', '--rm', mark, ...LOOKS_INSIDE, tools, 'sleep', '100000'];
  const looker = await docker.docker(run);
  const list = (label: string): Promise<any[]> => {
    const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
    return ask(docker.host, `/containers/json?all=1&filters=${filters}`);
  };
  const inspect = async () => {
    const listed = await list(`com.docker.compose.project=${project}`);
    const all = await Promise.all(
      listed.map(({ Id }) => ask(docker.host, `/containers/${Id}/json`)),
    );
    return all.toSorted((a, b) => (labelOf(a) < labelOf(b) ? -1 : 1));
  };
  /** What was printed of each, by id. */
  const inside = async (running: any[]): Promise<Map<string, string>> => {
    const words = running.map(({ Id, State }) => `${Id}=${State.Pid}`);
    const said = await docker.docker(['exec', looker, 'sh', '-c', LOOK, 'sh', ...words]);
    const parts = said.split(/^== /m).slice(1);
    return new Map(
      parts.map((part) => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1)] as const;
      }),
    );
  };
  return {
    inspect,
    list,
    picture: async () => {
      const all = await inspect();
      const seen = await inside(all.filter(({ State }) => State.Running));
      return Object.fromEntries(all.map((one) => [labelOf(one), pictureOf(one, seen.get(one.Id))]));
    },
    isWell: async () =>
      (await inspect()).every(
        ({ State: { Running, Health } }) => Running && (Health?.Status ?? 'healthy') === 'healthy',
      ),
    close: async () => void (await docker.docker(['rm', '-f', looker])),
  };
}

/** `web-1`. */
export function labelOf({ Config: { Labels } }: any): string {
  return `${Labels['com.docker.compose.service']}-${Labels['com.docker.compose.container-number']}`;
}

/** Without what a new life rightly changes: ids, addresses, times. `inside`: as a look into it printed it; absent: it is down. */
function pictureOf(one: any, inside: string | undefined) {
  const networks = Object.entries<any>(one.NetworkSettings.Networks).map(([name, end]) => [
    name,
    [...new Set<string>(end.Aliases ?? [])].filter((alias) => !one.Id.startsWith(alias)).sort(),
  ]);
  const { Labels, Cmd, Env, Healthcheck } = one.Config;
  const { RestartPolicy, Memory, NanoCpus, CpuQuota, Binds, Tmpfs, Init } = one.HostConfig;
  return {
    name: one.Name,
    image: one.Image,
    state: one.State.Status,
    health: one.State.Health?.Status ?? 'none',
    networks: Object.fromEntries(networks.sort()),
    // Compose writes down of which container it made one anew.
    labels: Object.keys(Labels)
      .filter((name) => name !== 'com.docker.compose.replace')
      .sort(),
    config: { Cmd, Env: [...(Env ?? [])].sort(), Healthcheck, Binds, Tmpfs, Init, RestartPolicy },
    // The engine cannot unset a limit of memory, so that a number says it which no machine reaches.
    limits: {
      memory: Memory > 2 ** 60 ? 0 : Memory,
      cpus: NanoCpus / 1e9 || Math.max(0, CpuQuota) / 100_000,
    },
    mounts: (one.Mounts ?? [])
      .map((mount: any) => `${mount.Type} ${mount.Name} ${mount.Destination}`)
      .sort(),
    inside: inside?.split('\n') ?? null,
  };
}
