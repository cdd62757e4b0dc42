/** Two `web` and a `keeper` as containers on two networks, looked at through the engine itself. */
import { get } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { makeFolder } from '../commands/cli.ts';
import { servedExit } from '../commands/served.ts';
import { testDocker } from '../docker/docker.ts';
import { startHttpServer } from '../workload/servers.ts';
import { CRASH_CHAPTERS, type CrashStack, type Picture } from './stack.ts';

const COMPOSE = (image: string) => `
x-web: &web
  image: ${image}
  restart: unless-stopped
  command: [sh, -c, "trap 'exit 0' TERM; sleep 3600 & wait"]
  networks: { front: { aliases: [shop-front] }, back: {} }
services:
  web: { <<: *web, scale: 2 }
  keeper: { <<: *web, restart: always, volumes: [data:/data] }
networks: { front: {}, back: {} }
volumes: { data: { driver_opts: { type: tmpfs, device: tmpfs, o: size=8m } } }
`;
const LABELS = ['keeper-1', 'web-1', 'web-2'];

/** One container of the test's own looks into all of them: one beside each, at each look, would take longer than what is tested. */
const LOOKER = ['--pid=host', '--network=none'].concat(
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

export async function makeComposeStack(): Promise<CrashStack | null> {
  const docker = await testDocker();
  if (!docker) return null;
  const tools = await docker.image('tools');
  const project = docker.project('crash');
  const server = await startHttpServer();
  const folder = makeFolder({
    'compose.yaml': COMPOSE(await docker.image('busybox')),
    'gameday.yaml': `name: shop\ncompose: { project: ${project} }\ntools: { image: "${tools}" }\nworkload: { kind: http, url: "${server.url}", rate: 40/s }\nchapters:\n${CRASH_CHAPTERS}`,
  });
  const cwd = folder.path;
  const compose = (...args: string[]) =>
    docker.compose(['--project-name', project, ...args], { cwd });
  const filters = encodeURIComponent(
    JSON.stringify({ label: [`com.docker.compose.project=${project}`] }),
  );
  const inspect = async (): Promise<any[]> => {
    const found = await ask(docker.host, `/containers/json?all=1&filters=${filters}`);
    return Promise.all(found.map(({ Id }: any) => ask(docker.host, `/containers/${Id}/json`)));
  };
  const labelOf = (one: any) =>
    `${one.Config.Labels['com.docker.compose.service']}-${one.Config.Labels['com.docker.compose.container-number']}`;
  const looker = await docker.docker(['run', '-d', '--rm', ...LOOKER, tools, 'sleep', '3600']);
  /** The ids of those in whose network nothing was set, of whose processes none is stopped, and whose volume has room. */
  const looksWell = async (running: any[]): Promise<string[]> => {
    const words = running.map(({ Id, State }) => `${Id}=${State.Pid}`);
    const looked = ['exec', looker, 'sh', '-c', LOOK, 'sh', ...words];
    return (await docker.docker(looked)).split('\n');
  };
  const cleanup = async () => {
    await folder.cleanup();
    await server.close();
    await docker.docker(['rm', '-f', looker]);
    await docker.compose(['--project-name', project, 'down', '--timeout', '0', '--volumes']);
  };
  try {
    await compose('up', '--detach', '--wait');
    await servedExit(0, ['chapter', 'next'], { cwd, env: docker.env });
  } catch (error) {
    await cleanup();
    throw error;
  }
  return {
    cwd,
    env: docker.env,
    killEnv: { GAMEDAY_KILL_FOLDER: join(cwd, '.gameday'), GAMEDAY_KILL_PROJECT: project },
    broken: async ({ inside } = { inside: false }) => {
      const running = (await inspect()).filter(({ State }) => State.Status === 'running');
      const well = inside && running.length > 0 ? await looksWell(running) : null;
      const loaded = inside ? await loadedOn(docker.host) : [];
      const isWell = ({ Id }: any) => !loaded.includes(Id) && (well?.includes(Id) ?? true);
      const whole = running.filter((one) => isUnlimited(one) && isWell(one));
      return LABELS.filter((label) => !whole.map(labelOf).includes(label));
    },
    picture: async () =>
      Object.fromEntries((await inspect()).map((one) => [labelOf(one), pictureOf(one)])),
    strays: async () => {
      const ids = (await inspect()).map(({ Id }) => Id);
      const made = await ask(docker.host, '/containers/json?all=1');
      return made.flatMap(({ Id, Labels }: any) => {
        const isHelper = ids.includes(Labels['gameday.target']);
        const isCopy = Labels['gameday.kept']?.includes(`"${project}-`);
        return isHelper || isCopy ? `${Labels['gameday.made-for'] ?? 'copy'} ${Id}` : [];
      });
    },
    cleanup,
  };
}

/** The ids of those beside which a helper carries a load. */
async function loadedOn(host: string): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: ['gameday.made-for=stress'] }));
  const found = await ask(host, `/containers/json?filters=${filters}`);
  // One that has no name of ours only looks.
  return found.flatMap(({ Names, Labels }: any) =>
    Names.some((name: string) => name.startsWith('/gameday-load-')) ? Labels['gameday.target'] : [],
  );
}

/** As an engine makes a container that asks for nothing. */
function isUnlimited({ HostConfig: { NanoCpus, CpuQuota } }: any): boolean {
  return !NanoCpus && (!CpuQuota || CpuQuota < 0);
}

/** All that a recovery must give back: not the address or the pid, which a restart rightly changes. */
function pictureOf(one: any): Picture {
  const networks = Object.entries<any>(one.NetworkSettings.Networks).map(([name, end]) => [
    name,
    [...new Set(end.Aliases)].sort(),
  ]);
  const { RestartPolicy, Memory, NanoCpus, CpuQuota } = one.HostConfig;
  return {
    id: one.Id,
    state: one.State.Status,
    networks: Object.fromEntries(networks.sort()),
    RestartPolicy,
    Memory,
    NanoCpus,
    CpuQuota,
  };
}

/** One question to the engine; a docker program for each would take longer than what is tested. */
function ask(host: string, path: string): Promise<any> {
  return new Promise((resolve, reject) => {
    const asked = get({ socketPath: host.replace('unix://', ''), path }, (response) =>
      json(response).then(resolve, reject),
    );
    asked.once('error', reject);
  });
}
