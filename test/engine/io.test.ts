/** The contract of the ability `io` on a real engine: how long the container itself takes to write, and what is left on its volume. */
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { LiveEffect } from '../../src/fault/effect.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { until } from '../commands/cli.ts';
import { testDocker } from '../docker/docker.ts';
import { type DockerStack, effectOf, find, helpersFor, makeDockerStack } from './docker-stack.ts';

const RATE = { rate: '1mb/s' };
/** What is written for a measurement, in blocks of 64 KB: 3 MB. */
const BLOCKS = 48;

describe('disks of the Compose engine that are slow', function () {
  this.timeout(600_000);
  let stack: DockerStack;
  let io: Ability;
  let web: Instance;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'io');
    const engine = await stack.open({ toolsImage: await docker.image('tools') });
    io = engine.abilities.io as Ability;
    web = await find(stack.engine, 'web-1');
    const why = await io.whyNot(web, effectOf('io', { path: '/shared', ...RATE }));
    // Some kernels, and the disks of some machines, have none.
    if (why && /no limits of disks|on no disk/.test(why.why)) return this.skip();
    expect(why).to.equal(null);
  });
  beforeEach(async () => {
    web = await find(stack.engine, 'web-1');
  });
  afterEach(async () => {
    expect(await helpersFor(stack, web)).to.deep.equal([]);
    expect(await inside('ls -A /shared')).to.equal('');
    expect(await limits()).to.deep.equal({ state: 'absent' });
  });
  after(() => stack?.cleanup());

  const docker = (...args: string[]) => stack.docker.docker(args);
  const inside = async (script: string) =>
    docker('exec', (await find(stack.engine, 'web-1')).id, 'sh', '-c', script);
  const live = async (
    fault: string,
    written: Record<string, unknown>,
    deadline: string | null = null,
    others: LiveEffect[] = [],
  ): Promise<LiveEffect> => {
    const effect = effectOf('io', { path: '/shared', ...written });
    const bound = (await io.bind?.(web, effect, others)) ?? effect;
    return { fault, target: web, effect: bound, deadline };
  };
  const readingOf = async (each: LiveEffect, meant: LiveEffect[]) => {
    const now = (await stack.engine.inspect(each.target.id)) as Instance;
    return (await io.read(now, [each], meant))[0];
  };
  const stateOf = async (each: LiveEffect, meant: LiveEffect[] = [each]) =>
    (await readingOf(each, meant))?.state;
  /** Whether a limit stands on the disk that no effect explains. */
  const limits = async () => readingOf(await live('none', RATE), []);
  /** Seconds that the container takes to have 3 MB on the disk. */
  const secondsToWrite = async () => {
    const now = 'cut -d" " -f1 /proc/uptime';
    const script = `${now}; dd if=/dev/zero of=/shared/new bs=64k count=${BLOCKS} conv=fsync 2>/dev/null; ${now}; rm /shared/new`;
    const [begun = 0, ended = 0] = (await inside(script)).split('\n').map(Number);
    return ended - begun;
  };

  it('rate: the container writes as fast as it may, of two limits by the lower one, and then as before', async () => {
    const before = await secondsToWrite();
    const slow = await live('f1', RATE);
    await io.set(web, [slow]);
    await io.set(web, [slow]); // Again, as after a death.
    expect(await stateOf(slow)).to.equal('in_force');
    expect(await secondsToWrite()).to.be.within(2.5, 4 + before);
    const slower = await live('f2', { rate: '512kb/s' }, null, [slow]);
    await io.set(web, [slow, slower]);
    expect(await stateOf(slower, [slow, slower])).to.equal('in_force');
    expect(await secondsToWrite()).to.be.within(5, 8 + before);
    await io.set(web, [slow], [slower]);
    expect(await stateOf(slower, [slow])).to.equal('absent');
    expect(await stateOf(slow)).to.equal('in_force');
    await io.set(web, [], [slow]);
    expect(await stateOf(slow, [])).to.equal('absent');
    expect(await secondsToWrite()).to.be.below(2.5 + before);
  });

  it('rate: ends with the life of the target, and is set again for the next one', async () => {
    const slow = await live('f1', RATE);
    await io.set(web, [slow]);
    const first = await io.restsOn?.(web, [slow]);
    await docker('restart', '--time', '0', web.id);
    expect(await stateOf(slow)).to.equal('absent');
    expect(await io.restsOn?.(web, [slow])).not.to.equal(first);
    await io.set(web, [slow]);
    expect(await stateOf(slow)).to.equal('in_force');
    await docker('kill', web.id);
    expect(await stateOf(slow)).to.equal('absent');
    await io.set(web, [], [slow]);
    await docker('start', web.id);
  });

  it('workers: write beside it, whatever becomes of the target, and leave nothing', async () => {
    const busy = await live('f1', { workers: '2' });
    await io.set(web, [busy]);
    await io.set(web, [busy]);
    expect(await stateOf(busy)).to.equal('in_force');
    expect(await inside('ls -A /shared')).to.match(/^\.gameday-io-\S+\.0\n\.gameday-io-\S+\.1$/);
    await docker('kill', web.id);
    expect(await stateOf(busy)).to.equal('in_force');
    await io.set(web, [], [busy]);
    await io.set(web, [], [busy]);
    expect(await stateOf(busy)).to.equal('absent');
    await docker('start', web.id);
  });

  it('workers: end by themselves at the limit of the fault', async () => {
    const busy = await live('f1', { workers: '1' }, new Date(Date.now() + 15_000).toISOString());
    await io.set(web, [busy]);
    expect(await stateOf(busy)).to.equal('in_force');
    await until('their end', async () => (await stateOf(busy)) === 'absent');
  });

  it('is refused, with the reason, where nothing can be slowed or others would suffer', async () => {
    const why = (written: Record<string, unknown>) => io.whyNot(web, effectOf('io', written));
    expect((await why({ path: '/none' }))?.why).to.equal('it has no folder /none');
    expect((await why({ path: '/scratch', ...RATE }))?.why).to.match(/on no disk of the machine/);
    expect((await why({ path: '/tmp', workers: '1' }))?.why).to.match(/in its own layer/);
    expect(await why({ path: '/shared', workers: '1' })).to.include({ guard: 'shared_disk' });
    expect(await why({ path: '/tmp', ...RATE })).to.equal(null);
  });
});
