/** Faults by netem as a user types them, with every process killed at the worst moment: nothing is left of them. */
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { until } from '../commands/cli.ts';
import { bringUp, type Stack } from '../commands/compose-stack.ts';
import { killInject } from '../commands/killed-inject.ts';
import { testDocker } from '../docker/docker.ts';

const NOW = ['--countdown', '0'];
const DELAY = ['delay', 'web', '--time', '300ms'];

describe('faults by netem on a Compose stack', function () {
  this.timeout(600_000);
  let stack: Stack;
  let tools: string;
  let asBefore: string;

  before(async () => {
    const docker = await testDocker();
    if (!docker) throw new Error('there is no Docker engine');
    tools = await docker.image('tools');
    stack = await bringUp(docker, 'netem', (image) => ({
      web: { image, init: true, command: ['sleep', '100000'] },
    }));
    stack.folder.write(
      'gameday.yaml',
      `name: netem\ncompose: { project: ${stack.project} }\ntools: { image: "${tools}" }\nchapters: [{ title: Welcome }]\n`,
    );
    asBefore = await inNetwork();
  });
  afterEach(async () => {
    await stack.run(0, 'fault', 'recover', '--wait');
    expect(await inNetwork()).to.equal(asBefore);
  });
  after(() => stack?.cleanup());

  const inNetwork = async () => {
    const id = (await stack.look())['web-1']?.id;
    const own = ['--rm', '--network', `container:${id}`, '--cap-add', 'NET_ADMIN', tools];
    const look = '/usr/sbin/nft list tables; /usr/sbin/tc qdisc show';
    return stack.docker.docker(['run', ...own, 'sh', '-c', look]);
  };

  it('overlap, are listed as in force, and are recovered one by one', async () => {
    expect((await stack.run(0, 'story', 'doctor')).stdout).to.match(/kernel has netem/);
    await stack.run(0, 'fault', 'inject', ...DELAY, ...NOW);
    const corrupt = ['corrupt', 'web', '--share', '10%'];
    await stack.run(0, 'fault', 'inject', ...corrupt, ...NOW);
    const { json } = await stack.run(0, 'fault', 'list', '--json');
    expect(json.faults.map((fault: any) => fault.drift[0].finding)).to.deep.equal([
      'in_force',
      'in_force',
    ]);
    await stack.run(0, 'fault', 'recover', 'f1');
    expect(await inNetwork())
      .to.match(/corrupt 10%/)
      .and.not.match(/delay/);
  });

  it('end at their limit by the watchdog, which leaves nothing', async () => {
    await stack.run(0, 'fault', 'inject', ...DELAY, '--duration', '5s', ...NOW);
    await until('the watchdog', async () =>
      (await stack.run(0, 'fault', 'list')).stdout.includes('No fault is live'),
    );
    expect(await inNetwork()).to.equal(asBefore);
  });

  it('are recovered after the command was killed around the deed', async () => {
    await killInject(stack, DELAY, [0, 300, 1500], async () => {
      expect(await inNetwork()).to.equal(asBefore);
    });
  });
});
