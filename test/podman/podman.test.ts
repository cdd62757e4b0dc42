import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { playAnywhere } from '../commands/anywhere.ts';
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

  it('plays the story that is the same on every engine', async () => {
    const project = podman.docker.project('anywhere');
    const example = new URL('../../examples/anywhere/compose.yaml', import.meta.url).pathname;
    // A network takes plugins that Debian's Podman does not bring.
    const alone = stack.folder.write('alone.yaml', 'services: { web: { network_mode: none } }');
    const env = { ...podman.docker.env, IMAGE: await podman.docker.image('busybox') };
    const files = ['--file', example, '--file', alone];
    const compose = (...args: string[]) =>
      podman.docker.compose(['--project-name', project, ...files, ...args], { env });
    try {
      await compose('up', '--detach');
      const report = await playAnywhere(
        'compose',
        (block) => block.replace('project: shop', `project: ${project}`),
        env,
      );
      expect(report).to.include('**Held: all 4 expectations were met; 1 fault.**');
      expect(report).to.match(/Recovery: verified in .*: web-\d started, running/);
    } finally {
      await compose('down', '--timeout', '0');
    }
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
