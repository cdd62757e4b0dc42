/** The story of examples/read-only-redis: a redis that cannot save refuses writes, and takes them again after the recovery. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { freePorts } from '../free-ports.ts';
import { expectExit, type Folder, makeFolder } from './cli.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/read-only-redis');

describe('examples/read-only-redis', function () {
  this.timeout(300_000);
  let docker: TestDocker;
  let folder: Folder;
  let env: NodeJS.ProcessEnv;
  const at = () => ({ cwd: folder.path, env });
  const compose = async (...args: string[]) => (await docker.compose(args, at())).stdout;
  const inside = (script: string) => compose('exec', '-T', 'redis', 'sh', '-c', script);

  before(async function () {
    const found = await testDocker();
    if (!found) return this.skip();
    docker = found;
    const port = String(await freePorts(1));
    folder = makeFolder();
    cpSync(EXAMPLE, folder.path, { recursive: true });
    const file = join(folder.path, 'gameday.yaml');
    const story = readFileSync(file, 'utf8')
      .replace('26381', port)
      // How fast this machine is, with other tests beside it, is not what is tested.
      .replace('rate: 200/s', 'rate: 40/s')
      .replace('timeout: 1s', 'timeout: 5s');
    writeFileSync(file, `${story}tools: { image: "${await docker.image('tools')}" }\n`);
    env = {
      ...docker.env,
      COMPOSE_PROJECT_NAME: docker.project('read-only'),
      REDIS_IMAGE: await docker.image('redis'),
      REDIS_PORT: port,
    };
    await compose('up', '--detach', '--wait');
  });
  after(async () => {
    if (!folder) return;
    await expectExit(0, ['chapter', 'reset', '--wait'], at());
    await compose('down', '--volumes', '--timeout', '0');
    await folder.cleanup();
  });

  it('plays to its end: writes are refused, and every acknowledged one is there', async () => {
    await expectExit(0, ['chapter', 'next'], at());
    const broken = await expectExit(0, ['chapter', 'next'], at());
    expect(broken.stdout).to.match(/live: f1: files/);
    const tried = 'touch /data/saved/new 2>/dev/null && echo made || echo refused';
    expect((await inside(tried)).trim()).to.equal('refused');
    expect(await inside('redis-cli set one two')).to.match(/MISCONF/);
    const ended = await expectExit(0, ['chapter', 'next', '--json'], at());
    expect(ended.json.live_faults).to.deep.equal([]);
    expect(ended.json.verified.lost.count).to.equal(0);
    expect(ended.json.verified.acknowledged).to.be.above(0);
    const impact = ended.json.impact[0];
    expect(impact.detect_ms, JSON.stringify(impact)).to.be.above(0);
    expect((await inside(tried)).trim()).to.equal('made');
    expect(await inside('redis-cli set one two')).to.match(/OK/);
  });
});
