/** The kind `process` as a user types it, on a real Compose stack. */
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { until } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0'];
const SERVER =
  'echo well > /tmp/index.html; sleep 100001 & while :; do httpd -f -p 80 -h /tmp; sleep 0.1; done';

describe('processes of a Compose stack', function () {
  this.timeout(120_000);
  let stack: Stack;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const tools = await docker.image('tools');
    stack = await bringUp(docker, 'processes', (image) => ({
      web: { image, command: ['sh', '-c', SERVER], stop_grace_period: '1s' },
    }));
    stack.folder.write(
      'gameday.yaml',
      `name: inside\ncompose: { project: ${stack.project} }\ntools: { image: "${tools}" }\nchapters: [{ title: Welcome }]\n`,
    );
  });
  afterEach(async () => {
    if (!stack) return;
    await stack.run(0, 'fault', 'recover', '--wait');
    expect(await helpers()).to.equal('');
    expect(await states()).to.deep.equal({ httpd: 'S', sleep: 'S' });
  });
  after(() => stack?.cleanup());

  const idOf = async () => (await stack.look())['web-1']?.id as string;
  const helpers = async () =>
    stack.docker.docker(['ps', '-aq', '--filter', `label=gameday.target=${await idOf()}`]);
  /** Name -> state, of all but the first process and this look. */
  const states = async () => {
    const script = 'for p in /proc/[0-9]*; do cat $p/stat 2>/dev/null; done';
    const text = await stack.docker.docker(['exec', await idOf(), 'sh', '-c', script]);
    const all = [...text.matchAll(/^\d+ \((httpd|sleep)\) (\S)/gm)];
    return Object.fromEntries(all.map(([, name, state]) => [name, state]));
  };
  const freeze = (...more: string[]) => [
    'fault',
    'inject',
    'process',
    'web',
    '--name',
    'httpd',
    ...more,
    ...NOW,
  ];

  it('freezes, lists with the processes in the journal, and thaws', async () => {
    const before = await stack.look();
    const { json } = await stack.run(0, ...freeze('--json'));
    expect(json.fault).to.include({ kind: 'process', phase: 'injected' });
    expect(await states()).to.deep.equal({ httpd: 'T', sleep: 'S' });
    const listed = await stack.run(0, 'fault', 'list', '--json');
    expect(listed.json.faults[0].drift[0].finding).to.equal('in_force');
    expect(listed.json.faults[0].deadline).to.be.a('string');
    const { stdout } = await stack.run(0, 'fault', 'recover');
    expect(stdout).to.match(/recovered: web-1 no longer process-frozen, running/);
    expect(await states()).to.deep.equal({ httpd: 'S', sleep: 'S' });
    expect(await stack.look()).to.deep.equal(before);
  });

  it('ends at its limit by itself', async () => {
    await stack.run(0, ...freeze('--duration', '2s'));
    await until('the watchdog', async () =>
      (await stack.run(0, 'fault', 'list')).stdout.includes('No fault is live'),
    );
    expect((await states()).httpd).to.equal('S');
  });

  it('kills once, is over when it is there again, and says how long that took', async () => {
    const ended = await stack.run(0, ...freeze('--how', 'kill', '--json'));
    expect(ended.json.fault).to.include({ phase: 'recovered', outcome: 'verified' });
    expect((await stack.run(0, ...freeze('--how', 'kill'))).stdout).to.match(
      /^f\d+: process-killed web-1 .*Well again after /,
    );
  });

  it('is refused for a name that no process has, with the names that there are', async () => {
    const { stderr } = await stack.run(
      4,
      'fault',
      'inject',
      'process',
      'web',
      '--name',
      'nginx',
      ...NOW,
    );
    expect(stderr).to.match(
      /web-1 cannot be process-frozen: no process in it, .*"nginx"; there are httpd, sleep/,
    );
    await stack.run(2, 'fault', 'inject', 'process', 'web', ...NOW);
  });
});
