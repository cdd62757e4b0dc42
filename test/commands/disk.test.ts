/** The kind `disk` as a user types it, on a real Compose stack: limits, a container made anew in between. */
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { until } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0'];

describe('disks of a Compose stack', function () {
  this.timeout(120_000);
  let stack: Stack;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const tools = await docker.image('tools');
    stack = await bringUp(
      docker,
      'disks',
      (image) => {
        const sleep = { image, init: true, command: ['sleep', '100000'] };
        return {
          web: { ...sleep, volumes: ['own:/data', 'shared:/shared'] },
          keeper: { ...sleep, volumes: ['own:/data'] },
        };
      },
      {
        volumes: {
          own: { driver_opts: { type: 'tmpfs', device: 'tmpfs', o: 'size=16m' } },
          shared: {},
        },
      },
    );
    stack.folder.write(
      'gameday.yaml',
      `name: disks\ncompose: { project: ${stack.project} }\ntools: { image: "${tools}" }\nchapters: [{ title: Welcome }]\n`,
    );
  });
  afterEach(async () => {
    if (!stack) return;
    await stack.run(0, 'fault', 'recover', '--wait');
    expect(await free()).to.equal('16384');
    const made = ['ps', '-aq', '--filter', `label=gameday.target=${await idOf()}`];
    expect(await stack.docker.docker(made)).to.equal('');
  });
  after(() => stack?.cleanup());

  const idOf = async () => (await stack.look())['web-1']?.id as string;
  /** What is free on the volume, in KB. */
  const free = async () => {
    const df = ['exec', await idOf(), 'df', '-Pk', '/data'];
    return (await stack.docker.docker(df)).split('\n')[1]?.split(/\s+/)[3];
  };
  const fill = (...more: string[]) => fillOn('/data', ...more);
  const fillOn = (path: string, ...more: string[]) => [
    'fault',
    'inject',
    'disk',
    'web',
    '--path',
    path,
    '--leave',
    '5%',
    ...more,
    ...NOW,
  ];

  it('fills, lists, and frees', async () => {
    const before = await stack.look();
    expect((await stack.run(0, ...fill())).stdout).to.match(/f1: disk-filled web-1/);
    expect(Number(await free())).to.be.within(780, 824);
    const { json } = await stack.run(0, 'fault', 'list', '--json');
    expect(json.faults[0].drift[0].finding).to.equal('in_force');
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(
      /web-1 no longer disk-filled, running/,
    );
    expect(await stack.look()).to.deep.equal(before);
  });

  it('ends at its limit by itself', async () => {
    await stack.run(0, ...fill('--duration', '2s'));
    await until('the watchdog', async () =>
      (await stack.run(0, 'fault', 'list')).stdout.includes('No fault is live'),
    );
    expect(await free()).to.equal('16384');
  });

  it('comes off after its target was made anew', async () => {
    await stack.run(0, ...fill());
    await stack.compose('up', '--detach', '--force-recreate', '--timeout', '0', 'web');
    expect(Number(await free())).to.be.below(1000);
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(/was recreated by somebody/);
    expect(await free()).to.equal('16384');
  });

  it('is refused on a disk that others use, with the word that overrules it', async () => {
    const { json } = await stack.run(4, ...fillOn('/shared', '--json'));
    expect(json.error.code).to.equal('shared_disk');
    expect(json.error.message).to.match(/\/shared is on the engine's own disk, which others use/);
    expect(json.error.next).to.include('--overrule shared_disk');
    const dry = ['--path', '/shared', '--leave', '1%', '--dry-run', '--overrule', 'shared_disk'];
    await stack.run(0, 'fault', 'inject', 'disk', 'web', ...dry);
    await stack.run(2, ...fillOn('data'));
  });
});
