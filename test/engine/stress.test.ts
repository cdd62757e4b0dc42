/**
 * The contract of the ability `stress` on a real engine: what the kernel has counted in the target's own control groups is read in
 * the target itself, and what runs beside it is asked of the engine.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { LiveEffect } from '../../src/fault/effect.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually, rejection } from './contract.ts';
import {
  type DockerStack,
  effectOf,
  find,
  helpersFor,
  makeDockerStack,
  NEW_LIVES,
} from './docker-stack.ts';

const MB = 1024 ** 2;
/** What sleeps uses less of a processor, and a load more, on a machine however busy. */
const BUSY = 0.02;
/** Of both versions of control groups, as the target sees its own: microseconds of processor time, and bytes. */
const CPU = `cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null | sed 's/...$//' | grep . || sed -n 's/^usage_usec //p' /sys/fs/cgroup/cpu.stat`;
const MEMORY =
  'cat /sys/fs/cgroup/memory/memory.usage_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.current';
/** What runs in its control group beside what it sees itself, and what it sees. */
const PROCESSES =
  'cat /sys/fs/cgroup/cpu/cgroup.procs 2>/dev/null || cat /sys/fs/cgroup/cgroup.procs';

describe('loads on containers of the Compose engine', function () {
  this.timeout(180_000);
  let stack: DockerStack;
  let stress: Ability;
  let resources: Ability;
  let web: Instance;
  let free: Instance;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'stress');
    const engine = await stack.open({ toolsImage: await docker.image('tools') });
    stress = engine.abilities.stress as Ability;
    resources = engine.abilities.resources as Ability;
  });
  beforeEach(async () => {
    web = await find(stack.engine, 'web-1');
    free = await find(stack.engine, 'free-1');
  });
  afterEach(async () => {
    if (!stack) return;
    const left = [...(await helpers(web)), ...(await helpers(free))];
    if (left.length > 0) await docker('rm', '--force', ...left);
    expect(left).to.deep.equal([]);
  });
  after(() => stack?.cleanup());

  const docker = (...args: string[]) => stack.docker.docker(args);
  const helpers = (target: Instance) => helpersFor(stack, target);
  const inside = ({ id }: Instance, script: string) => docker('exec', id, 'sh', '-c', script);
  const figure = async (target: Instance, script: string) => Number(await inside(target, script));
  /** Processors in use, over a while. */
  const cpus = async (target: Instance, overMs = 2500) => {
    const [before, begun] = [await figure(target, CPU), performance.now()];
    await delay(overMs);
    const used = (await figure(target, CPU)) - before;
    return used / 1000 / (performance.now() - begun);
  };
  const live = async (
    fault: string,
    target: Instance,
    [kind, written]: [string, Record<string, unknown>],
  ): Promise<LiveEffect> => {
    const how = kind === 'cpu' ? 'stress' : 'fill';
    const effect = effectOf(kind, { how, ...written });
    expect(await stress.whyNot(target, effect)).to.equal(null);
    const bound = (await stress.bind?.(target, effect, [])) ?? effect;
    return { fault, target, effect: bound, deadline: null };
  };
  const now = async (target: Instance) => (await stack.engine.inspect(target.id)) as Instance;
  const states = async (target: Instance, effects: LiveEffect[]) =>
    (await stress.read(await now(target), effects)).map(({ state }) => state);
  const whyNot = async (target: Instance, kind: string, written: Record<string, unknown>) =>
    (await stress.whyNot(target, effectOf(kind, written)))?.why ?? '';
  const within = (ms: number) => new Date(Date.now() + ms).toISOString();

  it('keeps processors busy in the target’s own control group, and nothing of it is left', async () => {
    const idle = await cpus(free, 1000);
    expect(idle).to.be.below(BUSY);
    const half = await live('f1', free, ['cpu', { cores: 0.5 }]);
    await stress.set(free, [half]);
    expect(await states(free, [half])).to.deep.equal(['in_force']);
    expect(await cpus(free, 4000)).to.be.within(BUSY, 0.6);
    expect(await stress.measure?.(free, half.effect)).to.match(/^free-1 uses 0\.\d+ processors$/);
    const [helper] = await helpers(free);
    await stress.set(free, [half]); // Again, as after a death.
    expect(await helpers(free)).to.deep.equal([helper]);
    await stress.set(free, [], [half]);
    expect(await states(free, [half])).to.deep.equal(['absent']);
    expect(await cpus(free, 1000)).to.be.below(BUSY);
    expect(
      (await inside(free, 'ls /proc')).split('\n').filter((name) => /^\d+$/.test(name)),
    ).to.have.length.below(5);
  });

  it('is limited together with the target, and the limit comes and goes under it', async () => {
    const full = await live('f1', web, ['cpu', { share: '100%' }]);
    expect(full.effect.cpus).to.equal(0.4);
    await stress.set(web, [full]);
    expect(await cpus(web)).to.be.within(BUSY, 0.45);
    const quota = effectOf('cpu', { share: '50%' });
    const bound = (await resources.bind?.(web, quota, [])) ?? quota;
    expect(bound.cpus).to.equal(0.2);
    const limit: LiveEffect = { fault: 'f2', target: web, effect: bound, deadline: null };
    await resources.set(web, [limit]);
    expect(await cpus(web)).to.be.within(BUSY, 0.23);
    await stress.set(web, [], [full]);
    await resources.set(web, [], [limit]);
  });

  it('several add up, and undoing one leaves the others', async () => {
    const all = [
      await live('f1', free, ['cpu', { cores: 0.2 }]),
      await live('f2', free, ['cpu', { cores: 0.3 }]),
      await live('f3', free, ['memory', { size: '32mb' }]),
    ] as [LiveEffect, LiveEffect, LiveEffect];
    const was = await figure(free, MEMORY);
    await stress.set(free, all);
    expect(await states(free, all)).to.deep.equal(['in_force', 'in_force', 'in_force']);
    expect((await figure(free, MEMORY)) - was).to.be.within(31 * MB, 36 * MB);
    await stress.set(free, [all[1], all[2]], [all[0]]);
    expect(await states(free, all)).to.deep.equal(['absent', 'in_force', 'in_force']);
    expect((await figure(free, MEMORY)) - was).to.be.within(31 * MB, 36 * MB);
    await stress.set(free, [all[1]], [all[2]]);
    expect(await states(free, all)).to.deep.equal(['absent', 'in_force', 'absent']);
    expect((await figure(free, MEMORY)) - was).to.be.below(4 * MB);
    await stress.set(free, [], [all[1]]);
  });

  it('takes memory of the target’s own limit, and no more than was asked for', async () => {
    const was = await figure(web, MEMORY);
    const half = await live('f1', web, ['memory', { share: '50%' }]);
    expect(half.effect.memory).to.equal(64 * MB);
    await stress.set(web, [half]);
    expect((await figure(web, MEMORY)) - was).to.be.within(63 * MB, 68 * MB);
    expect(await stress.measure?.(web, half.effect)).to.match(
      /^web-1 has 6\d(\.\d)?mb of 128mb in use$/,
    );
    await stress.set(web, [], [half]);
    expect((await figure(web, MEMORY)) - was).to.be.below(4 * MB);
  });

  it('what the kernel ends in the target for want of memory is seen, and said', async () => {
    const most = await live('f1', web, ['memory', { size: '96mb' }]);
    await stress.set(web, [most]);
    const [before] = await stress.read(await now(web), [most]);
    expect(before).to.deep.equal({ state: 'in_force' });
    const eats = 'dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo $?';
    expect(await inside(web, eats)).to.match(/^137/);
    const [after] = await stress.read(await now(web), [most]);
    expect(after).to.deep.equal({
      state: 'in_force',
      note: 'web-1: the kernel has ended a process in it for want of memory',
    });
    await stress.set(web, [], [most]);
  });

  for (const [way, change] of NEW_LIVES)
    it(`ends with the life of a target that is ${way}`, async () => {
      const [kind, written] =
        way === 'restarted' ? ['cpu', { cores: 0.2 }] : ['memory', { size: '16mb' }];
      const load = await live('f1', free, [kind as string, written as Record<string, unknown>]);
      await stress.set(free, [load]);
      await change(stack, free);
      await eventually('the helper is gone', async () => (await helpers(free)).length === 0);
      if (await stack.engine.inspect(free.id)) {
        expect(await states(free, [load])).to.deep.equal(['absent']);
        await stress.set(free, [load]); // Of a life before this one: not put on it.
        expect(await helpers(free)).to.deep.equal([]);
      }
      await stress.set(free, [], [load]);
    });

  it('ends by itself at its limit, nobody of ours being there', async () => {
    const load = { ...(await live('f1', free, ['cpu', { cores: 0.2 }])), deadline: within(8000) };
    await stress.set(free, [load]);
    expect(await states(free, [load])).to.deep.equal(['in_force']);
    const said = '# gameday: a load on this container, which ends by itself';
    expect(await inside(free, 'cat /proc/[0-9]*/cmdline')).to.include(said);
    await eventually('it has ended', async () => (await helpers(free)).length === 0);
    expect(Date.now()).to.be.at.least(Date.parse(load.deadline) - 1500);
    expect(await cpus(free, 1000)).to.be.below(BUSY);
  });

  it('is undone on a target that is paused', async () => {
    const busy = await live('f1', web, ['cpu', { cores: 0.2 }]);
    await stress.set(web, [busy]);
    await docker('pause', web.id);
    try {
      await stress.set(web, [], [busy]);
      expect(await helpers(web)).to.deep.equal([]);
    } finally {
      await docker('unpause', web.id);
    }
    expect(await cpus(web, 1000)).to.be.below(BUSY);
  });

  it('of a helper that somebody kills nothing goes on', async () => {
    const busy = await live('f1', free, ['cpu', { cores: 1 }]);
    await stress.set(free, [busy]);
    const count = async () => (await inside(free, PROCESSES)).split('\n').length;
    const withLoad = await count();
    await docker('kill', ...(await helpers(free)));
    await eventually('its workers are gone', async () => (await count()) < withLoad);
    expect(await states(free, [busy])).to.deep.equal(['absent']);
    expect(await cpus(free, 1000)).to.be.below(BUSY);
  });

  it('is refused, with the reason, before anything is done', async () => {
    const shared = await find(stack.engine, 'shared-1');
    expect(await whyNot(shared, 'cpu', { cores: 1, how: 'stress' })).to.match(
      /shares its processes with others/,
    );
    expect(await whyNot(web, 'cpu', { cores: 0.5, how: 'stress' })).to.equal(
      'it may use only 0.4 processors',
    );
    expect(await whyNot(web, 'memory', { size: '200mb', how: 'fill' })).to.match(
      /it uses .*mb of the 128mb that it may, and 200mb more would have the kernel end it at once/,
    );
    expect(await whyNot(free, 'memory', { share: '99%', how: 'fill' })).to.match(
      /would leave less than the .*mb that are kept for the others|would have the kernel end it/,
    );
    const engine = await stack.open({ toolsImage: 'gameday-test/none:1' });
    const other = await engine.abilities.stress?.whyNot(
      web,
      effectOf('cpu', { cores: 0.2, how: 'stress' }),
    );
    expect(other?.why).to.match(/the image gameday-test\/none:1.* is not on the engine/);
    const nameless = {
      ...(await live('f1', web, ['cpu', { cores: 0.2 }])),
      effect: { on: 'stress', cpus: 0.2 },
    };
    const error = await rejection(stress.set(web, [nameless]));
    expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
  });
});
