/**
 * Stacks of shapes as they are in the wild, each from a first draft to the end: `story init`, `story check`, the drafted story
 * played, faults of every kind of life, resources and network, and the whole stack compared with how it was. Kind of mistake
 * that is looked for: the target is proven, and something else is not as before.
 */
import { appendFileSync, cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { freePorts } from '../free-ports.ts';
import { expectExit, gameday, until } from './cli.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'compose-files');
const NOW = ['--countdown', '0', '--overrule', 'last_healthy,max_unavailable,protected'];

interface Shape {
  /** Lines of `.env` that replace those of the fixture. */
  env: (project: string, port: number) => string[];
  /** What the draft is to break. */
  victim: string;
  /** Kind of fault and service, as they are typed. */
  faults: string[][];
}

/** Every kind that ends with its undo is done to one of the stacks at least. */
const SHAPES: Record<string, Shape> = {
  backend: {
    env: (project, port) => [`STACK=${project}`, `GATEWAY_PORT=${port}`],
    victim: 'analytics',
    faults: [
      ['kill', 'live'],
      ['pause', 'db'],
      ['partition', 'rest', '--from', 'db'],
    ],
  },
  photos: {
    env: (project, port) => [`STACK=${project}`, `EXPOSE=127.0.0.1:${port}:2283`],
    victim: 'photo-server',
    faults: [
      ['crash', 'photo-server'],
      ['memory', 'database', '--size', '64mb'],
      ['loss', 'redis', '--share', '50%'],
    ],
  },
  scheduler: {
    env: (project, port) => [`STACK=${project}`, `WEB_PORT=${port}`],
    victim: 'webserver',
    faults: [
      ['stop', 'webserver'],
      ['restart', 'worker'],
      ['cpu', 'worker', '--cores', '0.2'],
    ],
  },
  tunnel: {
    env: (project, port) => [`COMPOSE_PROJECT_NAME=${project}`, `CLIENT_PORT=${port}`],
    victim: 'client',
    faults: [
      ['kill', 'client,indexer', '--count', 'all', '--yes'],
      ['pause', 'tunnel'],
      ['partition', 'tunnel'],
    ],
  },
  sentinel: {
    env: (project, port) => [`STACK=${project}`, `WEB_PORT=${port}`],
    victim: 'redis-replica',
    faults: [
      ['kill', 'redis-sentinel', '--count', '2', '--yes'],
      ['stop', 'redis-master'],
      ['dns', 'web'],
      ['cpu', 'redis-sentinel-2', '--cores', '0.1'],
    ],
  },
};

describe('stacks of shapes as in the wild', function () {
  this.timeout(240_000);
  let docker: TestDocker;
  let tools: string;
  let port: number;

  before(async function () {
    const found = await testDocker();
    if (!found) return this.skip();
    docker = found;
    tools = await docker.image('tools');
    port = await freePorts(1);
  });

  for (const [name, shape] of Object.entries(SHAPES))
    describe(name, () => {
      let folder: string;
      let project: string;
      const images: string[] = [];
      const options = () => ({ cwd: folder, env: docker.env });
      const compose = async (...args: string[]) =>
        (await docker.compose(args, { cwd: folder })).stdout;

      before(async () => {
        folder = realpathSync(mkdtempSync(join(tmpdir(), 'gameday-shape-')));
        cpSync(join(FIXTURES, name), folder, { recursive: true });
        project = docker.project('shape');
        appendFileSync(join(folder, '.env'), `${shape.env(project, port).join('\n')}\n`);
        const image = await docker.image('busybox');
        for (const wanted of (await compose('config', '--images')).split('\n').filter(Boolean)) {
          await docker.docker(['tag', image, wanted]);
          images.push(wanted);
        }
        await compose('up', '--detach');
        await settled();
      });
      after(async () => {
        if (!folder) return;
        await gameday(['chapter', 'reset'], options());
        await compose('down', '--volumes', '--timeout', '0');
        if (images.length > 0) await docker.docker(['rmi', '--no-prune', ...new Set(images)]);
        rmSync(folder, { recursive: true, force: true });
      });

      const inspected = async (): Promise<any[]> => {
        const ids = (await compose('ps', '--all', '--quiet')).split('\n').filter(Boolean);
        return JSON.parse(await docker.docker(['inspect', ...ids]));
      };
      const settled = () =>
        until('the stack is up', async () =>
          (await inspected()).every(
            ({ State }) => State.Health?.Status !== 'starting' && State.Status !== 'created',
          ),
        );
      /** Also whether the program behind the published port answers, which only its own network brings. */
      const picture = async () => {
        await until('it answers', async () => (await statusAt(port)) !== null);
        await settled();
        return (await inspected()).map(shown).sort((a, b) => (a.name < b.name ? -1 : 1));
      };
      const startsOfOthers = async (targets: string[]) =>
        Object.fromEntries(
          (await inspected())
            .filter(({ Id }) => !targets.includes(Id))
            .map(({ Name, State }) => [Name, State.StartedAt]),
        );

      it('is drafted, checked, and played to its end', async () => {
        const before = await picture();
        const init = await expectExit(0, ['story', 'init', '--json'], options());
        expect(init.json).to.include({ service: shape.victim });
        expect(init.json.workload.kind, init.json.workload.why).to.equal('http');
        appendFileSync(join(folder, 'gameday.yaml'), `\ntools: { image: "${tools}" }\n`);
        const check = await expectExit(0, ['story', 'check', '--json'], options());
        expect(check.json).to.include({ valid: true });
        await expectExit(0, ['chapter', 'play', '--pause', '0s', '--countdown', '0'], options());
        expect(await picture()).to.deep.equal(before);
      });

      for (const fault of shape.faults)
        it(`is as it was after ${fault.slice(0, 2).join(' ')}`, async () => {
          const before = await picture();
          const { json } = await expectExit(
            0,
            ['fault', 'inject', ...fault, ...NOW, '--json'],
            options(),
          );
          const targets = json.fault.targets.map((target: any) => target.id as string);
          expect(targets).not.to.deep.equal([]);
          const starts = await startsOfOthers(targets);
          if (fault[0] !== 'restart') await expectExit(0, ['fault', 'recover'], options());
          expect(await picture()).to.deep.equal(before);
          expect(await startsOfOthers(targets), 'nothing else was restarted').to.deep.equal(starts);
          const list = await expectExit(0, ['fault', 'list', '--json'], options());
          expect(list.json.faults).to.deep.equal([]);
        });
    });
});

/** The status of an HTTP answer; null: none came. */
async function statusAt(port: number): Promise<number | null> {
  const asked = fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) });
  return asked.then(
    ({ status }) => status,
    () => null,
  );
}

/** What has to be as before: without times, process ids and addresses, which a restart changes. */
function shown({ Name, State, HostConfig, NetworkSettings }: any) {
  const { NanoCpus, CpuQuota, Memory, MemorySwap, PortBindings } = HostConfig;
  const networks = Object.entries<any>(NetworkSettings.Networks ?? {});
  return {
    name: Name as string,
    state: State.Status,
    health: State.Health?.Status ?? null,
    code: State.Status === 'exited' ? State.ExitCode : null,
    limits: [NanoCpus, CpuQuota, Memory, MemorySwap].map((limit) => limitOf(limit)),
    ports: PortBindings,
    published: Object.keys(NetworkSettings.Ports ?? {}).sort(),
    networks: networks.map(([name, { Aliases, Links }]) => ({ name, Aliases, Links })),
  };
}

/** Null: none. The engine cannot unset one, so that a number says it which no machine reaches, or one below zero. */
function limitOf(limit = 0): number | null {
  return limit > 0 && limit < 2 ** 60 ? limit : null;
}
