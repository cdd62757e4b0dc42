/** `story doctor --fix` on a real engine: what a killed gameday left is removed, and nothing that somebody may need. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { createStray } from '../docker/stray.ts';
import { expectEnd } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0'];

describe('story doctor --fix', function () {
  this.timeout(120_000);
  let stack: Stack;
  let image: string;
  const made: string[] = [];

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    image = await docker.image('busybox');
    const sleep = { image, init: true, command: ['sleep', '100000'] };
    stack = await bringUp(docker, 'fix', () => ({ web: sleep, db: sleep }));
  });
  after(async () => {
    if (made.length > 0) await stack.docker.docker(['rm', '-f', ...made]).catch(() => {});
    await stack?.cleanup();
  });

  const make = async (maker?: string) => {
    const id = await createStray(stack.docker.docker, { image, maker });
    made.push(id);
    return id;
  };
  const exists = async (id: string) =>
    stack.docker.docker(['inspect', '--format', '{{.Id}}', id]).then(
      () => true,
      () => false,
    );
  const copyOf = async (label: string) =>
    `gameday-spare-${(await stack.look())[label]?.id.slice(0, 12)}`;

  it('removes what nobody waits for, and leaves what another machine has just made', async () => {
    const dead = await make();
    const elsewhere = await make('another-machine 1 now');
    const looked = (await stack.run(0, 'story', 'doctor')).stdout;
    expect(looked).to.include(dead.slice(0, 12)).and.to.include('story doctor --fix');
    expect(await exists(dead)).to.equal(true);
    const fixed = (await stack.run(0, 'story', 'doctor', '--fix')).stdout;
    expect(fixed).to.match(new RegExp(`removed .*${dead.slice(0, 12)} \\(made for network\\)`));
    expect(await exists(dead)).to.equal(false);
    expect(await exists(elsewhere)).to.equal(true);
  });

  it('removes the copy of a container that is there again, and never the only one', async () => {
    const [web, db] = [await copyOf('web-1'), await copyOf('db-1')];
    // What a living process made is its own.
    const at = { cwd: stack.folder.path, env: stack.docker.env };
    for (const service of ['web', 'db'])
      await expectEnd(0, ['fault', 'inject', 'remove', service, ...NOW], at);
    // Its records are lost, and somebody brought one of the two back.
    rmSync(join(stack.folder.path, '.gameday'), { recursive: true });
    await stack.compose('up', '--detach', 'web');
    const { stdout } = await stack.run(0, 'story', 'doctor', '--fix');
    expect(stdout).to.match(/\(a copy of \S+-web-1, which is there again\)/);
    expect(stdout).to.match(/\S+-db-1 was removed by a fault; [0-9a-f]{12} is the copy/);
    expect([await exists(web), await exists(db)]).to.deep.equal([false, true]);
    await stack.compose('up', '--detach', 'db');
    await stack.run(0, 'story', 'doctor', '--fix');
    expect(await exists(db)).to.equal(false);
    expect(await exists((await stack.look())['db-1']?.id as string)).to.equal(true);
  });
});
