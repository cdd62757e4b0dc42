/** Two `web` and a `keeper` as containers on two networks, looked at through the engine itself. */
import { join } from 'node:path';
import { makeFolder } from '../commands/cli.ts';
import { servedExit } from '../commands/served.ts';
import { ask } from '../docker/ask.ts';
import { testDocker } from '../docker/docker.ts';
import { startHttpServer } from '../workload/servers.ts';
import { startLooker } from './look-inside.ts';
import { CRASH_CHAPTERS, type CrashStack, type Picture } from './stack.ts';

const COMPOSE = (image: string) => `
x-web: &web
  image: ${image}
  restart: unless-stopped
  command: [sh, -c, "trap 'exit 0' TERM; httpd -p 80 -h /tmp; sleep 3600 & wait"]
  networks: { front: { aliases: [shop-front] }, back: {} }
services:
  web: { <<: *web, scale: 2 }
  keeper: { <<: *web, restart: always, volumes: [data:/data] }
networks: { front: {}, back: {} }
volumes: { data: { driver_opts: { type: tmpfs, device: tmpfs, o: size=8m } } }
`;
const LABELS = ['keeper-1', 'web-1', 'web-2'];

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
  const looker = await startLooker(docker.env.DOCKER_HOST as string, docker.env, tools);
  const cleanup = async () => {
    await folder.cleanup();
    await server.close();
    await looker.end();
    await docker.compose(['--project-name', project, 'down', '--timeout', '0', '--volumes']);
  };
  try {
    await compose('up', '--detach', '--wait');
    await compose('exec', '-T', 'keeper', 'touch', '/data/file');
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
      const well = inside && running.length > 0 ? await looker.well(running) : null;
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
