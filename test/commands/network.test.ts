/** Network faults as a user types them, on a real Compose stack: what they do is looked at from outside, and nothing is left of them. */
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { expectExit, until } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';
import { killInject } from './killed-inject.ts';

const NOW = ['--countdown', '0'];
const SERVER = {
  init: true,
  command: ['sh', '-c', 'echo well > /tmp/index.html; exec httpd -f -p 80 -h /tmp'],
};

describe('network faults on a Compose stack', function () {
  this.timeout(120_000);
  let stack: Stack;
  let tools: string;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    tools = await docker.image('tools');
    stack = await bringUp(docker, 'netcommands', (image) => ({
      web: { image, ...SERVER },
      db: { image, ...SERVER },
      host: { image, ...SERVER, command: ['sleep', '100000'], network_mode: 'host' },
    }));
    stack.folder.write('gameday.yaml', story(tools));
  });
  afterEach(async () => {
    if (!stack) return;
    await stack.run(0, 'fault', 'recover', '--wait');
    expect(await helpers()).to.equal('');
  });
  after(() => stack?.cleanup());

  const story = (image: string) =>
    `name: net\ncompose: { project: ${stack.project} }\ntools: { image: "${image}" }\nchapters: [{ title: Welcome }]\n`;
  const helpers = async () => {
    const ids = Object.values(await stack.look()).map(({ id }) => id);
    const found = await stack.docker.docker([
      'ps',
      '-a',
      '--no-trunc',
      '--filter',
      'label=gameday.made-for',
      '--format',
      '{{.Label "gameday.target"}}',
    ]);
    return found
      .split('\n')
      .filter((target) => ids.includes(target))
      .join('\n');
  };
  const idOf = async (label: string) => (await stack.look())[label]?.id as string;
  const addressOf = async (label: string) =>
    stack.docker.docker([
      'inspect',
      '--format',
      '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
      await idOf(label),
    ]);
  const answers = async (from: string, to: string) => {
    const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${await addressOf(to)} 80`;
    return stack.docker.docker(['exec', await idOf(from), 'sh', '-c', ask]).then(
      (said) => said.endsWith('well'),
      () => false,
    );
  };
  const rulesOf = async (label: string) => {
    const options = [
      '--rm',
      '--network',
      `container:${await idOf(label)}`,
      '--cap-add',
      'NET_ADMIN',
    ];
    const script = '/usr/sbin/nft list tables; /usr/sbin/tc qdisc show';
    return stack.docker.docker(['run', ...options, tools, 'sh', '-c', script]);
  };

  it('cuts off, lists, recovers in any order, and leaves everything as it was', async () => {
    const [before, rules] = [await stack.look(), await rulesOf('web-1')];
    const cut = await stack.run(0, 'fault', 'inject', 'partition', 'web', '--from', 'db', ...NOW);
    expect(cut.stdout).to.include('f1: partitioned web-1');
    expect(await answers('web-1', 'db-1')).to.equal(false);
    await stack.run(0, 'fault', 'inject', 'loss', 'web', '--share', '100%', '--port', '81', ...NOW);
    const listed = await stack.run(0, 'fault', 'list', '--json');
    expect(listed.json.faults.map((fault: any) => fault.drift[0].finding)).to.deep.equal([
      'in_force',
      'in_force',
    ]);
    expect(listed.json.faults[0].deadline).to.be.a('string');
    expect((await stack.run(0, 'fault', 'recover', 'f1')).stdout).to.include(
      'f1 recovered: web-1 no longer partitioned',
    );
    expect(await answers('web-1', 'db-1')).to.equal(true);
    expect(await rulesOf('web-1')).to.include('table inet gameday');
    await stack.run(0, 'fault', 'recover');
    expect(await rulesOf('web-1')).to.equal(rules);
    expect(await stack.look()).to.deep.equal(before);
  });

  it('spoils answers of an HTTP server, says what was seen of it, and when its proxy is gone', async () => {
    const rules = await rulesOf('web-1');
    const port = ['--port', '80'];
    const spoiled = await stack.run(0, 'fault', 'inject', 'http', 'web', ...port, ...NOW);
    expect(spoiled.stdout).to.include('f1: spoiled web-1');
    expect(spoiled.stderr).to.match(/no request that is meant has come to port 80 of web-1 so far/);
    const status = async () => {
      const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${await addressOf('web-1')} 80`;
      return stack.docker.docker(['exec', await idOf('db-1'), 'sh', '-c', ask]);
    };
    expect(await status()).to.match(/^HTTP\/1\.. 503 /);
    const finding = async () =>
      (await stack.run(0, 'fault', 'list', '--json')).json.faults[0].drift[0].finding;
    expect(await finding()).to.equal('in_force');
    const made = ['--filter', `label=gameday.target=${await idOf('web-1')}`];
    await stack.docker.docker(['kill', await stack.docker.docker(['ps', '-q', ...made])]);
    expect(await status()).to.match(/^HTTP\/1\.. 200 /);
    expect(await finding()).to.not.equal('in_force');
    await stack.run(0, 'fault', 'recover');
    expect(await rulesOf('web-1')).to.equal(rules);
  });

  it('ends at its limit by itself, and leaves no table', async () => {
    const rules = await rulesOf('web-1');
    await stack.run(0, 'fault', 'inject', 'partition', 'web', '--duration', '3s', ...NOW);
    expect(await answers('db-1', 'web-1')).to.equal(false);
    await until('the watchdog', async () =>
      (await stack.run(0, 'fault', 'list')).stdout.includes('No fault is live'),
    );
    expect(await answers('db-1', 'web-1')).to.equal(true);
    expect(await rulesOf('web-1')).to.equal(rules);
  });

  it('keeps a peer cut off that comes back under another address', async () => {
    await stack.run(0, 'fault', 'inject', 'partition', 'web', '--from', 'db', ...NOW);
    const old = await addressOf('db-1');
    await stack.compose('rm', '--stop', '--force', 'db');
    // Somebody else has its address meanwhile.
    const own = ['--detach', '--network', `${stack.project}_default`];
    const image = await stack.docker.image('busybox');
    const other = await stack.docker.docker(['run', ...own, image, 'sleep', '1000']);
    try {
      await stack.compose('up', '--detach', 'db');
      expect(await addressOf('db-1')).not.to.equal(old);
      await until('db answers', () => answers('db-1', 'db-1'));
      await until('the rules follow', async () => !(await answers('web-1', 'db-1')));
    } finally {
      await stack.docker.docker(['rm', '--force', other]);
    }
  });

  it('a target that restarts in mid-fault is free of it, and that is said', async () => {
    await stack.run(0, 'fault', 'inject', 'dns', 'web', ...NOW);
    await stack.docker.docker(['restart', '--time', '0', await idOf('web-1')]);
    const { json } = await stack.run(0, 'fault', 'list', '--json');
    expect(json.faults[0].drift[0].finding).to.equal('restarted');
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(/somebody restarted web-1/);
    await stack.run(0, 'fault', 'inject', 'reset', 'web', ...NOW);
    await stack.docker.docker(['kill', await idOf('web-1')]);
    const down = await stack.run(0, 'fault', 'list', '--json');
    expect(down.json.faults[0].drift[0].text).to.equal('web-1 is exited (exit code 137)');
    await stack.docker.docker(['start', await idOf('web-1')]);
  });

  it('is recovered after the command was killed at any moment around the deed', async () => {
    const rules = await rulesOf('web-1');
    await killInject(stack, ['partition', 'web', '--duration', '2m'], [0, 100, 300], async () => {
      expect(await rulesOf('web-1')).to.equal(rules);
      expect(await answers('db-1', 'web-1')).to.equal(true);
      expect(await helpers()).to.equal('');
    });
  });

  it('is refused with the next thing to do, and nothing is touched', async () => {
    const before = await stack.look();
    const refuse = async (words: RegExp, next: RegExp, ...args: string[]) => {
      const ended = await expectExit(4, ['fault', 'inject', ...args, ...NOW, '--json'], {
        cwd: stack.folder.path,
        env: stack.docker.env,
      });
      expect(ended.json.error.message).to.match(words);
      expect(ended.json.error.next).to.match(next);
    };
    await refuse(
      /host-1 cannot be partitioned: it has the network of its host/,
      /another target/,
      'partition',
      'host',
    );
    await refuse(
      /no service is called "dbb" \(did you mean db\?\)/,
      /--from|--help|fault/,
      'partition',
      'web',
      '--from',
      'dbb',
    );
    stack.folder.write('gameday.yaml', story('gameday-test/none:1'));
    try {
      await refuse(
        /web-1 cannot be DNS-blocked: the image gameday-test\/none:1, with nft and tc, is not on the engine/,
        /docker build -t gameday-test\/none:1/,
        'dns',
        'web',
      );
      const dry = await expectExit(4, ['fault', 'inject', 'dns', 'web', '--dry-run', '--json'], {
        cwd: stack.folder.path,
        env: stack.docker.env,
      });
      expect(dry.json.plan.steps[0].refused.message).to.match(/none:1, with nft and tc/);
      expect((await stack.run(0, 'story', 'doctor')).stdout).to.match(
        /none:1, with nft and tc, is not on the engine/,
      );
      stack.folder.write(
        'gameday.yaml',
        story('gameday-test/none:1').replace(
          '[{ title: Welcome }]',
          '[{ title: Cut, on_enter: [{ inject: { kind: partition, service: web, from: [db] } }] }]',
        ),
      );
      expect((await stack.run(0, 'story', 'check')).stdout).to.match(/web-1 cannot be partitioned/);
    } finally {
      stack.folder.write('gameday.yaml', story(tools));
    }
    expect(await stack.look()).to.deep.equal(before);
  });
});
