import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { containerIdIn } from '../../src/engine/docker-self.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { EngineError } from '../../src/story/outcomes.ts';
import { type Instance, label, OPERATIONS } from '../../src/story/target.ts';
import { testDocker } from '../docker/docker.ts';
import { engineContract, eventually, rejection } from './contract.ts';
import { type DockerStack, find, makeDockerStack } from './docker-stack.ts';

engineContract('compose', async () => {
  const docker = await testDocker();
  if (!docker) return null;
  const { engine, cleanup } = await makeDockerStack(docker, 'contract');
  return { engine, banner: 'ready', cleanup };
});

describe('the compose engine', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let engine: Engine;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'shapes');
    engine = stack.engine;
  });
  after(() => stack?.cleanup());

  const inspect = async (id: string) => {
    const found = await engine.inspect(id);
    if (!found) throw new Error(`${id} is gone`);
    return found;
  };
  const rowOf = async (wanted: string) => (await engine.list()).find((row) => label(row) === wanted);
  const until = (wanted: string, isSo: (now: Instance) => boolean) =>
    eventually(wanted, async () => {
      const now = await find(engine, wanted);
      return isSo(now) && now;
    });

  it('knows a service by its label, whatever the names are made of', async () => {
    const rows = await engine.list();
    expect(rows.filter((row) => row.service === 'tikv0').map((row) => row.name)).to.deep.equal([`${stack.project}-tikv0-1`]);
    expect(rows.filter((row) => row.service === 'grafana').map(label)).to.deep.equal(['grafana-1', 'grafana-2']);
  });

  it('sees no other project, though its name begins like this one', async () => {
    const other = `${stack.project}-more`;
    await stack.docker.compose(['--project-name', other, 'create', 'tikv0'], { cwd: stack.folder, env: stack.env });
    try {
      expect(new Set((await engine.list()).map((row) => row.project))).to.deep.equal(new Set([stack.project]));
      const second = await stack.open({ project: other });
      expect((await second.list()).map((row) => `${row.project} ${label(row)} ${row.state}`)).to.deep.equal([`${other} tikv0-1 created`]);
    } finally {
      await stack.docker.compose(['--project-name', other, 'down', '--timeout', '0'], { cwd: stack.folder, env: stack.env });
    }
  });

  it('counts instances as Compose does when a service is scaled', async () => {
    await stack.compose('up', '--detach', '--no-recreate', '--scale', 'grafana=3', 'grafana');
    const target = await find(engine, 'grafana-2');
    await engine.perform('kill', target);
    const states = async () => (await engine.list()).filter((row) => row.service === 'grafana').map((row) => `${label(row)} ${row.state}`);
    expect(await states()).to.deep.equal(['grafana-1 running', 'grafana-2 exited', 'grafana-3 running']);
    await engine.perform('start', target);
    await stack.compose('up', '--detach', '--no-recreate', '--scale', 'grafana=2', 'grafana');
    expect(await states()).to.deep.equal(['grafana-1 running', 'grafana-2 running']);
  });

  it('shows what has ended by itself, with its exit code', async () => {
    const now = await until('done-1', ({ state }) => state === 'exited');
    expect(now).to.include({ exit_code: 3, pid: null, health: 'none', oom_killed: false });
    expect(now.finished_at).to.be.a('string');
  });

  it('sees that a container was recreated: the old one is gone, and nothing is done to the new one', async () => {
    const old = await find(engine, 'tikv0-1');
    await stack.compose('up', '--detach', '--force-recreate', '--timeout', '0', 'tikv0');
    const now = await find(engine, 'tikv0-1');
    expect(now.id).not.to.equal(old.id);
    expect(await engine.inspect(old.id)).to.equal(null);
    for (const operation of OPERATIONS) {
      const error = await rejection(engine.perform(operation, old));
      expect(error, operation).to.be.instanceOf(EngineError).with.property('definite', true);
      expect((error as EngineError).message).to.match(/no container/);
    }
    expect(await inspect(now.id)).to.deep.equal(now);
  });

  it('takes a full id only, not a name or the beginning of an id', async () => {
    const { id, name } = await find(engine, 'tikv0-1');
    expect(await engine.inspect(name)).to.equal(null);
    expect(await engine.inspect(id.slice(0, 12))).to.equal(null);
    expect(await engine.logs(name, 1)).to.deep.equal([]);
  });

  it('brings networks and aliases back with a killed container', async () => {
    const before = await find(engine, 'tikv0-1');
    const byName = ({ networks }: Instance) => Object.entries(networks).map(([name, { network_id, aliases }]) => ({ name, network_id, aliases }));
    expect(byName(before).map(({ name }) => name)).to.deep.equal([`${stack.project}_back`, `${stack.project}_default`]);
    expect(byName(before)[0]?.aliases).to.include.members(['kv', 'store', 'tikv0']).and.not.include(before.id.slice(0, 12));
    await engine.perform('kill', before);
    expect(byName(await inspect(before.id))).to.deep.equal(byName(before));
    await engine.perform('start', before);
    const now = await inspect(before.id);
    expect(byName(now)).to.deep.equal(byName(before));
    for (const { ipv4 } of Object.values(now.networks)) expect(ipv4).to.match(/^\d+(\.\d+){3}$/);
  });

  describe('health', () => {
    const checkedIs = (health: Instance['health']) => until('checked-1', (now) => now.health === health);
    const sick = (isSick: boolean) => stack.compose('exec', '-T', 'checked', isSick ? 'touch' : 'rm', '/tmp/sick');

    it('is the same in the list and close by, and says since when it is bad', async () => {
      const well = await checkedIs('healthy');
      expect(await rowOf('checked-1')).to.include({ health: 'healthy' });
      expect(well.unhealthy_since).to.equal(null);
      const before = Date.parse(await engine.clock());
      await sick(true);
      const bad = await checkedIs('unhealthy');
      expect(await rowOf('checked-1')).to.include({ health: 'unhealthy' });
      const since = Date.parse(bad.unhealthy_since ?? '');
      expect(since).to.be.within(before, Date.parse(await engine.clock()));
      // Two checks have failed by now, a second apart: the first of them is meant.
      expect(Date.parse(await engine.clock()) - since).to.be.above(900);
      await sick(false);
      expect((await checkedIs('healthy')).unhealthy_since).to.equal(null);
    });

    it('of a paused container is the same in the list and close by', async () => {
      const target = await checkedIs('healthy');
      await engine.perform('pause', target);
      try {
        const now = await inspect(target.id);
        expect(now).to.include({ state: 'paused', health: 'unhealthy', unhealthy_since: null });
        expect(await rowOf('checked-1')).to.include({ state: 'paused', health: 'unhealthy' });
      } finally {
        await engine.perform('unpause', target);
      }
    });

    it('does not count what failed before a restart', async () => {
      const target = await checkedIs('healthy');
      await sick(true);
      await checkedIs('unhealthy');
      await engine.perform('kill', target);
      expect(await inspect(target.id)).to.include({ health: 'none', unhealthy_since: null });
      await engine.perform('start', target);
      const again = await checkedIs('unhealthy');
      expect(Date.parse(again.unhealthy_since ?? '')).to.be.at.least(Date.parse(again.started_at ?? ''));
      await sick(false);
      await checkedIs('healthy');
    });
  });

  it('lets nobody touch a one-off container of a service', async () => {
    const id = (await stack.compose('run', '--detach', '--no-deps', 'tikv0', 'sleep', '1000')).trim();
    try {
      const rows = (await engine.list()).filter((row) => row.service === 'tikv0');
      expect(rows.map((row) => row.untouchable)).to.deep.equal([null, 'a one-off container of `docker compose run`']);
      expect(rows[1]?.name).to.include('run');
      expect((await inspect(rows[1]?.id ?? '')).untouchable).to.match(/one-off/);
    } finally {
      await stack.docker.docker(['rm', '--force', id]);
    }
  });

  describe('logs', () => {
    it('of a terminal come without what only a terminal understands', async () => {
      const { id } = await find(engine, 'terminal-1');
      expect(await eventually('it wrote', async () => orNull(await engine.logs(id, 10)))).to.deep.equal(['red plain']);
    });

    it('have both streams of a container', async () => {
      const { id } = await find(engine, 'two-streams-1');
      const lines = await eventually('both came', async () => {
        const found = await engine.logs(id, 10);
        return found.length === 2 && found;
      });
      expect(lines).to.have.members(['out', 'err']);
      expect(await engine.logs(id, 1)).to.have.length(1);
      expect(await engine.logs(id, 0)).to.deep.equal([]);
    });

    it('of nobody are empty', async () => expect(await engine.logs('f'.repeat(64), 5)).to.deep.equal([]));
  });

  it('waits for a stop as long as the container itself asks for', async () => {
    const target = await find(engine, 'stubborn-1');
    await engine.perform('stop', target);
    expect(await inspect(target.id)).to.include({ state: 'exited', exit_code: 137, started_at: target.started_at });
  });

  it('ends what is restarting over and over, and keeps it down', async () => {
    const target = await until('looping-1', (now) => now.restart_count > 2 && now.state === 'restarting');
    await engine.perform('kill', target);
    const killed = await inspect(target.id);
    expect(killed.state).to.equal('exited');
    await engine.perform('stop', target);
    expect(await inspect(target.id)).to.deep.equal(killed);
  });

  it('says what the engine says when a start fails, and that nothing came of it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const id = await stack.docker.docker([
      ...['create', '--publish', `127.0.0.1:${port}:80`, '--label', `com.docker.compose.project=${stack.project}`],
      ...['--label', 'com.docker.compose.service=late', '--label', 'com.docker.compose.container-number=1', stack.env.IMAGE ?? '', 'sleep', '1000'],
    ]);
    try {
      const error = await rejection(engine.perform('start', await inspect(id)));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
      expect((error as EngineError).message).to.match(/start of late-1 failed.*address already in use/);
    } finally {
      taken.close();
      await stack.docker.docker(['rm', '--force', id]);
    }
  });

  it('understands a stack of Compose v1', async () => {
    const project = stack.docker.project('v1');
    const labels = {
      project,
      service: 'redis',
      'container-number': '2',
      oneoff: 'False',
      version: '1.29.2',
      'project.working_dir': stack.folder,
      'project.config_files': 'docker-compose.yml',
    };
    const words = Object.entries(labels).flatMap(([name, value]) => ['--label', `com.docker.compose.${name}=${value}`]);
    const id = await stack.docker.docker(['run', '--detach', '--name', `${project}_redis_2`, ...words, stack.env.IMAGE ?? '', 'sleep', '1000']);
    try {
      // Nothing but the label says where it came from: the file has another name, and so has the folder.
      writeFileSync(join(stack.folder, 'docker-compose.yml'), 'services: {}\n');
      const v1 = await stack.open({ files: ['docker-compose.yml'], env: { ...stack.env, COMPOSE_PROJECT_NAME: '' } });
      expect(v1.project).to.equal(project);
      expect(await v1.list()).to.deep.equal([
        { id, name: `${project}_redis_2`, project, service: 'redis', number: 2, state: 'running', health: 'none', untouchable: null },
      ]);
      await v1.perform('kill', await find(v1, 'redis-2'));
      expect(await v1.inspect(id)).to.include({ state: 'exited', exit_code: 137 });
    } finally {
      rmSync(join(stack.folder, 'docker-compose.yml'), { force: true });
      await stack.docker.docker(['rm', '--force', id]);
    }
  });

  it('runs a program of the story so that `docker compose` in it means this stack', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'gameday-elsewhere-'));
    try {
      const files = [join(stack.folder, 'compose.yaml')];
      const other = await stack.open({ cwd: elsewhere, files, project: stack.project, env: { ...stack.env, COMPOSE_PROJECT_NAME: undefined } });
      const ran = await other.run({ shell: 'docker compose ps --quiet tikv0 && docker compose config --services' }, { timeout_ms: 30_000 });
      const [id, ...services] = ran.stdout.trim().split('\n');
      expect(id, ran.stderr).to.equal((await find(engine, 'tikv0-1')).id);
      expect(services).to.include.members(['tikv0', 'grafana']);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it('names the services of the model, also those without an instance; and none where nothing can be asked', async () => {
    await stack.compose('rm', '--stop', '--force', 'two-streams');
    expect(await engine.services()).to.include.members(['two-streams', 'tikv0', 'done']);
    const port = await freePort();
    const lost = await stack.open({ env: { ...stack.env, PATH: '/nowhere' } });
    expect(await lost.services()).to.include('tikv0');
    lost.close();
    await rejection(stack.open({ env: { ...stack.env, DOCKER_HOST: `tcp://127.0.0.1:${port}` } }));
  });

  it('sees its own container by what a process in it sees', async () => {
    const look = `cat /proc/self/cgroup; echo ---; cat /proc/self/mountinfo; echo ---; hostname`;
    for (const more of [[], ['--hostname', 'shop']]) {
      const name = stack.docker.project('self');
      const words = ['run', '--name', name, ...more, '--label', `com.docker.compose.project=${name}`, stack.env.IMAGE ?? '', 'sh', '-c', look];
      const [cgroup = '', mountinfo = '', hostName = ''] = (await stack.docker.docker(words)).split('---\n');
      const id = await stack.docker.docker(['inspect', '--format', '{{.Id}}', name]);
      await stack.docker.docker(['rm', name]);
      expect(containerIdIn(cgroup, '', '')).to.be.oneOf([id, null]); // Null in version 2 of control groups.
      expect(containerIdIn('', mountinfo, '')).to.equal(id);
      expect(containerIdIn('', '', hostName.trim())).to.equal(more.length === 0 ? id.slice(0, 12) : null);
    }
  });
});

const orNull = <T>(list: T[]) => (list.length > 0 ? list : null);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
