/**
 * The contract of the abilities `network` and `http`, on the process engine: what a kind does is looked at from outside, by real
 * clients at the declared port, and a target is afterwards as it was before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { readStanding } from '../../src/engine/process/process-record.ts';
import type { Effect, LiveEffect } from '../../src/fault/effect.ts';
import { findKind, readParams, specOf } from '../../src/fault/fault-kind.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { OWN_KINDS } from '../../src/fault/kinds/index.ts';
import {
  FIXTURES,
  makeStack,
  marked,
  type ProcessStack,
  service,
} from '../fixtures/process/stack.ts';
import { freePorts } from '../free-ports.ts';
import { eventually } from './contract.ts';
import { ask, dial, keptAlive, roundTrip } from './proxy-clients.ts';

/** What a user wrote becomes the effect, by the same way as for a command. */
function effectOf(kind: string, written: Record<string, unknown> = {}): Effect {
  const row = findKind(OWN_KINDS, kind);
  const read = readParams(row, written, OWN_KINDS);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return specOf(row, read.values).effect;
}

const program = (name: string) => [process.execPath, join(FIXTURES, name)];

describe('network and http faults of the process engine', function () {
  this.timeout(60_000);
  let stack: ProcessStack;
  let web: Instance;
  let echo: Instance;
  let webPort: number;
  let echoPort: number;
  let was: unknown;

  before(async () => {
    webPort = await freePorts(2);
    echoPort = webPort + 1;
    stack = await makeStack({
      web: service({ command: program('answers.mjs'), port: webPort, health: { http: '/' } }),
      echo: service({ command: program('echo.mjs'), port: echoPort, health: { tcp: true } }),
    });
    await stack.engine.up();
    web = await stack.look('web-1');
    echo = await stack.look('echo-1');
    was = await picture();
  });
  afterEach(async () => {
    for (const id of ['web-1', 'echo-1']) {
      const now = await stack.look(id);
      if (now.state !== 'running') await stack.engine.perform('start', now);
      for (const on of ['network', 'http']) await ability(on).set(now, []);
    }
    web = await healthy('web-1');
    echo = await healthy('echo-1');
  });
  after(() => stack?.cleanup());

  const ability = (on: string) => {
    const found = stack.engine.abilities[on];
    if (!found) throw new Error(`no ability ${on}`);
    return found;
  };
  const healthy = (id: string) =>
    eventually(`${id} is well`, async () => {
      const now = await stack.look(id);
      return now.state === 'running' && now.health === 'healthy' && now;
    });
  const live = (fault: string, effect: Effect, target: Instance, leftMs?: number): LiveEffect => ({
    fault,
    target,
    effect,
    deadline: leftMs === undefined ? null : new Date(Date.now() + leftMs).toISOString(),
  });
  /** Makes exactly these so, each by its own ability. */
  const set = async (target: Instance, ...effects: LiveEffect[]) => {
    for (const on of ['network', 'http'])
      await ability(on).set(
        target,
        effects.filter((each) => each.effect.on === on),
      );
  };
  const statesOf = async (target: Instance, ...effects: LiveEffect[]) => {
    const now = await stack.look(target.id);
    const readings = await Promise.all(
      effects.map((each) => ability(each.effect.on).read(now, [each])),
    );
    return readings.flat().map(({ state }) => state);
  };
  const proxyFolder = () => join(stack.stateDir, 'proxy');
  const proxyPid = () => readStanding(proxyFolder(), 'proxy-1')?.generation?.command?.pid as number;

  /** All that a fault could leave: instances, processes, files, and how clients fare. */
  async function picture() {
    const rows = await stack.engine.list();
    return {
      rows: rows.map(({ id, state, health }) => `${id} ${state} ${health}`),
      pids: marked(stack.folder),
      rules: readdirSync(join(proxyFolder(), 'rules')),
      routes: readdirSync(join(proxyFolder(), 'routes')).map((name) =>
        readFileSync(join(proxyFolder(), 'routes', name), 'utf8'),
      ),
      web: (await ask(webPort)).end,
      echo: await (await dial(echoPort)).say('hello'),
      listens: listeners([webPort, echoPort]),
    };
  }

  /** Each kind, and what somebody outside feels of it. */
  const KINDS: {
    kind: string;
    written: Record<string, unknown>;
    target: () => Instance;
    feels(): Promise<unknown>;
    felt: unknown;
    else: unknown;
  }[] = [
    {
      kind: 'partition',
      written: {},
      target: () => echo,
      feels: async () => (await dial(echoPort)).say('hello', 300),
      felt: 'nothing',
      else: 'hello',
    },
    {
      kind: 'delay',
      written: { time: '150ms' },
      target: () => echo,
      feels: async () => Math.round((await roundTrip(echoPort, 5)) / 150),
      felt: 1,
      else: 0,
    },
    {
      kind: 'loss',
      written: { share: '99.9%', direction: 'in' },
      target: () => web,
      feels: async () => (await ask(webPort)).end,
      felt: 'ECONNRESET',
      else: 200,
    },
    {
      kind: 'rate',
      written: { limit: '1mbit' },
      target: () => web,
      // A tenth of a second for 12.5 kB.
      feels: async () =>
        Math.min(
          2,
          Math.round((await ask(webPort, { path: '/big?bytes=50000', withinMs: 5000 })).ms / 200),
        ),
      felt: 2,
      else: 0,
    },
    {
      kind: 'reset',
      written: {},
      target: () => web,
      feels: async () => (await ask(webPort)).end,
      felt: 'ECONNREFUSED',
      else: 200,
    },
    {
      kind: 'http',
      written: { path: '/chunks', status: 502 },
      target: () => web,
      feels: async () =>
        `${(await ask(webPort, { path: '/chunks' })).end} ${(await ask(webPort)).end}`,
      felt: '502 200',
      else: '200 200',
    },
  ];

  for (const { kind, written, target, feels, felt, else: usual } of KINDS)
    it(`${kind}: is felt, stays when another one comes and goes, and leaves nothing`, async () => {
      const first = live('f1', effectOf(kind, written), target());
      const second = live('f2', effectOf('delay', { time: '1ms' }), target());
      expect(await feels(), 'before').to.equal(usual);
      expect(await ability(first.effect.on).whyNot(target(), first.effect)).to.equal(null);
      await set(target(), first);
      expect(await statesOf(target(), first, second)).to.deep.equal(['in_force', 'absent']);
      expect(await feels(), 'alone').to.equal(felt);
      await set(target(), first, second);
      expect(await statesOf(target(), first, second)).to.deep.equal(['in_force', 'in_force']);
      expect(await feels(), 'with another').to.equal(felt);
      await set(target(), second);
      expect(await statesOf(target(), first, second)).to.deep.equal(['absent', 'in_force']);
      expect(await feels(), 'with the other alone').to.equal(usual);
      await set(target());
      expect(await statesOf(target(), first, second)).to.deep.equal(['absent', 'absent']);
      expect(await picture()).to.deep.equal(was);
    });

  it('delay: as late as was asked for, within a tenth, to either side', async () => {
    const usual = await roundTrip(echoPort);
    for (const [direction, times] of [
      ['out', 1],
      ['in', 1],
      ['both', 2],
    ] as const) {
      await set(echo, live('f1', effectOf('delay', { time: '100ms', direction }), echo));
      expect((await roundTrip(echoPort)) - usual, direction).to.be.closeTo(100 * times, 10 * times);
    }
  });

  it('delay: jitter never changes the order', async () => {
    const jittery = effectOf('delay', { time: '20ms', jitter: '20ms' });
    await set(echo, live('f1', jittery, echo));
    const wire = await dial(echoPort);
    const said = Array.from({ length: 300 }, (_, index) => `${index};`).join('');
    let heard = '';
    wire.socket.on('data', (text: string) => {
      heard += text;
    });
    for (const word of said.match(/\d+;/g) ?? []) {
      wire.socket.write(word);
      if (Math.random() < 0.3) await delay(1);
    }
    await eventually('all is back', () => heard.length === said.length);
    expect(heard).to.equal(said);
    wire.socket.destroy();
  });

  it('rate: the bandwidth that was asked for, within a tenth, shared by all connections', async () => {
    await set(web, live('f1', effectOf('rate', { limit: '8mbit' }), web));
    const begun = performance.now();
    const path = '/big?bytes=500000';
    const all = await Promise.all([1, 2].map(() => ask(webPort, { path, withinMs: 10_000 })));
    expect(all.map(({ end, body }) => `${end} ${body.length}`)).to.deep.equal([
      '200 500000',
      '200 500000',
    ]);
    expect(performance.now() - begun).to.be.closeTo(1000, 100);
  });

  it('loss: the share that was asked for, by requests on new and on kept connections', async () => {
    await set(web, live('f1', effectOf('loss', { share: '30%' }), web));
    for (const agent of [false, keptAlive()] as const) {
      const ends = [];
      for (let time = 0; time < 400; time++) ends.push((await ask(webPort, { agent })).end);
      const lost = ends.filter((end) => end !== 200);
      expect(lost.length, agent ? 'kept' : 'new').to.be.within(85, 155);
      expect(lost.every((end) => end === 'ECONNRESET')).to.equal(true);
      if (agent) agent.destroy();
    }
  });

  it('partition: what was said meanwhile arrives afterwards, on old connections and new ones', async () => {
    const old = await dial(echoPort);
    expect(await old.say('one')).to.equal('one');
    await set(echo, live('f1', effectOf('partition'), echo));
    const fresh = await dial(echoPort);
    expect(await Promise.all([old.say('two', 300), fresh.say('three', 300)])).to.deep.equal([
      'nothing',
      'nothing',
    ]);
    await set(echo);
    expect(await old.say('', 0)).to.equal('');
    await eventually(
      'the word of before comes back',
      async () => (await old.say('x')) !== 'nothing',
    );
    expect(await fresh.say('four')).to.match(/three|four/);
    for (const wire of [old, fresh]) wire.socket.destroy();
  });

  it('partition in one direction: what goes the other way arrives', async () => {
    const old = await dial(echoPort);
    expect(await old.say('one')).to.equal('one');
    await set(echo, live('f1', effectOf('partition', { direction: 'out' }), echo));
    expect(await old.say('two', 300)).to.equal('nothing');
    // The process has got it, and its answer is held.
    await set(echo, live('f1', effectOf('partition', { direction: 'in' }), echo));
    await eventually('the answer comes', () => old.socket.bytesRead === 6);
    expect(await old.say('six', 300)).to.equal('nothing');
    old.socket.destroy();
  });

  it('reset: open connections are reset, and new ones refused', async () => {
    const open = await dial(echoPort);
    expect(await open.say('hello')).to.equal('hello');
    await set(echo, live('f1', effectOf('reset'), echo));
    await eventually('it is reset', () => open.end() === 'ECONNRESET');
    expect(await dial(echoPort).catch(({ code }) => code)).to.equal('ECONNREFUSED');
    expect((await stack.look('echo-1')).health).to.equal('healthy');
    await set(echo);
    expect(await (await dial(echoPort)).say('hello')).to.equal('hello');
  });

  it('several at once on one target: each is felt', async () => {
    await set(
      web,
      live('f1', effectOf('delay', { time: '100ms' }), web),
      live('f2', effectOf('http', { path: '/', status: 500 }), web),
      live('f3', effectOf('http', { path: '/chunks', delay: '100ms', share: '100%' }), web),
    );
    const [plain, late] = [await ask(webPort), await ask(webPort, { path: '/chunks' })];
    expect([plain.end, late.end]).to.deep.equal([500, 500]);
    expect(plain.ms).to.be.within(95, 180);
    expect(late.ms).to.be.within(195, 300);
  });

  describe('the target restarts in between', () => {
    for (const verb of ['kill', 'crash'] as const)
      it(`${verb}: clients are refused while it is down, and the effect is there when it is back`, async () => {
        const late = live('f1', effectOf('delay', { time: '100ms' }), echo);
        await set(echo, late);
        await stack.engine.perform(verb, echo);
        expect(await dial(echoPort).catch(({ code }) => code)).to.equal('ECONNREFUSED');
        await stack.engine.perform('start', await stack.look('echo-1'));
        await healthy('echo-1');
        expect(await statesOf(echo, late)).to.deep.equal(['in_force']);
        expect(await roundTrip(echoPort, 5)).to.be.within(98, 130);
        await set(echo);
        expect(await roundTrip(echoPort, 5)).to.be.below(50);
      });
  });

  describe('somebody dies', () => {
    const late = (leftMs?: number) =>
      live('f1', effectOf('delay', { time: '100ms' }), echo, leftMs);
    const answers = () => eventually('it answers', () => roundTrip(echoPort, 3).catch(() => null));

    it('the proxy, by SIGKILL: it is back by itself, with the effect, and no process of the stack was touched', async () => {
      await set(echo, late());
      const first = proxyPid();
      process.kill(first, 'SIGKILL');
      await eventually('there is another one', () => proxyPid() !== first);
      expect(await answers()).to.be.within(98, 130);
      expect(await statesOf(echo, late())).to.deep.equal(['in_force']);
      expect((await stack.look('echo-1')).record).to.deep.equal(echo.record);
    });

    it('the proxy and its keeper: the next command brings it back, with the effect', async () => {
      await set(echo, late());
      const first = proxyPid();
      const keeper = readStanding(proxyFolder(), 'proxy-1')?.generation?.keeper?.pid as number;
      process.kill(keeper, 'SIGKILL');
      process.kill(first, 'SIGKILL');
      await eventually('nobody listens', () =>
        dial(echoPort).then(
          () => false,
          () => true,
        ),
      );
      expect(await statesOf(echo, late())).to.deep.equal(['absent']);
      await eventually(
        'its absence is seen',
        async () => (await stack.look('echo-1')).health !== 'healthy',
      );
      await (await stack.reopen()).up();
      expect(await answers()).to.be.within(98, 130);
      expect(await statesOf(echo, late())).to.deep.equal(['in_force']);
      expect((await stack.look('echo-1')).record).to.deep.equal(echo.record);
    });

    it('a proxy that is frozen is replaced by whoever has to change something', async () => {
      await set(echo, late());
      process.kill(proxyPid(), 'SIGSTOP');
      await set(echo);
      expect(await answers()).to.be.below(50);
    });

    it('everybody but the proxy: it lifts the effect itself at its limit', async () => {
      await set(echo, late(1200));
      expect(await roundTrip(echoPort, 3)).to.be.within(98, 130);
      await delay(1300);
      expect(await roundTrip(echoPort, 3)).to.be.below(50);
      expect(await statesOf(echo, late(0))).to.deep.equal(['absent']);
    });

    it('the proxy before the limit: its successor knows the limit', async () => {
      await set(echo, late(1500));
      process.kill(proxyPid(), 'SIGKILL');
      await delay(1600);
      expect(await answers()).to.be.below(50);
    });
  });

  describe('HTTP as it was, where no rule says otherwise', () => {
    const nothing = () => live('f9', effectOf('http', { path: '/none', status: 500 }), web);

    it('chunks, trailers, the letters of headers, bodies with and without a length', async () => {
      const asks = async () => {
        const chunks = await ask(webPort, { path: '/chunks' });
        const sent = { path: '/echo', method: 'POST' };
        const long = await ask(webPort, {
          ...sent,
          body: 'body',
          headers: { 'Content-Length': '4' },
        });
        const cut = await ask(webPort, {
          ...sent,
          body: 'body',
          headers: { 'Transfer-Encoding': 'chunked' },
        });
        const none = await ask(webPort, { ...sent, headers: { 'Content-Length': '0' } });
        const all = [long, cut, none].map(({ end, body, headers }) => [
          end,
          body,
          headers['x-framing'],
        ]);
        return [chunks.end, chunks.body, chunks.trailers, chunks.raw.includes('X-Case'), ...all];
      };
      const plain = await asks();
      await set(web, nothing());
      expect(await asks()).to.deep.equal(plain);
      expect(plain.slice(0, 4)).to.deep.equal([200, 'one two', { 'x-end': 'yes' }, true]);
    });

    it('an upgrade becomes bytes', async () => {
      const upgrade =
        'GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n';
      const shouts = async () => {
        const wire = await dial(webPort);
        wire.socket.write(upgrade);
        await eventually('it is upgraded', () => wire.socket.bytesRead > 60);
        const said = await wire.say('hello');
        wire.socket.destroy();
        return said;
      };
      expect(await shouts()).to.equal('HELLO');
      await set(web, nothing());
      expect(await shouts()).to.equal('HELLO');
    });

    it('a connection that was open before is read from its next request on, and is bytes again afterwards', async () => {
      const agent = keptAlive();
      expect((await ask(webPort, { agent })).end).to.equal(200);
      await set(web, live('f1', effectOf('http', { path: '/', status: 418 }), web));
      expect((await ask(webPort, { agent })).end).to.equal(418);
      await set(web);
      const [one, two] = [await ask(webPort, { agent }), await ask(webPort, { agent })];
      expect([one.end, two.end]).to.deep.equal([200, 200]);
      // The service has one connection for them, and the client has never been cut.
      expect(one.body).to.equal(two.body);
      agent.destroy();
    });

    it('what is no HTTP/1 goes through as bytes under an http rule', async () => {
      await set(echo, live('f1', effectOf('http'), echo));
      expect(await (await dial(echoPort)).say('\u0016\u0003\u0001')).to.equal('\u0016\u0003\u0001');
    });
  });

  it('http: cut off before the head, in the body, late, and by share', async () => {
    const feel = async (written: Record<string, unknown>, path = '/big?bytes=1000') => {
      await set(web, live('f1', effectOf('http', written), web));
      return ask(webPort, { path });
    };
    expect((await feel({ cut: 'head' })).end).to.equal('ECONNRESET');
    const half = await feel({ cut: 'body' });
    expect([half.end, half.body.length]).to.deep.equal(['broken off', 500]);
    const late = await feel({ delay: '200ms' });
    expect(late.end).to.equal(200);
    expect(late.ms).to.be.within(198, 230);
    await set(web, live('f1', effectOf('http', { share: '30%', status: 503 }), web));
    const agent = keptAlive();
    let errors = 0;
    for (let time = 0; time < 400; time++)
      if ((await ask(webPort, { agent })).end === 503) errors += 1;
    expect(errors).to.be.within(85, 155);
    agent.destroy();
  });

  describe('a plain relay at rest', () => {
    it('passes on every byte, half-closed ends and resets', async () => {
      const wire = await dial(echoPort);
      const large = 'a line of some length that is sent again and again\n'.repeat(100_000);
      expect((await wire.say(large, 20_000)) === large, 'five megabytes').to.equal(true);
      wire.socket.end();
      await eventually('it is ended', () => wire.end() === 'ended');
      const other = await dial(echoPort);
      expect(await other.say('bye')).to.equal('ECONNRESET');
    });
  });
});

