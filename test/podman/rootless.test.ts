/** Podman as an ordinary user, whose containers have no control groups here (version 1): what can be had is had, and the rest is refused with the reason. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { bringUp, type Stack } from '../commands/compose-stack.ts';
import { engineContract } from '../engine/contract.ts';
import { contractStack, type TestPodman, testPodman } from './podman.ts';

engineContract(
  'compose, on rootless Podman',
  () => contractStack({ rootless: true }),
  // To us, who are another user of what looks like another machine.
  ['pause', 'crash'],
);

describe('a stack on rootless Podman', function () {
  this.timeout(90_000);
  let podman: TestPodman;
  let stack: Stack;

  before(async function () {
    const made = await testPodman({ rootless: true });
    if (!made) return this.skip();
    podman = made;
    const command = ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"];
    const service = (image: string) => ({ image, network_mode: 'none', command });
    const services = (image: string) => ({
      web: { ...service(image), scale: 2 },
      keeper: { ...service(image), restart: 'always' },
    });
    stack = await bringUp(podman.docker, 'rootless', services, { isWaited: false });
  });
  after(async () => {
    await stack?.cleanup();
    await podman?.cleanup();
  });

  /** A command of the user whose Podman it is. */
  async function run(code: number, line: string): Promise<string> {
    const ended = await podman.asUser(`gameday ${line}`, stack.folder.path);
    expect(ended.code, `${line}: ${ended.stdout}${ended.stderr}`).to.equal(code);
    return ended.stdout + ended.stderr;
  }

  // First, since the folder becomes the user's with the first of their commands.
  it('crash is refused to whoever may not signal its processes', async () => {
    const said = await stack.run(4, 'fault', 'inject', 'crash', 'web-1', '--countdown', '0');
    expect(said.stderr).to.match(/we may not signal its processes from here/);
  });

  it('is told by the doctor what will not work, and why', async () => {
    const said = await run(0, 'story doctor');
    expect(said).to.match(/Podman \d\S* runs rootless: `pause`, `cpu`, `memory` are refused/);
    expect(said).to.match(/`crash` takes gameday on its machine, as its user/);
  });

  for (const kind of ['kill', 'stop'])
    it(`${kind} is done and recovered`, async () => {
      await run(0, `fault inject ${kind} web-1 --countdown 0`);
      expect((await stack.look())['web-1']?.state).to.equal('exited');
      expect(await run(0, 'fault recover')).to.match(/web-1 started, running/);
    });

  it('crash takes a container down, and has a restart policy act', async () => {
    await run(0, 'fault inject crash web-2 --countdown 0');
    expect((await stack.look())['web-2']?.state).to.equal('exited');
    expect(await run(0, 'fault recover')).to.match(/web-2 started, running/);
    const before = (await stack.look())['keeper-1'];
    await run(0, 'fault inject crash keeper-1 --countdown 0');
    expect(await run(0, 'fault recover')).to.match(/keeper-1/);
    const after = (await stack.look())['keeper-1'];
    expect(after).to.include({ id: before?.id, state: 'running' });
    expect(after?.startedAt).not.to.equal(before?.startedAt);
  });

  for (const [kind, why] of [
    ['pause web-1', /freezes no container without cgroups v2/],
    ['cpu web-1 --cores 0.1', /limits no container without cgroups v2/],
    ['memory web-1 --size 16mb', /limits no container without cgroups v2/],
  ] as const)
    it(`${kind} is refused with the reason, and nothing happens`, async () => {
      const before = await stack.look();
      expect(await run(4, `fault inject ${kind} --countdown 0`)).to.match(why);
      expect(await stack.look()).to.deep.equal(before);
    });
});
