/** One story on two engines of this machine; test/swarm and test/kubernetes play the same on clusters. */
import { describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { freePorts } from '../free-ports.ts';
import { expectHeld, expectPlayedOnCompose, playAnywhere } from './anywhere.ts';

describe('examples/anywhere', function () {
  this.timeout(180_000);

  it('is played on local processes', async () => {
    const port = await freePorts(3);
    const report = await playAnywhere('process', (block) => block.replace('18101', String(port)));
    expectHeld(report);
  });

  it('is played on Docker Compose', async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    await expectPlayedOnCompose(docker);
  });
});
