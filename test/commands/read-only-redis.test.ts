/** The story of examples/read-only-redis: a redis that cannot save refuses writes, and takes them again after the recovery. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { freePorts } from '../free-ports.ts';
import { expectExit } from './cli.ts';
import { bringUpExample, type ExampleStack } from './example-stack.ts';

describe('examples/read-only-redis', function () {
  this.timeout(300_000);
  let stack: ExampleStack;
  const inside = (script: string) => stack.compose('exec', '-T', 'redis', 'sh', '-c', script);

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const port = String(await freePorts(1));
    const tools = await docker.image('tools');
    const edit = (story: string) => {
      const edited = story
        .replace('26381', port)
        // How fast this machine is, with other tests beside it, is not what is tested.
        .replace('rate: 200/s', 'rate: 40/s')
        .replace('timeout: 1s', 'timeout: 5s');
      return `${edited}tools: { image: "${tools}" }\n`;
    };
    const env = { REDIS_IMAGE: await docker.image('redis'), REDIS_PORT: port };
    stack = await bringUpExample(docker, 'read-only-redis', edit, env);
  });
  after(() => stack?.cleanup());

  it('plays to its end: writes are refused, and every acknowledged one is there', async () => {
    await expectExit(0, ['chapter', 'next'], stack.at());
    const broken = await expectExit(0, ['chapter', 'next'], stack.at());
    expect(broken.stdout).to.match(/live: f1: files/);
    const tried = 'touch /data/saved/new 2>/dev/null && echo made || echo refused';
    expect((await inside(tried)).trim()).to.equal('refused');
    expect(await inside('redis-cli set one two')).to.match(/MISCONF/);
    const ended = await expectExit(0, ['chapter', 'next', '--json'], stack.at());
    expect(ended.json.live_faults).to.deep.equal([]);
    expect(ended.json.verified.lost.count).to.equal(0);
    expect(ended.json.verified.acknowledged).to.be.above(0);
    const impact = ended.json.impact[0];
    expect(impact.detect_ms, JSON.stringify(impact)).to.be.above(0);
    expect((await inside(tried)).trim()).to.equal('made');
    expect(await inside('redis-cli set one two')).to.match(/OK/);
  });
});
