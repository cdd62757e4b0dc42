/** Two `web` and a `db` as containers on two networks, for random walks. Everything is looked at from outside of gameday. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { makeFolder, until } from '../commands/cli.ts';
import { testDocker } from '../docker/docker.ts';
import { labelOf, lookFromOutside } from '../docker/outside.ts';
import { processesIn } from './left.ts';
import type { Meddling } from './steps.ts';
import type { WalkStack } from './walk.ts';

const COMPOSE = join(import.meta.dirname, '..', 'fixtures', 'compose', 'walk.yaml');

const SHARES = ['5%', '30%', '99.9%'];
const PEERS = [[], ['--toward', 'db'], ['--toward', 'web'], ['--port', '80']];

const oneOf = (...all: (readonly string[])[]) => fc.constantFrom(...all);
/** Each flag with one of its values, or without it. */
const flags = (all: Record<string, readonly string[]>) =>
  fc
    .tuple(
      ...Object.entries(all).map(([name, values]) =>
        fc.constantFrom([], ...values.map((value) => [`--${name}`, value])),
      ),
    )
    .map((each) => each.flat());
const joined = (...parts: fc.Arbitrary<readonly string[]>[]) =>
  fc.tuple(...parts).map((each) => each.flat());

/** Every kind that a container can have on a kernel without netem. */
const KINDS = {
  kill: flags({ signal: ['TERM', 'HUP'] }),
  stop: flags({ grace: ['0s', '1s'] }),
  pause: oneOf([]),
  crash: oneOf([]),
  restart: flags({ grace: ['0s', '1s'] }),
  remove: oneOf([]),
  partition: flags({ from: ['db', 'web', 'web-1,db'], direction: ['in', 'out'] }),
  loss: joined(oneOf(...SHARES.map((share) => ['--share', share])), oneOf(...PEERS)),
  reset: oneOf(...PEERS),
  dns: joined(flags({ names: ['db', 'web,db'] }), flags({ answer: ['nxdomain', 'servfail'] })),
  rate: joined(oneOf(['--limit', '100kbit'], ['--limit', '1mbit']), oneOf(...PEERS)),
  http: oneOf([], ['--share', '50%', '--path', '/'], ['--delay', '100ms'], ['--cut', 'body']),
  process: joined(oneOf(['--name', 'sleep'], ['--name', 'httpd']), flags({ how: ['kill'] })),
  disk: oneOf(...['5%', '50%'].map((leave) => ['--path', '/data', '--leave', leave])),
  cpu: oneOf(['--cores', '0.5'], ['--cores', '1']),
  memory: oneOf(['--size', '32mb'], ['--size', '64mb']),
};

export async function makeComposeStack(): Promise<WalkStack | null> {
  const docker = await testDocker();
  if (!docker) return null;
  const tools = await docker.image('tools');
  const project = docker.project('walk');
  const folder = makeFolder({
    'compose.yaml': readFileSync(COMPOSE, 'utf8'),
    'gameday.yaml': `name: walk\ncompose: { project: ${project} }\ntools: { image: "${tools}" }\nchapters: [{ title: Walk }, { title: End }]\n`,
  });
  const cwd = folder.path;
  const env = { ...docker.env, IMAGE: await docker.image('busybox') };
  const compose = (...args: string[]) =>
    docker.compose(['--project-name', project, ...args], { cwd, env });
  const up = () => compose('up', '--detach', '--no-recreate');
  const outside = await lookFromOutside(docker, project);
  const extra = `${project}-extra`;
  const cleanup = async () => {
    await folder.cleanup();
    await outside.close();
    // Its folder is gone by now, and is not needed for that.
    const down = ['down', '--timeout', '0', '--volumes', '--remove-orphans'];
    await docker.compose(['--project-name', project, ...down]);
    await docker.docker(['network', 'rm', extra]).catch(() => {});
  };
  try {
    await docker.docker([
      ...['network', 'create', '--label', `com.docker.compose.project=${project}`, extra],
    ]);
    await up();
    await until('a healthy db', () => outside.isWell());
  } catch (error) {
    await cleanup();
    throw error;
  }
  /** Only to what is there. */
  const meddle = async ({ how, which }: Meddling) => {
    const all = await outside.inspect();
    const one = all[which % all.length];
    if (!one) return;
    const service = one.Config.Labels['com.docker.compose.service'];
    const ways: Record<string, () => Promise<unknown>> = {
      restart: () => docker.docker(['restart', '--time', '0', one.Id]),
      start: () => docker.docker(['start', one.Id]),
      recreate: () =>
        compose(...['up', '--detach', '--force-recreate', '--no-deps', '--timeout', '0', service]),
      remove: () => docker.docker(['rm', '--force', one.Id]),
      rename: () => docker.docker(['rename', one.Id, `${one.Name.slice(1)}${RENAMED}`]),
      connect: () => docker.docker(['network', 'connect', extra, one.Id]),
    };
    await ways[how]?.().catch(() => {});
  };
  const takeBack = async () => {
    for (const { Id, Name, NetworkSettings } of await outside.inspect()) {
      const name = Name.slice(1).replaceAll(RENAMED, '');
      if (name !== Name.slice(1)) await docker.docker(['rename', Id, name]);
      if (NetworkSettings.Networks[extra])
        await docker.docker(['network', 'disconnect', extra, Id]);
    }
    await up();
    // Compose gives a removed instance the next free number; all of the service made anew have their own.
    const numbers = (await outside.inspect()).map(labelOf);
    if (isDeepStrictEqual(numbers, TARGETS)) return;
    await compose('up', '--detach', '--no-recreate', '--timeout', '0', '--scale', 'web=0', 'web');
    await up();
  };
  return {
    cwd,
    env,
    kinds: KINDS,
    targets: TARGETS,
    meddlings: ['restart', 'start', 'recreate', 'remove', 'rename', 'connect'],
    begin: async () => {},
    picture: async () => ({ instances: await outside.picture() }),
    lost: () => [],
    meddle,
    takeBack,
    left: async () => {
      const made = await outside.list('gameday.made-by');
      const copies = made.filter(({ Labels }) => Labels['gameday.kept']?.includes(`"${project}-`));
      const ids = (await outside.inspect()).map(({ Id }) => Id);
      const helpers = made.filter(({ Labels }) => ids.includes(Labels['gameday.target']));
      return [
        ...copies.map(({ Id }) => `copy ${Id}`),
        ...helpers.map(({ Id, Labels }) => `helper ${Labels['gameday.made-for']} ${Id}`),
        ...processesIn(join(cwd, '.gameday')),
      ];
    },
    cleanup,
  };
}

const TARGETS = ['db-1', 'web-1', 'web-2'];
const RENAMED = '-renamed';
