import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import type { ComposeEngine } from '../../src/engine/compose/compose.ts';
import type { ContainerRecord } from '../../src/engine/docker/docker-instance.ts';
import { type Instance, label } from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
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
  let engine: ComposeEngine;

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
  const until = (wanted: string, isSo: (now: Instance) => boolean) =>
    eventually(wanted, async () => {
      const now = await find(engine, wanted);
      return isSo(now) && now;
    });

  it('knows a service by its label, whatever the names are made of', async () => {
    const rows = await engine.list();
    expect(rows.filter((row) => row.service === 'tikv0').map((row) => row.name)).to.deep.equal([
      `${stack.project}-tikv0-1`,
    ]);
    expect(rows.filter((row) => row.service === 'grafana').map(label)).to.deep.equal([
      'grafana-1',
      'grafana-2',
    ]);
  });

  it('sees no other project, though its name begins like this one', async () => {
    const other = `${stack.project}-more`;
    await stack.docker.compose(['--project-name', other, 'create', 'tikv0'], {
      cwd: stack.folder,
      env: stack.env,
    });
    try {
      expect(new Set((await engine.list()).map((row) => row.project))).to.deep.equal(
        new Set([stack.project]),
      );
      const second = await stack.open({ project: other });
      expect(
        (await second.list()).map((row) => `${row.project} ${label(row)} ${row.state}`),
      ).to.deep.equal([`${other} tikv0-1 created`]);
    } finally {
      await stack.docker.compose(['--project-name', other, 'down', '--timeout', '0'], {
        cwd: stack.folder,
        env: stack.env,
      });
    }
  });

  it('counts instances as Compose does when a service is scaled', async () => {
    await stack.compose('up', '--detach', '--no-recreate', '--scale', 'grafana=3', 'grafana');
    const target = await find(engine, 'grafana-2');
    await engine.perform('kill', target);
    const states = async () =>
      (await engine.list())
        .filter((row) => row.service === 'grafana')
        .map((row) => `${label(row)} ${row.state}`);
    expect(await states()).to.deep.equal([
      'grafana-1 running',
      'grafana-2 exited',
      'grafana-3 running',
    ]);
    await engine.perform('start', target);
    await stack.compose('up', '--detach', '--no-recreate', '--scale', 'grafana=2', 'grafana');
    expect(await states()).to.deep.equal(['grafana-1 running', 'grafana-2 running']);
  });

  it('sees that a container was recreated: the old one is gone, and nothing is done to the new one', async () => {
    const old = await find(engine, 'tikv0-1');
    await stack.compose('up', '--detach', '--force-recreate', '--timeout', '0', 'tikv0');
    const now = await find(engine, 'tikv0-1');
    expect(now.id).not.to.equal(old.id);
    expect(await engine.inspect(old.id)).to.equal(null);
    for (const operation of ['kill', 'stop', 'pause', 'crash', 'start', 'unpause'] as const) {
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
    const byName = ({ record }: Instance) =>
      Object.entries((record as ContainerRecord).networks).map(
        ([name, { network_id, aliases }]) => ({
          name,
          network_id,
          aliases,
        }),
      );
    expect(byName(before).map(({ name }) => name)).to.deep.equal([
      `${stack.project}_back`,
      `${stack.project}_default`,
    ]);
    expect(byName(before)[0]?.aliases)
      .to.include.members(['kv', 'store', 'tikv0'])
      .and.not.include(before.id.slice(0, 12));
    await engine.perform('kill', before);
    expect(byName(await inspect(before.id))).to.deep.equal(byName(before));
    await engine.perform('start', before);
    const now = await inspect(before.id);
    expect(byName(now)).to.deep.equal(byName(before));
    for (const { ipv4 } of Object.values((now.record as ContainerRecord).networks))
      expect(ipv4).to.match(/^\d+(\.\d+){3}$/);
  });

  it('waits for a stop as long as the container itself asks for', async () => {
    const target = await find(engine, 'stubborn-1');
    await engine.perform('stop', target);
    expect(await inspect(target.id)).to.include({
      state: 'exited',
      exit_code: 137,
      started_at: target.started_at,
    });
  });

  it('ends what is restarting over and over, and keeps it down', async () => {
    const target = await until(
      'looping-1',
      (now) => now.restart_count > 2 && now.state === 'restarting',
    );
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
      ...[
        'create',
        '--publish',
        `127.0.0.1:${port}:80`,
        '--label',
        `com.docker.compose.project=${stack.project}`,
      ],
      ...[
        '--label',
        'com.docker.compose.service=late',
        '--label',
        'com.docker.compose.container-number=1',
        stack.env.IMAGE ?? '',
        'sleep',
        '1000',
      ],
    ]);
    try {
      const error = await rejection(engine.perform('start', await inspect(id)));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
      expect((error as EngineError).message).to.match(
        /start of late-1 failed.*address already in use/,
      );
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
    const words = Object.entries(labels).flatMap(([name, value]) => [
      '--label',
      `com.docker.compose.${name}=${value}`,
    ]);
    const id = await stack.docker.docker([
      'run',
      '--detach',
      '--name',
      `${project}_redis_2`,
      ...words,
      stack.env.IMAGE ?? '',
      'sleep',
      '1000',
    ]);
    try {
      // Nothing but the label says where it came from: the file has another name, and so has the folder.
      writeFileSync(join(stack.folder, 'docker-compose.yml'), 'services: {}\n');
      const v1 = await stack.open({
        files: ['docker-compose.yml'],
        env: { ...stack.env, COMPOSE_PROJECT_NAME: '' },
      });
      expect(v1.project).to.equal(project);
      const rows = (await v1.list()).map(
        ({ made_at: _m, labels: _l, network_of: _n, restarts_with: _r, ...row }) => row,
      );
      expect(rows).to.deep.equal([
        {
          id,
          name: `${project}_redis_2`,
          project,
          service: 'redis',
          number: 2,
          state: 'running',
          health: 'none',
          untouchable: null,
        },
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
      const other = await stack.open({
        cwd: elsewhere,
        files,
        project: stack.project,
        env: { ...stack.env, COMPOSE_PROJECT_NAME: undefined },
      });
      const ran = await other.run(
        { shell: 'docker compose ps --quiet tikv0 && docker compose config --services' },
        { timeout_ms: 30_000 },
      );
      const [id, ...services] = ran.stdout.trim().split('\n');
      expect(id, ran.stderr).to.equal((await find(engine, 'tikv0-1')).id);
      expect(services).to.include.members(['tikv0', 'grafana']);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it('names the services of the model, also those without an instance', async () => {
    await stack.compose('rm', '--stop', '--force', 'two-streams');
    try {
      expect(await engine.services()).to.include.members(['two-streams', 'tikv0', 'done']);
      const withoutCompose = await stack.open({ env: { ...stack.env, PATH: '/nowhere' } });
      expect(await withoutCompose.services()).to.include('tikv0');
    } finally {
      await stack.compose('up', '--detach', 'two-streams');
    }
  });
});