describe('where the proxy lets clients in', function () {
  this.timeout(60_000);
  let stack: ProcessStack | null = null;
  afterEach(async () => {
    await stack?.cleanup();
    stack = null;
  });

  const LOOPBACK = '0100007F';
  const ANY = '00000000';
  for (const [host, where] of [
    ['127.0.0.1', LOOPBACK],
    ['0.0.0.0', ANY],
  ] as const)
    it(`on the addresses on which the service listens: ${host}`, async function () {
      if (process.platform !== 'linux') return this.skip();
      const port = await freePorts(1);
      stack = await makeStack({
        web: service({
          command: program('answers.mjs'),
          port,
          health: { http: '/' },
          env: { HOST: host },
        }),
      });
      await stack.engine.up();
      const hex = port.toString(16).toUpperCase().padStart(4, '0');
      expect(listeners([port])).to.deep.equal([`${where}:${hex}`]);
      await stack.engine.down();
      expect(listeners([port])).to.deep.equal([]);
      expect(marked(stack.folder)).to.deep.equal([]);
    });

  it('a service that listens on its declared port does without, and faults on it are refused', async () => {
    const port = await freePorts(1);
    stack = await makeStack({
      web: service({
        command: program('answers.mjs'),
        port,
        health: { http: '/' },
        env: { DECLARED: '1' },
      }),
    });
    await stack.engine.up();
    expect((await ask(port)).end).to.equal(200);
    const web = await stack.look('web-1');
    expect(web.health).to.equal('healthy');
    const { network } = stack.engine.abilities;
    const why = await network?.whyNot(web, effectOf('reset'));
    expect(why?.why).to.match(/does not listen on the port \d+ that it was given as PORT/);
    await stack.engine.perform('kill', web);
    expect((await ask(port)).end).to.equal('ECONNREFUSED');
    await stack.engine.perform('start', await stack.look('web-1'));
    await eventually('it answers again', async () => (await ask(port)).end === 200);
  });

  it('says which faults it cannot do, and why', async () => {
    const port = await freePorts(1);
    const sleeper = service({ command: ['sleep', '600'] });
    stack = await makeStack({
      web: service({ command: program('answers.mjs'), port, health: { http: '/' } }),
      portless: sleeper,
    });
    await stack.engine.up();
    const { network, http } = stack.engine.abilities;
    const why = async (id: string, kind: string, written = {}) => {
      const effect = effectOf(kind, written);
      const ability = effect.on === 'http' ? http : network;
      return (await ability?.whyNot(await (stack as ProcessStack).look(id), effect))?.why ?? null;
    };
    expect(await why('web-1', 'partition', { from: 'portless' })).to.match(/cannot be told apart/);
    expect(await why('web-1', 'dns')).to.match(/the names of this machine/);
    expect(await why('web-1', 'rate', { limit: '1mbit', port: '1' })).to.include(String(port));
    expect(await why('web-1', 'http', { port: '1' })).to.include(String(port));
    expect(await why('web-1', 'http', { port: String(port) })).to.equal(null);
    expect(await why('web-1', 'rate', { limit: '1mbit', port })).to.equal(null);
    expect(await why('portless-1', 'http')).to.match(/without a port that clients come to/);
    // An undo never fails for that.
    await network?.set(await stack.look('portless-1'), []);
  });
});

/** On which addresses somebody listens, as the kernel has it. */
function listeners(ports: number[]): string[] {
  if (process.platform !== 'linux') return [];
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([, local = '', , state]) =>
        state === '0A' && ports.includes(Number.parseInt(local.split(':')[1] ?? '', 16))
          ? local
          : [],
      )
      .sort(),
  );
}
