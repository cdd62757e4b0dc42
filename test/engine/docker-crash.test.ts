import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import type { ComposeEngine } from '../../src/engine/compose/compose.ts';
import { type Instance, label } from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually, rejection } from './contract.ts';
import { closeAll, forward, listen } from './docker-proxy.ts';
import { type DockerStack, find, inChild, makeDockerStack } from './docker-stack.ts';

const run = promisify(execFile);

/** A crash by our own hand is in the contract. These are the crashes of those who may not signal the container's process. */
describe('a crash of a container whose process is not ours to signal', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let folder: string;
  /** Over TCP the engine might as well be on another machine: nobody looks for its processes here. */
  let far: ComposeEngine;

  before(async function () {
    const docker = await testDocker();
    if (!docker?.host.startsWith('unix://')) return this.skip();
    stack = await makeDockerStack(docker, 'contract');
    folder = mkdtempSync(join(tmpdir(), 'gameday-crash-'));
    const { port } = await listen(toEngine());
    far = await stack.open({ env: { ...stack.env, DOCKER_HOST: `tcp://127.0.0.1:${port}` } });
  });
  afterEach(async () => {
    if (!stack) return;
    for (const { id } of await stack.engine.list()) {
      const now = (await stack.engine.inspect(id)) as Instance;
      if (now.state === 'paused') await stack.engine.perform('unpause', now);
      if (now.state === 'exited') await stack.engine.perform('start', now);
    }
  });
  after(async () => {
    await stack?.cleanup();
    closeAll();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const toEngine = () =>
    createServer((client) => forward(client, stack.docker.host.slice('unix://'.length)));

  const inspect = async ({ id }: Instance) => (await stack.engine.inspect(id)) as Instance;
  /** Ids of what was made for a container of this stack; others use the engine as well. */
  const madeFor = async () => {
    const rows = await stack.engine.list();
    const only = ['--filter', 'label=gameday.made-for'];
    const format = ['--format', '{{.ID}} {{.Label "gameday.target"}}'];
    const made = await stack.docker.docker(['ps', '--all', ...only, ...format]);
    return made.split('\n').flatMap((line) => {
      const [id = '', target] = line.split(' ');
      return rows.some((row) => row.id === target) ? id : [];
    });
  };
  const noneLeft = () =>
    eventually(
      'nothing is left of what was made for it',
      async () => (await madeFor()).length === 0,
    );

  async function revived(target: Instance): Promise<Instance> {
    return eventually(`${label(target)} is brought back`, async () => {
      const now = await inspect(target);
      return now.state === 'running' && now.started_at !== target.started_at && now;
    });
  }

  it('is seen as a crash by the engine, which brings the target back', async () => {
    const [target, neighbour] = [await find(far, 'keeper-1'), await find(far, 'web-1')];
    await far.perform('crash', target);
    expect((await revived(target)).restart_count).to.be.above(target.restart_count);
    expect(await inspect(neighbour)).to.deep.equal(neighbour);
    await noneLeft();
  });

  it('takes a target without a restart policy down, once', async () => {
    const target = await find(far, 'web-2');
    await far.perform('crash', target);
    const now = await eventually('it is down', async () => {
      const seen = await inspect(target);
      return seen.state === 'exited' && seen;
    });
    expect(now).to.include({ exit_code: 137, started_at: target.started_at });
    await far.perform('crash', target);
    expect(await inspect(target)).to.deep.equal(now);
    await noneLeft();
  });

  it('works for an ordinary user who may talk to the engine', async function () {
    if (process.getuid?.() !== 0) return this.skip();
    const path = join(folder, 'engine.sock');
    await listen(toEngine(), path);
    chmodSync(folder, 0o755);
    chmodSync(path, 0o777);
    const target = await find(stack.engine, 'keeper-1');
    const script = `becomeNobody(); const engine = await open(); await engine.perform('crash', ${JSON.stringify(target)}); engine.close();`;
    await inChild(stack, script, { ...stack.env, DOCKER_HOST: `unix://${path}` });
    expect((await revived(target)).restart_count).to.be.above(target.restart_count);
    await noneLeft();
  });

  it('leaves no container behind when it was killed before that was started', async () => {
    const target = await find(stack.engine, 'web-1');
    const pidFile = join(folder, 'pid');
    const killsAtStart = createServer((client) =>
      forward(client, stack.docker.host.slice('unix://'.length), (text, engine) => {
        if (!/^POST \S+\/start /.test(text)) return;
        process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
        engine.destroy();
      }),
    );
    const { port } = await listen(killsAtStart);
    const script = `(await import('node:fs')).writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
      const engine = await open(); await engine.perform('crash', ${JSON.stringify(target)}); engine.close();`;
    const env = { ...stack.env, DOCKER_HOST: `tcp://127.0.0.1:${port}` };
    expect(await rejection(inChild(stack, script, env))).to.include({ signal: 'SIGKILL' });
    expect(await madeFor()).to.have.length(1);
    expect(await inspect(target)).to.deep.equal(target);
    const [left] = await madeFor();
    const other = ['--label', 'gameday.made-for=crash', '--label', 'gameday.target=another'];
    const foreign = await stack.docker.docker(['create', ...other, stack.env.IMAGE ?? '', 'true']);
    await stack.engine.removeStrays();
    expect(await madeFor(), `${left} is gone`).to.deep.equal([]);
    expect(await stack.docker.docker(['rm', foreign]), 'that of another stack is left').to.equal(
      foreign,
    );
    expect(await inspect(target)).to.deep.equal(target);
  });

  it('is refused where the image has no shell to do it with, and surely changed nothing', async () => {
    const image = `gameday-test/no-shell:${process.pid}`;
    // The one program that sleeps, and the libraries that it may need.
    const make = `mkdir -p /r/bin && cp /bin/busybox /r/bin/sleep && cp -a /lib /lib64 /r/ 2>/dev/null; tar -C /r -c .`;
    const words = [`docker run --rm ${stack.env.IMAGE} sh -c '${make}' | docker import - ${image}`];
    await run('sh', ['-c', ...words], { env: stack.env });
    const labels = { project: stack.project, service: 'bare', 'container-number': '1' };
    const options = Object.entries(labels).flatMap(([name, value]) => [
      '--label',
      `com.docker.compose.${name}=${value}`,
    ]);
    const id = await stack.docker.docker([
      'run',
      '--detach',
      ...options,
      image,
      '/bin/sleep',
      '1000',
    ]);
    try {
      const target = await find(far, 'bare-1');
      const error = await rejection(far.perform('crash', target));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
      expect((error as EngineError).message).to.match(
        /bare-1 cannot be crashed from here.*\/bin\/sh/,
      );
      expect((error as EngineError).next).to.match(/sudo.*fault inject kill bare/);
      expect(await inspect(target)).to.deep.equal(target);
      await noneLeft();
      // By our own hand it needs no shell.
      if (process.getuid?.() === 0 && process.platform === 'linux') {
        await stack.engine.perform('crash', target);
        expect(await inspect(target)).to.include({ state: 'exited', exit_code: 137 });
      }
    } finally {
      await stack.docker.docker(['rm', '--force', id]);
      await stack.docker.docker(['rmi', image]);
    }
  });

  it('is never shown as a part of the stack, though the image has the labels of Compose', async () => {
    const image = `gameday-test/built:${process.pid}`;
    const labels = Object.entries({
      project: stack.project,
      service: 'built',
      'container-number': '1',
    });
    // As `docker compose build` labels what it makes.
    const changes = labels.flatMap(([name, value]) => [
      '--change',
      `LABEL com.docker.compose.${name}=${value}`,
    ]);
    await stack.docker.docker(['commit', ...changes, (await find(far, 'web-1')).id, image]);
    const id = await stack.docker.docker(['run', '--detach', image]);
    try {
      const seen = new Set<string>();
      let isOver = false;
      const watching = (async () => {
        while (!isOver) for (const row of await stack.engine.list()) seen.add(row.id);
      })();
      const target = await find(far, 'built-1');
      expect(target.id).to.equal(id);
      await far.perform('crash', target).finally(() => {
        isOver = true;
      });
      await watching;
      expect(seen.size).to.equal(4);
      expect((await inspect(target)).state).to.equal('exited');
      await noneLeft();
    } finally {
      await stack.docker.docker(['rm', '--force', id]);
      await stack.docker.docker(['rmi', image]);
    }
  });

  for (const way of ['here', 'far'] as const)
    it(`is refused for a target that is not as it was recorded (${way})`, async () => {
      const engine = way === 'here' ? stack.engine : far;
      const target = await find(engine, 'web-1');
      const refusedAs = async (recorded: Instance, reason: string) => {
        const error = await rejection(engine.perform('crash', recorded));
        expect(error).to.be.instanceOf(EngineError).and.to.include({ definite: true, reason });
      };
      const record = { ...target.record, pid: process.pid };
      await refusedAs({ ...target, record }, 'foreign_pid');
      await refusedAs({ ...target, incarnation: '2026-01-01T00:00:00Z' }, 'restarted');
      expect(await inspect(target)).to.deep.equal(target);
      await engine.perform('pause', target);
      await refusedAs(target, 'paused');
      const now = await inspect(target);
      expect(now).to.include({ state: 'paused' });
      expect(now?.record.pid).to.equal(target.record.pid);
    });
});
