/** The contract of the ability `disk` on a real engine: what is free is asked in the container itself, before and after. */
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { LiveEffect } from '../../src/fault/effect.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { testDocker } from '../docker/docker.ts';
import { type DockerStack, effectOf, find, helpersFor, makeDockerStack } from './docker-stack.ts';

const MB = 1024;

describe('disks of the Compose engine', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let disk: Ability;
  let web: Instance;
  let before_: string;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'disk');
    const engine = await stack.open({ toolsImage: await docker.image('tools') });
    disk = engine.abilities.disk as Ability;
    web = await find(stack.engine, 'web-1');
    before_ = await everything();
  });
  beforeEach(async () => {
    web = await find(stack.engine, 'web-1');
  });
  afterEach(async () => {
    expect(await helpersFor(stack, web)).to.deep.equal([]);
    expect(await everything()).to.equal(before_);
  });
  after(() => stack?.cleanup());

  const docker = (...args: string[]) => stack.docker.docker(args);
  const inside = async (...command: string[]) =>
    docker('exec', (await find(stack.engine, 'web-1')).id, ...command);
  /** In KB. */
  const free = async (path: string) => {
    const line = (await inside('df', '-Pk', path)).split('\n')[1] ?? '';
    return Number(line.split(/\s+/)[3]);
  };
  const everything = async () =>
    [
      await inside('find', '/scratch', '/data', '/shared', '/folder'),
      await free('/scratch'),
      await free('/data'),
    ].join('\n');
  const live = async (fault: string, path: string, leave: string): Promise<LiveEffect> => {
    const effect = effectOf('disk', { path, leave });
    return {
      fault,
      target: web,
      effect: (await disk.bind?.(web, effect, [])) ?? effect,
      deadline: null,
    };
  };
  const whyNot = (path: string, leave = '5%') =>
    disk.whyNot(web, effectOf('disk', { path, leave }));
  const statesOf = async (effects: LiveEffect[]) =>
    (await disk.read((await stack.engine.inspect(web.id)) as Instance, effects)).map(
      ({ state }) => state,
    );
  const writes = (path: string, kb: number) =>
    inside('dd', 'if=/dev/zero', `of=${path}/new`, 'bs=1024', `count=${kb}`).then(
      () => inside('rm', `${path}/new`).then(() => true),
      () => inside('rm', '-f', `${path}/new`).then(() => false),
    );

  it('fills a tmpfs to what is left, and not beyond', async () => {
    expect(await whyNot('/scratch')).to.equal(null);
    const full = await live('f1', '/scratch', '5%');
    await disk.set(web, [full]);
    expect(await free('/scratch')).to.be.within(0.04 * 16 * MB, 0.05 * 16 * MB + 4);
    expect(await statesOf([full])).to.deep.equal(['in_force']);
    expect(await writes('/scratch', 700)).to.equal(true);
    expect(await writes('/scratch', 1000)).to.equal(false);
    await disk.set(web, [full]); // Again, as after a death.
    expect(await free('/scratch')).to.be.within(0.04 * 16 * MB, 0.05 * 16 * MB + 4);
    await disk.set(web, [], [full]);
    expect(await statesOf([full])).to.deep.equal(['absent']);
  });

  it('of several, the one that leaves least holds; undone in any order', async () => {
    const [some, most] = [await live('f1', '/data', '40%'), await live('f2', '/data', '10%')];
    await disk.set(web, [some]);
    expect(await free('/data')).to.be.within(0.39 * 32 * MB, 0.4 * 32 * MB + 4);
    await disk.set(web, [some, most]);
    expect(await free('/data')).to.be.within(0.09 * 32 * MB, 0.1 * 32 * MB + 4);
    await disk.set(web, [most], [some]);
    expect(await statesOf([some, most])).to.deep.equal(['absent', 'in_force']);
    expect(await free('/data')).to.be.within(0.09 * 32 * MB, 0.1 * 32 * MB + 4);
    await disk.set(web, [some], [most]);
    expect(await free('/data')).to.be.within(0.39 * 32 * MB, 0.4 * 32 * MB + 4);
    await disk.set(web, [], [some]);
  });

  it('comes off a volume that is full to the last byte', async () => {
    const full = await live('f1', '/data', '5%');
    await disk.set(web, [full]);
    await inside('sh', '-c', 'dd if=/dev/zero of=/data/rest bs=4096 2>/dev/null; true');
    expect(await free('/data')).to.equal(0);
    await disk.set(web, [], [full]);
    await inside('rm', '/data/rest');
  });

  it('stays on a volume when its target restarts or is down, and comes off one that was made anew', async () => {
    const full = await live('f1', '/data', '5%');
    await disk.set(web, [full]);
    await docker('restart', '--time', '1', web.id);
    expect(await statesOf([full])).to.deep.equal(['in_force']);
    await docker('kill', web.id);
    expect(await statesOf([full])).to.deep.equal(['in_force']);
    await stack.compose('up', '--detach', '--force-recreate', '--timeout', '0', 'web');
    expect(await stack.engine.inspect(web.id)).to.equal(null);
    expect(await free('/data')).to.be.below(0.06 * 32 * MB);
    await disk.set(web, [], [full]);
    expect(await free('/data')).to.equal(32 * MB);
    expect(await docker('volume', 'ls', '--quiet', '--filter', `name=${stack.project}`)).to.match(
      /^\S+_own\n\S+_shared$/,
    );
  });

  it('is gone with the memory of a target that restarts', async () => {
    const full = await live('f1', '/scratch', '5%');
    await disk.set(web, [full]);
    await docker('restart', '--time', '1', web.id);
    expect(await statesOf([full])).to.deep.equal(['absent']);
    await disk.set(web, [full]); // Of a life before this one: not put on it.
    await disk.set(web, [], [full]);
  });

  it('is refused, with the reason, where others would suffer or nothing can be filled', async () => {
    for (const path of ['/shared', '/folder'])
      expect(await whyNot(path), path).to.have.property('guard', 'shared_disk');
    expect((await whyNot('/tmp'))?.why).to.match(
      /on the disk that all containers of the engine share/,
    );
    expect((await whyNot('/read'))?.why).to.match(/read-only/);
    expect((await whyNot('/none'))?.why).to.match(/no folder \/none/);
    await inside('dd', 'if=/dev/zero', 'of=/scratch/half', 'bs=1M', 'count=8');
    expect((await whyNot('/scratch', '60%'))?.why).to.match(
      /only 50 % of \/scratch is free already/,
    );
    await inside('rm', '/scratch/half');
  });

  it('on a shared disk, where the user insists, takes what it says', async () => {
    // So much that a busy machine does not take it meanwhile.
    const text = (await inside('df', '-Pk', '/shared')).split('\n')[1]?.split(/\s+/) ?? [];
    const [size, avail] = [Number(text[1]), Number(text[3])];
    const leave = `${(((avail - 400 * MB) / size) * 100).toFixed(4)}%`;
    for (const path of ['/shared', '/folder']) {
      const some = await live('f1', path, leave);
      await disk.set(web, [some]);
      const found = await inside('sh', '-c', `du -k ${path}/.gameday-f1-*`);
      expect(Number(found.split('\t')[0])).to.be.within(1, 800 * MB);
      await disk.set(web, [], [some]);
    }
  });
});
