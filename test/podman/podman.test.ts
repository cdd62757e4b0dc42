import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { expectPlayedOnCompose } from '../commands/anywhere.ts';
import { expectExit } from '../commands/cli.ts';
import { bringUp, type Stack } from '../commands/compose-stack.ts';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { engineContract } from '../engine/contract.ts';
import { contractStack, type TestPodman, testPodman } from './podman.ts';

engineContract('compose, on Podman', contractStack);

describe('a stack on Podman', function () {
  this.timeout(90_000);
  let podman: TestPodman;
  let stack: Stack;

  before(async function () {
    const made = await testPodman();
    if (!made) return this.skip();
    podman = made;
    const service = (image: string) => ({
      image,
      network_mode: 'none',
      command: ['sleep', '100000'],
      healthcheck: { test: ['CMD', 'true'], interval: '1s', timeout: '1s' },
    });
    stack = await bringUp(podman.docker, 'podman', (image) => ({ web: service(image) }), {
      isWaited: false,
    });
  });
  after(async () => {
    await stack?.cleanup();
    await podman?.cleanup();
  });

  it('is the same engine to every command, also to those that go on with a run', async () => {
    await stack.run(0, 'fault', 'inject', 'kill', 'web', '--countdown', '0');
    const { stdout } = await stack.run(0, 'fault', 'list');
    expect(stdout).to.match(/^f1: kill web-1 {2}injected/);
    const { env } = (await testDocker()) as TestDocker;
    const another = { cwd: stack.folder.path, env };
    const { json } = await expectExit(4, ['fault', 'recover', '--json'], another);
    expect(json.error.code, 'by another engine').to.equal('other_engine');
  });

  it('is recovered though nobody runs its health check, which the doctor says', async () => {
    const { stdout } = await stack.run(0, 'fault', 'recover');
    expect(stdout).to.match(/f1 recovered: web-1 started, running/);
    const { stdout: said } = await stack.run(0, 'story', 'doctor');
    expect(said).to.match(/Podman \d/);
    expect(said).to.match(/Nobody runs the health checks of web-1/);
  });

  it('plays the story that is the same on every engine', async () => {
    // A network takes plugins that Debian's Podman does not bring.
    const alone = stack.folder.write('alone.yaml', 'services: { web: { network_mode: none } }');
    await expectPlayedOnCompose(podman.docker, alone);
  });

  it('is told by the doctor, and by a refusal, that limits cannot be changed where Podman cannot', async () => {
    const { stdout } = await stack.run(0, 'story', 'doctor');
    const cannot = /changes no limits: `cpu`, `memory` are refused/.test(stdout);
    const wish = ['fault', 'inject', 'cpu', 'web', '--cores', '0.1', '--countdown', '0'];
    const { stderr } = await stack.run(cannot ? 4 : 0, ...wish);
    if (cannot) expect(stderr).to.match(/changes no limits of a container that runs/);
    else await stack.run(0, 'fault', 'recover');
  });
});
