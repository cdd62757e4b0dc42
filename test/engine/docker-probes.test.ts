/** Looks at real containers: memory that ran out, restarts by the policy, and what logs show since a mark. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Since } from '../../src/run/marks.ts';
import { type LookWorld, lookAt, repeatedly } from '../../src/runner/query-probe.ts';
import type { ProbeOf } from '../../src/story/probe-spec.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually } from './contract.ts';
import { type DockerStack, find, makeDockerStack } from './docker-stack.ts';

const common = { name: 'probe', timeout_ms: 5000, retry_for_ms: 0, interval_ms: 1000 };
const signal = new AbortController().signal;

describe('looks at real containers', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let world: LookWorld;

  // Each on a stack of its own, so that a test that is tried again begins where it began the first time.
  beforeEach(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'probes');
    world = {
      engine: () => stack.engine,
      network: () => Promise.reject(new Error('nobody asked for the network')),
    };
    await eventually(
      'both run',
      async () => (await stack.engine.list()).filter((row) => row.state === 'running').length === 2,
    );
    const { id } = await find(stack.engine, 'flaky-1');
    await eventually('it has said so', async () =>
      (await stack.engine.logs(id, 5)).includes('ready'),
    );
  });
  afterEach(() => stack?.cleanup());

  const inside = async (service: string, ...argv: string[]) => {
    const { id } = await find(stack.engine, `${service}-1`);
    await stack.docker.docker(['exec', id, ...argv]);
  };
  /** The container may be gone before the engine has heard how the signal's sender ended; what comes of it is looked at by the tests. */
  const tellToPanic = () => inside('flaky', 'kill', '-USR1', '1').catch(() => {});
  const since = async (): Promise<Since> => {
    const instances = await Promise.all(
      (await stack.engine.list()).map(({ id }) => stack.engine.inspect(id)),
    );
    const restarts = Object.fromEntries(
      instances.map((now) => [now?.id ?? '', now?.restart_count ?? 0]),
    );
    return { logs: await stack.engine.logMark(), restarts, crashed: [], faulted: [] };
  };
  const container = (
    service: string,
    more: Partial<ProbeOf<'container'>>,
  ): ProbeOf<'container'> => ({
    ...common,
    look: 'container',
    service,
    state: null,
    health: null,
    max_restarts: null,
    oom_killed: null,
    ...more,
  });
  const log = (more: Partial<ProbeOf<'log'>>): ProbeOf<'log'> => ({
    ...common,
    look: 'log',
    service: 'flaky',
    must_show: null,
    must_not_show: null,
    since: 'chapter',
    ...more,
  });

  it('say of one that the system ended for want of memory what the engine says of it', async () => {
    const begin = await since();
    const kept = container('eater', { state: 'exited', oom_killed: false });
    const running = await lookAt(world, container('eater', { oom_killed: false }), begin, signal);
    expect(running).to.include({ met: true, text: '1 of 1 instance is as expected' });
    await inside('eater', 'touch', '/tmp/eat');
    const { id, exit_code } = await eventually('it was ended', async () => {
      const now = await find(stack.engine, 'eater-1');
      return now.state === 'exited' && now;
    });
    expect(exit_code).to.equal(137);
    // Some kernels with the old control groups tell the engine nothing of it: the look is as good as the engine's word.
    const told = await stack.docker.docker(['inspect', '--format', '{{.State.OOMKilled}}', id]);
    const isTold = told.trim() === 'true';
    expect(await lookAt(world, kept, begin, signal)).to.include({
      met: !isTold,
      text: isTold
        ? '0 of 1 instance is as expected: eater-1 was ended for want of memory'
        : '1 of 1 instance is as expected',
    });
    expect((await lookAt(world, { ...kept, oom_killed: true }, begin, signal)).met).to.equal(
      isTold,
    );
  });

  it('count restarts by the policy since a beginning, and not for ever', async () => {
    const begin = await since();
    const steady = container('flaky', { max_restarts: 0 });
    expect((await lookAt(world, steady, begin, signal)).met).to.equal(true);
    await tellToPanic();
    await eventually(
      'it was restarted',
      async () => (await find(stack.engine, 'flaky-1')).restart_count === 1,
    );
    await eventually(
      'it runs',
      async () => (await find(stack.engine, 'flaky-1')).state === 'running',
    );
    expect(await lookAt(world, steady, begin, signal)).to.include({
      met: false,
      text: '0 of 1 instance is as expected: flaky-1 was restarted 1 time',
    });
    expect(
      (await lookAt(world, container('flaky', { max_restarts: 1 }), begin, signal)).met,
    ).to.equal(true);
    const { id } = await find(stack.engine, 'flaky-1');
    expect(
      (await lookAt(world, steady, { ...begin, crashed: [id] }, signal)).met,
      'the one that the fault itself brought',
    ).to.equal(true);
    expect(
      (await lookAt(world, steady, await since(), signal)).met,
      'since a later beginning',
    ).to.equal(true);
  });

  it('see what a log shows since a mark, or from one look to the next', async () => {
    const begin = await since();
    const quiet = log({ must_not_show: '^panic' });
    expect(await lookAt(world, quiet, begin, signal)).to.deep.include({
      met: true,
      text: 'no line fits /^panic/',
    });
    expect((await lookAt(world, log({ must_show: 'ready' }), begin, signal)).met).to.equal(false);
    expect(
      (await lookAt(world, log({ must_show: 'ready' }), { ...begin, logs: null }, signal)).met,
      'in all that it said',
    ).to.equal(true);
    const again = repeatedly(world, quiet, () => begin);
    expect((await again(signal)).met).to.equal(true);
    await tellToPanic();
    await eventually(
      'it was restarted',
      async () => (await find(stack.engine, 'flaky-1')).restart_count === 1,
    );
    const shown = await eventually('it said so', async () => {
      const look = await lookAt(world, quiet, begin, signal);
      return !look.met && look;
    });
    expect(shown).to.deep.include({
      text: '1 line of flaky-1 fits /^panic/',
      lines: ['flaky-1 | panic: told to'],
    });
    expect((await again(signal)).met, 'new since the look before').to.equal(false);
    expect((await again(signal)).met, 'no longer new').to.equal(true);
    expect(
      (await lookAt(world, log({ service: 'nobody', must_not_show: 'x' }), begin, signal)).met,
    ).to.equal(false);
  });
});
