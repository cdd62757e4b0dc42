/** `cpu`, `memory` and `restart` on real containers: what the kernel has by then, several at once, and that nothing is left of it. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { bringUp, type Stack } from './compose-stack.ts';
import { expectOutOfMemory, HUNGRY } from './out-of-memory.ts';

const NOW = ['--countdown', '0'];
const MB = 1024 ** 2;
/** The files of both versions of cgroups; those that are not there say nothing. */
const FILES = [
  'cpu/cpu.cfs_quota_us',
  'cpu/cpu.cfs_period_us',
  'memory/memory.limit_in_bytes',
  'cpu.max',
  'memory.max',
].map((name) => `/sys/fs/cgroup/${name}`);

describe('limits, and a restart, of containers', function () {
  this.timeout(180_000);
  let stack: Stack;
  const inject = (...args: string[]) => ['fault', 'inject', ...args, ...NOW];

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await bringUp(docker, 'limits', (image) => {
      const sleep = { image, command: ['sleep', '600'], init: true };
      return {
        plain: sleep,
        nano: { ...sleep, cpus: 1, mem_limit: '256m' },
        quota: { ...sleep, cpu_quota: 80_000, cpu_period: 100_000 },
        hungry: { image, command: ['sh', '-c', `sleep 600 & ${HUNGRY}`] },
      };
    });
  });
  after(() => stack?.cleanup());

  const idOf = async (name: string) => (await stack.look())[name]?.id as string;

  /** As the kernel has it, and as the engine says; none is 0 or below for the engine. */
  async function limits(name: string): Promise<{ kernel: string; engine: object }> {
    const id = await idOf(name);
    const kernel = await stack.docker.docker([
      'exec',
      id,
      'sh',
      '-c',
      `cat ${FILES.join(' ')} 2>/dev/null; true`,
    ]);
    const [{ HostConfig: host }] = JSON.parse(await stack.docker.docker(['inspect', id]));
    // The engine cannot take off a limit of memory: it then shows the kernel's figure for none.
    const none = (value: number) => (value > 2 ** 60 ? 0 : Math.max(0, value));
    return {
      kernel: kernel.trim(),
      engine: {
        nano: host.NanoCpus,
        quota: none(host.CpuQuota),
        memory: none(host.Memory),
        policy: host.RestartPolicy.Name,
      },
    };
  }
  /** Of a processor, and in bytes, as the kernel has it. */
  async function kernel(name: string): Promise<{ cpus: number; memory: number }> {
    const words = (await limits(name)).kernel.split(/\s+/);
    const number = (word = '') => (word === 'max' || Number(word) < 0 ? Infinity : Number(word));
    const [quota, period, memory] = words.map(number) as [number, number, number];
    return { cpus: quota / period, memory: memory > 2 ** 50 ? Infinity : memory };
  }

  for (const name of ['plain', 'nano', 'quota'])
    it(`of ${name}: the strictest holds, undoing one leaves the others, and at last all is as before`, async () => {
      const target = `${name}-1`;
      const whole = await limits(target);
      const was = await kernel(target);
      const first = (await stack.run(0, ...inject('cpu', target, '--cores', '0.5'), '--json')).json;
      expect((await kernel(target)).cpus).to.equal(0.5);
      expect((await kernel(target)).memory).to.equal(was.memory);
      await stack.run(0, ...inject('memory', target, '--size', '64mb'));
      const third = (await stack.run(0, ...inject('cpu', target, '--cores', '0.2'), '--json')).json;
      expect(await kernel(target)).to.deep.equal({ cpus: 0.2, memory: 64 * MB });
      const { faults } = (await stack.run(0, 'fault', 'list', '--json')).json;
      expect(faults.map(({ drift }: any) => drift[0].finding)).to.deep.equal([
        'in_force',
        'in_force',
        'in_force',
      ]);
      await stack.run(0, 'fault', 'recover', first.fault.id);
      expect(await kernel(target)).to.deep.equal({ cpus: 0.2, memory: 64 * MB });
      await stack.run(0, ...inject('cpu', target, '--cores', '0.4'));
      await stack.run(0, 'fault', 'recover', third.fault.id);
      expect(await kernel(target)).to.deep.equal({ cpus: 0.4, memory: 64 * MB });
      await stack.run(0, 'fault', 'recover', '--kind', 'memory');
      expect(await kernel(target)).to.deep.equal({ cpus: 0.4, memory: was.memory });
      await stack.run(0, 'fault', 'recover');
      expect(await limits(target)).to.deep.equal(whole);
    });

  it('stays when its target restarts, and is seen to be gone with one that was recreated', async () => {
    const whole = await limits('plain-1');
    await stack.run(0, ...inject('cpu', 'plain', '--cores', '0.3'));
    await stack.docker.docker(['restart', '--time', '1', await idOf('plain-1')]);
    expect((await kernel('plain-1')).cpus).to.equal(0.3);
    const { faults } = (await stack.run(0, 'fault', 'list', '--json')).json;
    expect(faults[0].drift[0].finding).to.equal('in_force');
    await stack.run(0, 'fault', 'recover');
    expect(await limits('plain-1')).to.deep.equal(whole);
    await stack.run(0, ...inject('cpu', 'plain', '--cores', '0.3'));
    await stack.compose('up', '--detach', '--force-recreate', '--timeout', '1', 'plain');
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(/was recreated by somebody/);
    expect(await limits('plain-1')).to.deep.equal(whole);
  });

  it('is refused where it would change nothing, or less is allowed than is in use', async () => {
    for (const [args, why] of [
      [['cpu', 'quota', '--cores', '0.9'], /it may use only 0.8 processors already/],
      [['memory', 'nano', '--size', '300mb'], /it may use only 256mb already/],
    ] as [string[], RegExp][]) {
      const { error } = (await stack.run(4, ...inject(...args), '--json')).json;
      expect(error.code).to.equal('unsupported_target');
      expect(error.message).to.match(why);
    }
    for (const args of [
      ['cpu', 'plain'],
      ['cpu', 'plain', '--cores', '0'],
      ['memory', 'plain', '--size', '1mb'],
      ['memory', 'plain', '--size', 'much'],
    ])
      await stack.run(2, ...inject(...args));
  });

  it('that ends its target is seen, and named with the reason', async () => {
    await stack.run(0, ...inject('memory', 'hungry', '--size', '16mb'));
    await expectOutOfMemory(stack);
  });

  it('a restart is over when the target is well again, and says how long that took', async () => {
    const before = (await stack.look())['plain-1'];
    const { json } = await stack.run(0, ...inject('restart', 'plain', '--grace', '1s'), '--json');
    expect(json.fault).to.include({ kind: 'restart', phase: 'recovered', outcome: 'verified' });
    const now = (await stack.look())['plain-1'];
    expect(now).to.include({ id: before?.id, state: 'running' });
    expect(now?.startedAt).not.to.equal(before?.startedAt);
    const said = await stack.run(0, ...inject('restart', 'plain', '--grace', '1s'));
    expect(said.stdout).to.match(
      /^f\d+: stopped plain-1 .*Well again after \d.*plain-1 started, running/,
    );
    expect((await stack.run(0, 'fault', 'list')).stdout).to.match(/No fault is live/);
  });
});
