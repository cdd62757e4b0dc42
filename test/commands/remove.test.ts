/** The kind `remove` as a user types it: proof on the container that was made anew, no secret in any record. */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { until } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0'];
const SECRET = 'not-for-the-journal';

describe('removal on a Compose stack', function () {
  this.timeout(120_000);
  let stack: Stack;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await bringUp(docker, 'removal', (image) => ({
      web: {
        image,
        init: true,
        command: ['sleep', '100000'],
        environment: { PASSWORD: SECRET },
        labels: { token: SECRET },
        volumes: ['/data'],
        restart: 'always',
      },
    }));
  });
  afterEach(async () => {
    if (!stack) return;
    await stack.run(0, 'fault', 'recover', '--wait');
    expect((await stack.look())['web-1']).to.include({
      state: 'running',
      name: `${stack.project}-web-1`,
    });
    expect(await spares()).to.equal('');
  });
  after(() => stack?.cleanup());

  const spares = () =>
    stack.docker.docker([
      'ps',
      '-aq',
      '--filter',
      `name=gameday-spare`,
      '--filter',
      `volume=${volume}`,
    ]);
  let volume = 'none';
  const inside = async (...command: string[]) =>
    stack.docker.docker(['exec', `${stack.project}-web-1`, ...command]);

  it('removes, lists, and is recovered when the new one runs with what was on its volumes', async () => {
    await inside('sh', '-c', 'echo kept >/data/file');
    const before = (await stack.look())['web-1'];
    const format = '{{range .Mounts}}{{.Name}}{{end}}';
    volume = await stack.docker.docker(['inspect', '--format', format, before?.id as string]);
    expect((await stack.run(0, 'fault', 'inject', 'remove', 'web', ...NOW)).stdout).to.match(
      /f1: removed web-1/,
    );
    expect(await stack.look()).to.deep.equal({});
    const { json } = await stack.run(0, 'fault', 'list', '--json');
    expect(json.faults[0].drift[0].finding).to.equal('in_force');
    const { stdout } = await stack.run(0, 'fault', 'recover');
    expect(stdout).to.match(/f1 recovered: web-1 was made anew as [0-9a-f]{12}, running/);
    expect((await stack.look())['web-1']?.id).not.to.equal(before?.id);
    expect(await inside('cat', '/data/file')).to.equal('kept');
    expect(await inside('sh', '-c', 'echo $PASSWORD')).to.equal(SECRET);
  });

  it('leaves no secret in what is recorded', () => {
    const words = ['-rIl', SECRET, '.gameday'];
    expect(() => execFileSync('grep', words, { cwd: stack.folder.path })).to.throw(
      /Command failed/,
    );
  });

  it('ends at its limit by itself', async () => {
    await stack.run(0, 'fault', 'inject', 'remove', 'web', '--duration', '2s', ...NOW);
    await until('the watchdog', async () =>
      (await stack.run(0, 'fault', 'list')).stdout.includes('No fault is live'),
    );
  });

  it('is told apart from what somebody made in its place', async () => {
    await stack.run(0, 'fault', 'inject', 'remove', 'web', ...NOW);
    await stack.compose('up', '--detach', 'web');
    expect((await stack.run(0, 'fault', 'list')).stdout).to.match(/web-1 was recreated as/);
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(
      /was recreated by somebody as/,
    );
  });
});
