/**
 * The contract of the ability `http` on a real engine: real requests come through published ports, from outside, and what is not
 * meant by a fault has to be as it would be without a proxy. Afterwards the target's network is as it was before.
 */
import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { LiveEffect } from '../../src/fault/effect.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually, rejection } from './contract.ts';
import {
  type DockerStack,
  effectOf,
  find,
  helpersFor,
  makeDockerStack,
  NEW_LIVES,
} from './docker-stack.ts';

interface Answer {
  /** Null: the connection ended before. */
  status: number | null;
  body: string;
  /** The connection ended before the answer did. */
  isCut: boolean;
  /** Of its headers, as they are written. */
  names: string[];
  ms: number;
}

const UPGRADE = 'GET /ws HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

describe('HTTP faults of the Compose engine', function () {
  this.timeout(180_000);
  let stack: DockerStack;
  let tools: string;
  let http: Ability;
  let network: Ability;
  let web: Instance;
  let wasThere: string;
  let port: number;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    tools = await docker.image('tools');
    stack = await makeDockerStack(docker, 'http');
    const engine = await stack.open({ toolsImage: tools });
    http = engine.abilities.http as Ability;
    network = engine.abilities.network as Ability;
  });
  beforeEach(async () => {
    web = await find(stack.engine, 'web-1');
    port = await publishedOf(web, 80);
    await eventually('web answers', async () => (await get('/')).status === 200);
    wasThere = await rulesOf(web);
  });
  afterEach(async () => {
    if (!stack) return;
    for (const name of ['web-1', 'two-1']) {
      const target = await find(stack.engine, name);
      await http.set(target, []);
      await network.set(target, []);
      expect(await helpers(target)).to.deep.equal([]);
    }
    expect(await rulesOf(await find(stack.engine, 'web-1'))).to.equal(wasThere);
  });
  after(() => stack?.cleanup());

  const docker = (...args: string[]) => stack.docker.docker(args);
  const helpers = (target: Instance) => helpersFor(stack, target);
  const publishedOf = async ({ id }: Instance, inside: number) =>
    Number((await docker('port', id, String(inside))).split(':').at(-1));
  const now = async (target: Instance) => (await stack.engine.inspect(target.id)) as Instance;
  const live = async (
    fault: string,
    written: Record<string, unknown>,
    { target = web, deadline = null as string | null } = {},
  ): Promise<LiveEffect> => {
    const effect = effectOf('http', written);
    expect(await http.whyNot(target, effect)).to.equal(null);
    return { fault, target, effect: (await http.bind?.(target, effect, [])) ?? effect, deadline };
  };
  const whyNot = (target: Instance, written: Record<string, unknown> = {}) =>
    http.whyNot(target, effectOf('http', written));
  const states = async (effects: LiveEffect[], target = web) =>
    (await http.read(await now(target), effects)).map(({ state }) => state);

  /** All rules of its network, without counters. */
  async function rulesOf({ id }: Instance): Promise<string> {
    const options = ['--rm', '--network', `container:${id}`, '--cap-add', 'NET_ADMIN', tools];
    const text = await docker('run', ...options, '/usr/sbin/nft', 'list', 'ruleset');
    // Each life of a container has other ports for its questions of names.
    return text.replace(/packets \d+ bytes \d+|port \d+/g, '');
  }

  const ask = (path: string, options: RequestOptions = {}, sent?: string): Promise<Answer> => {
    const begun = performance.now();
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const answer: Answer = { status: null, body: '', isCut: true, names: [], ms: 0 };
    const end = () => resolve({ ...answer, ms: performance.now() - begun });
    const asking = request({ host: '127.0.0.1', port, path, agent: false, ...options });
    asking.on('error', end);
    asking.on('response', (answered: IncomingMessage) => {
      answer.status = answered.statusCode ?? null;
      answer.names = answered.rawHeaders.filter((_, index) => index % 2 === 0);
      answered.setEncoding('latin1');
      answered.on('data', (text: string) => {
        answer.body += text;
      });
      answered.on('end', () => {
        answer.isCut = false;
      });
      answered.on('close', end);
      answered.on('error', () => {});
    });
    asking.end(sent);
    return promise;
  };
  const get = (path: string, options?: RequestOptions) => ask(path, options);
  /** The server takes no more than one connection at a time. */
  const many = async (count: number, path: string) => {
    const answers: Answer[] = [];
    for (let done = 0; done < count; done++) answers.push(await get(path));
    return answers;
  };

  it('status: the share that was asked for, of the paths that are meant', async () => {
    const some = await live('f1', { share: '30%', status: 502, path: '/api' });
    expect(some.effect).to.deep.include({ port: 80, status: 502 });
    await http.set(web, [some]);
    expect(await states([some])).to.deep.equal(['in_force']);
    const answers = await many(300, '/api/orders');
    const hit = answers.filter(({ status }) => status === 502);
    expect(hit.length).to.be.within(62, 118);
    expect(hit.every(({ body, isCut }) => body === 'gameday f1: 502\n' && !isCut)).to.equal(true);
    expect(answers.filter(({ status }) => status === 200)).to.have.length(300 - hit.length);
    expect((await many(100, '/other')).every(({ status }) => status === 200)).to.equal(true);
    expect(await http.measure?.(web, some.effect)).to.equal(
      `${hit.length} of 300 requests to port 80 of web-1 were hit so far`,
    );
    await http.set(web, [], [some]);
    expect((await many(40, '/api')).every(({ status }) => status === 200)).to.equal(true);
  });

  it('delay, and answers that are cut before they begin and in the middle', async () => {
    const late = await live('f1', { delay: '300ms' });
    await http.set(web, [late]);
    const answer = await get('/');
    expect(answer).to.include({ status: 200, isCut: false });
    expect(answer.ms).to.be.within(300, 1500);
    expect(await http.measure?.(web, late.effect)).to.match(/^1 of 1 requests/);

    await http.set(web, [await live('f1', { cut: 'head' })]);
    expect(await get('/')).to.include({ status: null, body: '' });

    const middle = await live('f1', { cut: 'body' });
    await http.set(web, [middle]);
    const plain = await get('/');
    expect(plain).to.include({ status: 200, isCut: true });
    expect(plain.body)
      .to.match(/^GET \/ go/)
      .and.not.match(/pid/);
    expect(await get('/chunked')).to.include({ status: 200, isCut: true });
    const large = await get('/large');
    expect(large).to.include({ status: 200, isCut: true });
    expect(large.body.length).to.be.within(1, 19_000_000);

    const both = await live('f1', { status: 500, cut: 'body', delay: '200ms' });
    await http.set(web, [both]);
    const own = await get('/');
    expect(own).to.include({ status: 500, body: 'gameday ', isCut: true });
    expect(own.ms).to.be.within(200, 1500);
  });

  it('what is not meant goes through unharmed', async () => {
    await http.set(web, [await live('f1', { path: '/never' })]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const pids = new Set<string>();
    for (const path of ['/a', '/b', '/c']) {
      const { body } = await get(path, { agent });
      expect(body).to.match(/^GET \/.* got 0 from \d+\.\d+\.\d+\.\d+ pid \d+$/);
      pids.add(body.split(' ').at(-1) as string);
    }
    // One connection of a client is one to the server.
    expect(pids.size).to.equal(1);
    agent.destroy();
    const large = await get('/large');
    expect(large.body).to.have.length(20_000_000);
    expect(large.names[0]).to.equal('content-length');
    expect(await get('/chunked')).to.include({ body: 'helloworld', isCut: false });
    const sent = 'x'.repeat(5_000_000);
    const posted = { method: 'POST', headers: { 'content-length': sent.length } };
    expect((await ask('/post', posted, sent)).body).to.match(/^POST \/post got 5000000 /);
    const headers = { Cookie: 'x'.repeat(12_000) };
    expect((await get('/', { headers })).status).to.equal(200);
    expect(await upgraded('first')).to.equal('first');
    const { stdout } = await stack.docker.compose(
      ['exec', '-T', 'web', 'wget', '-qO-', 'http://127.0.0.1/never'],
      {
        cwd: stack.folder,
        env: stack.env,
      },
    );
    expect(stdout, 'from inside it is not hit').to.match(/^GET \/never got 0 from {2}pid/);
  });

  /** What comes back for a text on a connection that was a request of HTTP before. */
  async function upgraded(text: string): Promise<string> {
    const socket = await opened(port);
    socket.write(UPGRADE);
    expect(await heard(socket)).to.match(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n$/);
    socket.write(text);
    const echo = await heard(socket);
    socket.destroy();
    return echo;
  }
  const opened = async (to: number): Promise<Socket> => {
    const socket = connect(to, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const heard = async (socket: Socket): Promise<string> => {
    const [bytes] = await Promise.race([
      once(socket, 'data'),
      once(socket, 'close').then(() => ['(closed)']),
    ]);
    return String(bytes);
  };

  it('a port that carries no HTTP is led through as bytes', async () => {
    const two = await find(stack.engine, 'two-1');
    const bytes = await live('f1', { port: 81, path: '/never' }, { target: two });
    await http.set(two, [bytes]);
    expect(await states([bytes], two)).to.deep.equal(['in_force']);
    const to = await publishedOf(two, 81);
    for (const text of ['\x16\x03\x01\x02 a hello of TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']) {
      const [other, asked] = [await opened(to), performance.now()];
      other.write(text, 'latin1');
      let said = '';
      while (!said.includes(text) && !said.includes('(closed)')) said += await heard(other);
      expect(said).to.equal(`hello\n${text}`);
      expect(performance.now() - asked, 'at once').to.be.below(1500);
      other.destroy();
    }
    const socket = await opened(to);
    const begun = performance.now();
    expect(await heard(socket), 'the server speaks first').to.equal('hello\n');
    expect(performance.now() - begun).to.be.within(1800, 4000);
    for (const text of ['any bytes', 'GET is no request']) {
      socket.write(text);
      expect(await heard(socket)).to.equal(text);
    }
    socket.destroy();
    expect(await http.measure?.(two, bytes.effect)).to.equal(
      'no request that is meant has come to port 81 of two-1 so far',
    );
    const talks = `ps -o pid,args | awk '$2 == "nc" && / 81 / { print $1 }'`;
    await docker('exec', two.id, 'sh', '-c', `kill $(${talks})`);
    const refused = await opened(to);
    refused.write('GET / HTTP/1.0\r\n\r\n');
    expect(await heard(refused), 'nobody answers for a server that is down').to.equal('(closed)');
    refused.destroy();
    await http.set(two, []);
    await docker('restart', '--time', '0', two.id);
    const both = async () => (await whyNot(two))?.why === 'it listens on the ports 80, 81';
    await eventually('two listens again', both);
  });

  it('a connection that was open before is cut at its next request, and the one after it is hit', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await get('/', { agent })).status).to.equal(200);
    await http.set(web, [await live('f1', { status: 503 })]);
    expect((await get('/', { agent })).status).to.equal(null);
    expect((await get('/', { agent })).status).to.equal(503);
    agent.destroy();
  });

  it('several at once: the newest one’s status counts, delays add up, and each is undone alone', async () => {
    const one = await live('f1', { status: 500, delay: '100ms' });
    const other = await live('f2', { status: 503, delay: '100ms', path: '/api' });
    await http.set(web, [one]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await get('/', { agent })).status).to.equal(500);
    await http.set(web, [one, other]);
    expect(await states([one, other])).to.deep.equal(['in_force', 'in_force']);
    expect((await get('/', { agent })).status, 'on a connection that was kept').to.equal(500);
    agent.destroy();
    const api = await get('/api');
    expect(api.status).to.equal(503);
    expect(api.ms).to.be.at.least(200);
    expect((await get('/')).status).to.equal(500);
    await http.set(web, [other], [one]);
    expect(await states([one, other])).to.deep.equal(['absent', 'in_force']);
    expect((await get('/')).status).to.equal(200);
    expect((await get('/api')).status).to.equal(503);
    await http.set(web, [one, other]);
    await http.set(web, [one], [other]);
    expect(await states([one, other])).to.deep.equal(['in_force', 'absent']);
    expect((await get('/api')).status).to.equal(500);
    expect(await helpers(web), 'one proxy').to.have.length(1);
    await http.set(web, [one]); // Again, as after a death.
    expect(await helpers(web)).to.have.length(1);
  });

  it('stands beside faults of the network, in either order', async () => {
    const on = { target: web, deadline: null };
    const spoiled = await live('f1', { status: 503 });
    const reset: LiveEffect = { fault: 'f2', effect: effectOf('reset', { port: '80' }), ...on };
    const both = async () => {
      expect(await states([spoiled])).to.deep.equal(['in_force']);
      const [seen] = await network.read(await now(web), [reset]);
      expect(seen?.state).to.equal('in_force');
      expect((await get('/')).status).to.equal(null);
    };
    await http.set(web, [spoiled]);
    await network.set(web, [reset]);
    await both();
    await network.set(web, [], [reset]);
    expect((await get('/')).status).to.equal(503);
    await network.set(web, [reset]);
    await http.set(web, [], [spoiled]);
    expect((await get('/')).status).to.equal(null);
    await http.set(web, [spoiled]);
    await both();
    await network.set(web, [], [reset]);
    expect((await get('/')).status).to.equal(503);
  });

  it('is undone from its effect alone, and an answer under way ends first', async () => {
    const late = await live('f1', { delay: '1500ms' });
    await http.set(web, [late]);
    const socket = await opened(port);
    socket.write(UPGRADE);
    expect(await heard(socket)).to.match(/^HTTP\/1\.1 101 /);
    const closed = once(socket, 'close');
    const answer = get('/');
    await delay(300);
    const engine = await stack.open({ toolsImage: tools });
    await engine.abilities.http?.set(JSON.parse(JSON.stringify(web)), []);
    expect(await answer).to.include({ status: 200, isCut: false });
    await closed; // What has no end of its own.
    expect(await states([late])).to.deep.equal(['absent']);
    expect((await get('/')).ms).to.be.below(1000);
  });

  it('a proxy that somebody kills leads nobody astray', async () => {
    const spoiled = await live('f1', { status: 503 });
    await http.set(web, [spoiled]);
    expect((await get('/')).status).to.equal(503);
    await docker('kill', ...(await helpers(web)));
    expect((await many(40, '/')).every(({ status }) => status === 200)).to.equal(true);
    expect(await states([spoiled])).to.deep.equal(['absent']);
    await http.set(web, [spoiled]);
    expect((await get('/')).status).to.equal(503);
  });

  it('ends by itself at its limit, nobody of ours being there', async () => {
    const deadline = new Date(Date.now() + 9000).toISOString();
    const spoiled = await live('f1', { status: 503 }, { deadline });
    await http.set(web, [spoiled]);
    expect((await get('/')).status).to.equal(503);
    await eventually('answers are its own', async () => (await get('/')).status === 200);
    expect(Date.now()).to.be.within(Date.parse(deadline) - 1500, Date.parse(deadline) + 4000);
    await eventually('the proxy is gone', async () => (await helpers(web)).length === 0);
    expect(await states([spoiled])).to.deep.equal(['absent']);
  });

  for (const [way, change] of NEW_LIVES)
    it(`is over with the life of a target that is ${way}`, async () => {
      const spoiled = await live('f1', { status: 503 });
      await http.set(web, [spoiled]);
      await change(stack, web);
      await eventually('the proxy is gone', async () => (await helpers(web)).length === 0);
      const after_ = await find(stack.engine, 'web-1');
      port = await publishedOf(after_, 80);
      await eventually('it answers', async () => (await get('/')).status === 200);
      if (await stack.engine.inspect(web.id)) {
        expect(await states([spoiled])).to.deep.equal(['absent']);
        await http.set(web, [spoiled]); // Of a life before this one: not put on it.
        expect(await helpers(web)).to.deep.equal([]);
      }
      await http.set(web, [], [spoiled]);
    });

  it('is undone on a target that is paused', async () => {
    const spoiled = await live('f1', { status: 503 });
    await http.set(web, [spoiled]);
    await docker('pause', web.id);
    try {
      await http.set(web, [], [spoiled]);
      expect(await helpers(web)).to.deep.equal([]);
    } finally {
      await docker('unpause', web.id);
    }
    expect((await get('/')).status).to.equal(200);
  });

  it('is refused, with the reason, before anything is done', async () => {
    const two = await find(stack.engine, 'two-1');
    const none = await find(stack.engine, 'none-1');
    const hosted = { ...web, record: { ...web.record, network_mode: 'host' } };
    expect((await whyNot(two))?.why).to.equal('it listens on the ports 80, 81');
    const elsewhere = await whyNot(web, { port: 8080 });
    expect(elsewhere?.why).to.equal('it listens on port 80, and not on 8080');
    expect((await whyNot(none))?.why).to.match(/it listens on no TCP port/);
    expect((await whyNot(hosted))?.why).to.match(/network of its host/);
    const old = await stack.open({ toolsImage: stack.env.IMAGE as string });
    const lacking = await old.abilities.http?.whyNot(web, effectOf('http'));
    expect(lacking?.why).to.equal(`the image ${stack.env.IMAGE} has no HAProxy`);
    expect(lacking?.next).to.match(/haproxy.*\| docker build -t /);
    const portless: LiveEffect = {
      fault: 'f1',
      target: web,
      effect: effectOf('http'),
      deadline: null,
    };
    const error = await rejection(http.set(web, [portless]));
    expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
  });

  it('leaves a table of our name alone that is not ours', async () => {
    const options = ['--rm', '--network', `container:${web.id}`, '--cap-add', 'NET_ADMIN', tools];
    const nft = (words: string) => docker('run', ...options, '/usr/sbin/nft', words);
    await nft(
      'add table inet gameday_http; add chain inet gameday_http c { type filter hook input priority 0; }; add rule inet gameday_http c udp dport 9 drop',
    );
    try {
      const theirs = await rulesOf(web);
      expect((await http.whyNot(web, effectOf('http')))?.why).to.match(/not ours/);
      const error = await rejection(http.set(web, []));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
      expect(await rulesOf(web)).to.equal(theirs);
    } finally {
      await nft('delete table inet gameday_http');
    }
  });
});
