import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { bringUp, type Stack } from '../commands/compose-stack.ts';
import { engineContract } from '../engine/contract.ts';
import { makeDockerStack } from '../engine/docker-stack.ts';
import { type TestPodman, testPodman } from './podman.ts';

engineContract('compose, on Podman', async () => {
  const podman = await testPodman();
  if (!podman) return null;
  const { engine, cleanup } = await makeDockerStack(podman.docker, 'contract-alone');
  return {
    engine,
    banner: 'ready',
    cleanup: async () => {
      await cleanup();
      await podman.cleanup();
    },
  };
});

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
  });

  it('is recovered though nobody runs its health check, which the doctor says', async () => {
    const { stdout } = await stack.run(0, 'fault', 'recover');
    expect(stdout).to.match(/f1 recovered: web-1 started, running/);
    const { stdout: said } = await stack.run(0, 'story', 'doctor');
    expect(said).to.match(/Podman \d/);
    expect(said).to.match(/Nobody runs the health checks of web-1/);
  });
});
