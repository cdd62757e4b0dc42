/** An engine behind a proxy that lets some requests through, and one that counts as on another machine. */
import { createServer, request } from 'node:http';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { closeAll, listen } from '../engine/docker-proxy.ts';
import { expectExit, gameday, refusalOf } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const PAGE = '<html><body><h1>403 Forbidden</h1>\nRequest forbidden by rules.</body></html>';

describe('an engine behind a proxy', function () {
  this.timeout(120_000);
  let stack: Stack;
  let socketPath: string;

  before(async function () {
    const docker = await testDocker();
    if (!docker?.host.startsWith('unix://')) return this.skip();
    socketPath = docker.host.slice('unix://'.length);
    stack = await bringUp(docker, 'proxied', (image) => ({
      web: { image, command: ['sleep', 'inf'], init: true },
    }));
  });
  afterEach(async () => {
    if (!stack) return;
    await gameday(['chapter', 'reset', '--wait'], {
      cwd: stack.folder.path,
      env: stack.docker.env,
    });
    closeAll();
  });
  after(() => stack?.cleanup());

  /** On loopback; what `forbids` is answered as proxies do. */
  async function proxy(forbids: RegExp): Promise<number> {
    const server = createServer((asked, answer) => {
      const { method = 'GET', url = '/', headers } = asked;
      if (forbids.test(`${method} ${url}`)) return answer.writeHead(403).end(PAGE);
      const passed = request({ socketPath, method, path: url, headers }, (given) => {
        answer.writeHead(given.statusCode ?? 500, given.headers);
        given.pipe(answer);
      });
      passed.on('error', () => answer.destroy());
      return asked.pipe(passed);
    });
    return (await listen(server)).port;
  }
  const by = (host: string) => ({
    cwd: stack.folder.path,
    env: { ...stack.docker.env, DOCKER_HOST: host },
  });

  for (const [kind, undo] of [
    ['kill', 'start'],
    ['stop', 'start'],
    ['crash', 'start'],
    ['pause', 'unpause'],
  ] as const)
    it(`${kind} is refused before anything happens where ${undo} is forbidden`, async () => {
      const port = await proxy(new RegExp(`^POST .*/${undo}$`));
      const was = await stack.look();
      const refused = refusalOf(
        await gameday(
          ['fault', 'inject', kind, 'web', '--countdown', '0', '--json'],
          by(`tcp://127.0.0.1:${port}`),
        ),
      );
      expect(refused).to.include({ code: 'unsupported_target', exit: 4 });
      expect(refused.message).to.include(
        `the engine does not let us ${undo} a container afterwards: 403 Forbidden Request forbidden by rules. (403)`,
      );
      expect(await stack.look()).to.deep.equal(was);
    });

  it('needs no /info, which says only which engine it is and what its clock shows', async () => {
    const at = by(`tcp://127.0.0.1:${await proxy(/^GET .*\/info$/)}`);
    await expectExit(0, ['fault', 'inject', 'kill', 'web', '--countdown', '0'], at);
    await expectExit(0, ['fault', 'recover'], at);
    expect((await stack.look())['web-1']).to.include({ state: 'running' });
  });

  it('a run on another machine goes on there without --allow-remote, as its own advice is typed, and nowhere else', async () => {
    // Not a loopback address by its name; the system takes it for this machine.
    const at = by(`tcp://0.0.0.0:${await proxy(/^$/)}`);
    const inject = ['fault', 'inject', 'kill', 'web', '--countdown', '0'];
    expect(refusalOf(await gameday([...inject, '--json'], at))).to.include({
      code: 'remote_engine',
      exit: 4,
    });
    await expectExit(0, [...inject, '--allow-remote'], at);
    const listed = await expectExit(0, ['fault', 'list', '--json'], at);
    expect(listed.json.faults[0].drift[0]).to.include({ finding: 'in_force' });
    const other = by(`tcp://0.0.0.0:${await proxy(/^$/)}`);
    expect(refusalOf(await gameday(['fault', 'recover', '--json'], other)).code).to.equal(
      'remote_engine',
    );
    await expectExit(0, ['fault', 'recover'], at);
    expect((await stack.look())['web-1']).to.include({ state: 'running' });
  });
});
