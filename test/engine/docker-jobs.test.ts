/** Kind: ended as it should is not ill. Looks at a real stack with jobs that have ended, and with what should not have. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type LookWorld, lookAt } from '../../src/runner/query-probe.ts';
import type { Look, ProbeOf } from '../../src/story/probe-spec.ts';
import { expectExit } from '../commands/cli.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually } from './contract.ts';
import { type DockerStack, find, makeDockerStack } from './docker-stack.ts';

const ALL: ProbeOf<'container'> = {
  name: 'all',
  timeout_ms: 5000,
  retry_for_ms: 0,
  interval_ms: 1000,
  look: 'container',
  service: null,
  state: null,
  health: null,
  max_restarts: null,
  oom_killed: null,
};

describe('a plain look at a stack with jobs', function () {
  this.timeout(120_000);
  let stack: DockerStack;

  beforeEach(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'jobs');
    await eventually(
      'the jobs have ended',
      async () =>
        (await stack.engine.list()).filter(({ state }) => state === 'exited').length === 2,
    );
  });
  afterEach(() => stack?.cleanup());

  const look = (
    probe: Partial<ProbeOf<'container'>> = {},
    faulted: string[] = [],
  ): Promise<Look> => {
    const world: LookWorld = {
      engine: () => stack.engine,
      network: () => Promise.reject(new Error('nobody asked for the network')),
    };
    const since = { logs: null, restarts: {}, crashed: [], faulted };
    return lookAt(world, { ...ALL, ...probe }, since, new AbortController().signal);
  };

  it('is met where jobs have ended with 0, and says which', async () => {
    expect(await look()).to.include({
      met: true,
      text: '2 of 2 instances are running and well; ended with exit code 0: migrate-1, seed-1',
    });
  });

  it('is not met by one of several that has ended with 0, nor by what a fault has hold of', async () => {
    const { id } = await find(stack.engine, 'web-1');
    await stack.docker.docker(['stop', id]);
    expect(await look()).to.include({ met: false });
    await stack.docker.docker(['stop', (await find(stack.engine, 'web-2')).id]);
    expect(await look({}, [id])).to.include({ met: false });
  });

  it('is not met by a job that has failed, nor by nothing but jobs', async () => {
    await stack.docker.docker(['kill', (await find(stack.engine, 'web-1')).id]);
    expect(await look()).to.include({ met: false });
    await stack.docker.docker(['rm', '-f', (await find(stack.engine, 'web-1')).id]);
    await stack.docker.docker(['rm', '-f', (await find(stack.engine, 'web-2')).id]);
    expect(await look()).to.include({ met: false });
  });

  it('takes a state that is asked for at its word', async () => {
    expect(await look({ state: 'running' })).to.include({ met: false });
    expect(await look({ service: 'migrate', state: 'exited' })).to.include({ met: true });
  });

  it('lets the default story pass its second chapter', async () => {
    const at = { cwd: stack.folder, env: stack.env };
    await expectExit(0, ['chapter', 'next'], at);
    await expectExit(0, ['chapter', 'next'], at);
    await expectExit(0, ['chapter', 'reset'], at);
  });
});
