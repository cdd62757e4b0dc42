/** One story on two engines of this machine; test/swarm and test/kubernetes play the same on clusters. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { freePorts } from '../free-ports.ts';
import { playAnywhere } from './anywhere.ts';

describe('examples/anywhere', function () {
  this.timeout(180_000);

  it('is played on local processes', async () => {
    const port = await freePorts(3);
    const report = await playAnywhere('process', (block) => block.replace('18101', String(port)));
    expect(report).to.include('**Held: all 4 expectations were met; 1 fault.**');
    expect(report).to.match(/Recovery: verified in .*: web-\d started, running/);
  });

  it('is played on Docker Compose', async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const project = docker.project('anywhere');
    const file = new URL('../../examples/anywhere/compose.yaml', import.meta.url).pathname;
    const env = { ...docker.env, IMAGE: await docker.image('busybox') };
    const compose = (...args: string[]) =>
      docker.compose(['--project-name', project, '--file', file, ...args], { env });
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
});
