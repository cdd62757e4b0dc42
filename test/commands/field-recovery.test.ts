/**
 * Mistakes that hurt real users when they recovered, on the real engine: each test names the kind of mistake. What an author
 * who died had asked for may still come; a target has its own time; all is undone before anything is waited for; what fell
 * with it is named; and an engine is no other engine.
 */
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, describe, it } from 'mocha';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { gameday, start, until } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0'];
const OVERRULED = ['--overrule', 'last_healthy,max_unavailable'];
const SLEEPS = (image: string) => ({ image, command: ['sleep', 'infinity'] });
/** Ends at once when asked to. */
const YIELDS = (image: string) => ({
  image,
  command: ['sh', '-c', 'trap "exit 0" TERM; sleep infinity & wait'],
});

describe('recovery, as it failed in the field', function () {
  this.timeout(120_000);
  let docker: TestDocker;
  let stack: Stack;

  before(async function () {
    const found = await testDocker();
    if (!found) return this.skip();
    docker = found;
  });
  afterEach(() => stack?.cleanup());

  const live = async () => (await stack.run(0, 'fault', 'list', '--json')).json.faults as any[];
  const stateOf = async (label: string) => (await stack.look())[label]?.state;

  describe('an intent is no "never happened" while the deed may still be on its way', () => {
    const breakSlowly = async (...flags: string[]) => {
      stack = await bringUp(docker, 'slow', (image) => ({
        worker: { ...SLEEPS(image), stop_grace_period: '6s' },
      }));
      const before = (await stack.look())['worker-1'];
      const author = start(['fault', 'inject', 'stop', 'worker', ...NOW, ...flags], {
        cwd: stack.folder.path,
        env: docker.env,
      });
      await until('the intent is written', async () => (await live()).length === 1);
      const asked = ['--filter', `container=${before?.id}`, '--filter', 'event=kill'];
      await until('the engine was asked', async () => {
        const during = ['--since', '30s', '--until', '0s', '--format', '{{.Action}}'];
        return (await docker.docker(['events', ...asked, ...during])).includes('kill');
      });
      author.child.kill('SIGKILL');
      await author.ended;
      expect(await stateOf('worker-1')).to.equal('running');
      return before;
    };

    it('a command waits for a slow stop whose author was killed, and then brings it back', async () => {
      const before = await breakSlowly();
      const { json } = await stack.run(0, 'fault', 'recover', '--json');
      expect(json.recovered ?? json.faults).to.have.length(1);
      const now = (await stack.look())['worker-1'];
      expect(now?.state).to.equal('running');
      expect(now?.startedAt, 'it was stopped, and started again').not.to.equal(before?.startedAt);
      expect(await live()).to.deep.equal([]);
    });

    it('a time that is too short for it ends as not verified, and nothing is closed', async () => {
      await breakSlowly();
      const { json } = await stack.run(9, 'fault', 'recover', '--within', '1s', '--json');
      expect(json.error.message).to.match(/worker-1 may still be stopped/);
      expect(json.error.next).to.match(/--within/);
      expect(await live()).to.have.length(1);
      await stack.run(0, 'fault', 'recover');
      expect(await stateOf('worker-1')).to.equal('running');
    });

    it('the watchdog waits, too, where the fault has a limit', async () => {
      const before = await breakSlowly('--duration', '2s');
      await until('the watchdog has recovered it', async () => (await live()).length === 0);
      const now = (await stack.look())['worker-1'];
      expect(now?.state).to.equal('running');
      expect(now?.startedAt).not.to.equal(before?.startedAt);
    });
  });

  it('a health check says itself how long it needs: no fixed time stands against it', async () => {
    // With its interval of 30 s it is healthy after 30 s, which is just too late for a time of 30 s.
    const slow = { test: ['CMD', 'true'], interval: '31s' };
    stack = await bringUp(
      docker,
      'health',
      (image) => ({ cache: { ...YIELDS(image), healthcheck: slow } }),
      { isWaited: false },
    );
    await stack.run(0, 'fault', 'inject', 'kill', 'cache', ...NOW);
    const { json } = await stack.run(0, 'fault', 'recover', '--json');
    expect(JSON.stringify(json)).to.match(/cache-1 started, healthy/);
  });

  it('who did what is not forgotten after a try that failed', async () => {
    stack = await bringUp(docker, 'again', (image) => ({
      cache: { ...YIELDS(image), healthcheck: { test: ['CMD', 'true'], interval: '5s' } },
    }));
    await stack.run(0, 'fault', 'inject', 'kill', 'cache', ...NOW);
    await stack.run(9, 'fault', 'recover', '--within', '1s');
    const { stdout } = await stack.run(0, 'fault', 'list');
    expect(stdout).not.to.match(/somebody/);
    const { stdout: said } = await stack.run(0, 'fault', 'recover');
    expect(said).not.to.match(/somebody/);
  });

  it('several targets are all undone before one of them is waited for', async () => {
    stack = await bringUp(docker, 'many', (image) => ({
      web: {
        ...YIELDS(image),
        deploy: { replicas: 4 },
        healthcheck: { test: ['CMD', 'true'], interval: '4s' },
      },
    }));
    await stack.run(0, 'fault', 'inject', 'kill', 'web', '--all', '--yes', ...OVERRULED, ...NOW);
    await stack.run(0, 'fault', 'recover', '--within', '20s');
    const starts = Object.values(await stack.look()).map(({ startedAt }) => Date.parse(startedAt));
    // In series each start would come 4 s after the one before.
    expect(Math.max(...starts) - Math.min(...starts)).to.be.below(4000);
  });

  it('targets come back in the order that depends_on wants', async () => {
    stack = await bringUp(docker, 'order', (image) => ({
      api: {
        ...YIELDS(image),
        depends_on: { db: { condition: 'service_started', restart: true } },
      },
      db: YIELDS(image),
    }));
    await stack.run(0, 'fault', 'inject', 'kill', '--all', '--yes', ...NOW);
    expect((await stack.run(0, 'fault', 'recover')).stdout).not.to.match(/restarted with it/);
    const now = await stack.look();
    expect(Date.parse(now['db-1']?.startedAt ?? '')).to.be.below(
      Date.parse(now['api-1']?.startedAt ?? ''),
    );
    // Kind: what Compose does beside a start, and an engine does not, is passed over.
    await stack.run(0, 'fault', 'inject', 'pause', 'db', ...NOW);
    expect((await stack.run(0, 'fault', 'recover')).stdout).not.to.match(/restarted with it/);
    await stack.run(0, 'fault', 'inject', 'kill', 'db', ...NOW);
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(
      /api-1 was not restarted with it, .*`docker compose restart api`/,
    );
  });

  it('the stack is compared with how it was: what fell with the target is named, never touched, and not called recovered', async () => {
    stack = await bringUp(docker, 'fell', (image) => ({
      db: YIELDS(image),
      web: YIELDS(image),
      front: YIELDS(image),
    }));
    await stack.run(0, 'fault', 'inject', 'kill', 'db', ...NOW);
    const { 'web-1': web } = await stack.look();
    await docker.docker(['stop', '--time', '5', web?.id ?? '']);
    await stack.compose('pause', 'front');
    const { json } = await stack.run(9, 'fault', 'recover', '--json');
    expect(json.error.message).to.match(/web-1 is exited/);
    expect(json.error.next)
      .to.match(/docker compose up -d web`/)
      // What is paused cannot be started.
      .and.match(/docker compose unpause front`/)
      .and.match(/--only-targets/);
    expect(await stateOf('web-1')).to.equal('exited');
    expect(await stateOf('db-1')).to.equal('running');
    await stack.run(0, 'fault', 'recover', '--only-targets');
    expect(await stateOf('web-1')).to.equal('exited');
    await stack.compose('unpause', 'front');
  });

  it('what runs on with the network that a target has no more is named, and how it comes back', async () => {
    stack = await bringUp(docker, 'tunnel', (image) => ({
      tunnel: YIELDS(image),
      client: { ...YIELDS(image), network_mode: 'service:tunnel' },
      // It ends with its owner, and nobody starts it again.
      tracer: { ...YIELDS(image), pid: 'service:tunnel' },
    }));
    const addresses = async () =>
      (await stack.compose('exec', '-T', 'client', 'cat', '/proc/net/fib_trie')).match(/172|10\./g);
    expect(await addresses(), 'it has an address').not.to.equal(null);
    await stack.run(0, 'fault', 'inject', 'kill', 'tunnel', ...NOW);
    const { json } = await stack.run(9, 'fault', 'recover', '--json');
    expect(await addresses(), 'it has none').to.equal(null);
    expect(json.error.message)
      .to.match(/client-1 is cut off \(it has the network that tunnel-1 had/)
      .and.match(/tracer-1 is exited/);
    expect(json.error.next)
      .to.match(/`docker compose up -d tracer`/)
      .and.match(/`docker compose restart client`/);
    await stack.compose('up', '--detach', 'tracer');
    await stack.compose('restart', '--timeout', '1', 'client');
    await stack.run(0, 'fault', 'recover');
    expect(await addresses()).not.to.equal(null);
  });

  // Kind: what the engine says is not there is taken for the container.
  it('what a start lacks is told in the words of the engine, and the next command brings it back', async () => {
    stack = await bringUp(docker, 'lacks', (image) => ({ app: YIELDS(image) }));
    await stack.run(0, 'fault', 'inject', 'kill', 'app', ...NOW, '--overrule', 'last_healthy');
    // As `docker network prune` does, to which a stopped container is no user of its network.
    await docker.docker(['network', 'rm', `${stack.project}_default`]);
    const { json } = await stack.run(6, 'fault', 'recover', '--json');
    expect(json.error.message).to.match(
      /^The start of app-1 failed: .*network .* not found \(404\)/,
    );
    expect(json.error.next).to.match(/`docker compose up -d --force-recreate app`/);
    await stack.compose('up', '--detach', '--force-recreate', 'app');
    const { stdout } = await stack.run(0, 'fault', 'recover');
    expect(stdout).to.match(/recreated/);
  });

  it('an undo that needs what a later one brings is tried again, once that is there', async () => {
    stack = await bringUp(docker, 'joined', (image) => ({
      tunnel: YIELDS(image),
      client: { ...YIELDS(image), network_mode: 'service:tunnel' },
    }));
    // Newest first: the engine starts neither of them while the tunnel is down.
    for (const service of ['tunnel', 'client'])
      await stack.run(0, 'fault', 'inject', 'kill', service, ...NOW);
    const alone = await stack.run(6, 'fault', 'recover', 'f2', '--json');
    expect(alone.json.error.message).to.match(/network of a non running container/);
    await stack.run(0, 'fault', 'recover');
    const states = Object.values(await stack.look()).map(({ state }) => state);
    expect(states).to.deep.equal(['running', 'running']);
  });

  describe('what was recorded is bound to where it was recorded', () => {
    /** The engine by another door, behind which it bears another id: what it has is the same, so that only the id can tell. */
    async function otherEngine(folder: string): Promise<{ host: string; close(): void }> {
      const socketPath = docker.host.replace('unix://', '');
      const path = join(folder, 'other.sock');
      const server = createServer((asked, answer) => {
        const on = request(
          { socketPath, path: asked.url, method: asked.method, headers: asked.headers },
          (response) => {
            if (!/\/info$/.test(asked.url ?? '')) {
              answer.writeHead(response.statusCode ?? 500, response.headers);
              response.pipe(answer);
              return;
            }
            const parts: Buffer[] = [];
            response.on('data', (part: Buffer) => parts.push(part));
            response.on('end', () => {
              const info = { ...JSON.parse(Buffer.concat(parts).toString()), ID: 'ANOTHER-ENGINE' };
              answer.writeHead(200, { 'content-type': 'application/json' });
              answer.end(JSON.stringify(info));
            });
          },
        );
        asked.pipe(on);
      });
      await new Promise<void>((resolve) => server.listen(path, resolve));
      return { host: `unix://${path}`, close: () => server.close() };
    }

    for (const command of [
      ['fault', 'recover'],
      ['chapter', 'reset'],
      ['fault', 'inject', 'kill', 'cache', ...NOW],
    ]) {
      it(`\`${command.slice(0, 3).join(' ')}\` by another engine is refused, with both named, and nothing is closed`, async () => {
        stack = await bringUp(docker, 'two', (image) => ({
          cache: { ...YIELDS(image), deploy: { replicas: 2 } },
        }));
        await stack.run(0, 'fault', 'inject', 'kill', 'cache', ...NOW);
        const other = await otherEngine(stack.folder.path);
        try {
          const ended = await gameday([...command, '--json'], {
            cwd: stack.folder.path,
            env: { ...docker.env, DOCKER_HOST: other.host },
          });
          expect(ended.code, ended.stderr).to.equal(4);
          expect(ended.json.error.code).to.equal('other_engine');
          expect(ended.json.error.message).to.match(/ANOTHER-ENGINE/);
        } finally {
          other.close();
        }
        expect(await live()).to.have.length(1);
        await stack.run(0, 'fault', 'recover');
      });
    }
  });
});

describe('a countdown that was stopped', () => {
  it('goes on with the seconds that were left: no time passes in which nobody could cancel', async function () {
    this.timeout(60_000);
    const found = await testDocker();
    if (!found) return this.skip();
    const stack = await bringUp(found, 'ctrlz', (image) => ({ web: YIELDS(image) }));
    try {
      const started = start(['fault', 'inject', 'kill', 'web', '--countdown', '3s'], {
        cwd: stack.folder.path,
        env: found.env,
      });
      await until(
        'it counts',
        () => /in 3\.\.\./.test(started.output()) || /3s/.test(started.output()),
      );
      started.child.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 6000));
      started.child.kill('SIGCONT');
      await new Promise((resolve) => setTimeout(resolve, 500));
      started.child.kill('SIGINT');
      expect((await started.ended).code).to.equal(130);
      expect((await stack.look())['web-1']?.state).to.equal('running');
    } finally {
      await stack.cleanup();
    }
  });
});
