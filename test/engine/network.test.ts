/**
 * The contract of the ability `network`, on a real engine: what a kind does is looked at from outside, by HTTP and ping between
 * containers, and a target is afterwards as it was before: its rules, its qdiscs, and nothing of ours beside it.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { Effect, LiveEffect } from '../../src/fault/effect.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually, rejection } from './contract.ts';
import { type DockerStack, effectOf, find, helpersFor, makeDockerStack } from './docker-stack.ts';

const run = promisify(execFile);

describe('network faults of the Compose engine', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let tools: string;
  let network: Ability;
  let web: Instance;
  let before_: string;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    tools = await docker.image('tools');
    stack = await makeDockerStack(docker, 'network');
    const engine = await stack.open({ toolsImage: tools });
    network = engine.abilities.network as Ability;
    web = await find(stack.engine, 'web-1');
    await eventually('web answers', () => answers('client', 'web'));
    before_ = await rulesOf(web);
  });
  afterEach(async () => {
    if (!stack) return;
    for (const name of ['web-1', 'db-1', 'client-1'])
      await network.set(await find(stack.engine, name), []);
    expect(await helpers()).to.deep.equal([]);
  });
  after(() => stack?.cleanup());

  const docker = (...args: string[]) => stack.docker.docker(args);
  const helpers = () => helpersFor(stack, web);
  const live = (fault: string, effect: Effect, target = web): LiveEffect => ({
    fault,
    target,
    effect,
    deadline: null,
  });
  const statesOf = async (effects: LiveEffect[], target = web) =>
    (await network.read((await stack.engine.inspect(target.id)) as Instance, effects)).map(
      ({ state }) => state,
    );
  const addressOf = async (service: string) => {
    const { record } = await find(stack.engine, `${service}-1`);
    const [endpoint] = Object.values(record.networks as Record<string, { ipv4: string }>);
    return endpoint?.ipv4 ?? '';
  };

  /** All rules and qdiscs of its namespace, without counters. */
  async function rulesOf({ id }: Instance): Promise<string> {
    const options = ['--rm', '--network', `container:${id}`, '--cap-add', 'NET_ADMIN', tools];
    const script = '/usr/sbin/nft list ruleset; /usr/sbin/tc qdisc show';
    const text = await docker('run', ...options, 'sh', '-c', script);
    // Each life of a container has other ports for its questions of names.
    return text.replace(/packets \d+ bytes \d+|port \d+/g, '');
  }

  const inside = async (service: string, ...command: string[]) => {
    const { id } = await find(stack.engine, `${service}-1`);
    const args = ['exec', id, ...command];
    return run('docker', args, { env: stack.env, timeout: 20_000 }).then(
      ({ stdout }) => ({ code: 0, said: stdout }),
      (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
    );
  };
  const get = async (from: string, to: string) => {
    const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${await addressOf(to)} 80`;
    return inside(from, 'sh', '-c', ask);
  };
  const answers = async (from: string, to: string) => (await get(from, to)).said.endsWith('well\n');
  const resolves = async (from: string, name: string) =>
    (await inside(from, 'timeout', '2', 'nslookup', name)).code === 0;

  it('partition: cut off from one service, from everything, and undone in any order', async () => {
    const fromDb = live('f1', effectOf('partition', { from: 'db' }));
    const fromAll = live('f2', effectOf('partition'));
    expect(await network.whyNot(web, fromDb.effect)).to.equal(null);
    await network.set(web, [fromDb]);
    expect(await statesOf([fromDb, fromAll])).to.deep.equal(['in_force', 'absent']);
    expect(await answers('web', 'db')).to.equal(false);
    expect(await answers('db', 'web')).to.equal(false);
    expect(await answers('client', 'web')).to.equal(true);
    await network.set(web, [fromDb, fromAll]);
    expect(await statesOf([fromDb, fromAll])).to.deep.equal(['in_force', 'in_force']);
    expect(await answers('client', 'web')).to.equal(false);
    expect(await answers('web', 'web')).to.equal(true);
    await network.set(web, [fromAll]);
    expect(await statesOf([fromDb, fromAll])).to.deep.equal(['absent', 'in_force']);
    expect(await answers('client', 'web')).to.equal(false);
    await network.set(web, []);
    expect(await answers('client', 'web')).to.equal(true);
    expect(await answers('web', 'db')).to.equal(true);
    expect(await rulesOf(web)).to.equal(before_);
  });

  it('partition in one direction: what is sent still arrives', async () => {
    const heard = async () => {
      const { said } = await inside(
        'db',
        'sh',
        '-c',
        'cat /proc/net/snmp | grep "^Icmp:" | tail -1',
      );
      return Number(said.split(' ')[1]);
    };
    await network.set(web, [live('f1', effectOf('partition', { from: 'db', direction: 'in' }))]);
    const first = await heard();
    expect(
      (await inside('web', 'ping', '-c', '2', '-W', '1', await addressOf('db'))).code,
    ).to.equal(1);
    expect(await heard()).to.equal(first + 2);
    await network.set(web, [live('f1', effectOf('partition', { from: 'db', direction: 'out' }))]);
    expect(
      (await inside('web', 'ping', '-c', '2', '-W', '1', await addressOf('db'))).code,
    ).to.not.equal(0);
    expect(await heard()).to.equal(first + 2);
  });

  it('loss: the share that was asked for, toward one service alone', async () => {
    const lost = async (from: string) => {
      const many = ['-q', '-i', '0.005', '-c', '500', '-W', '1'];
      const { said } = await inside(from, 'ping', ...many, await addressOf('web'));
      expect(said).to.match(/packets received/);
      return 100 - Number(/(\d+) packets received/.exec(said)?.[1]) / 5;
    };
    for (const direction of ['in', 'out']) {
      const effect = effectOf('loss', { share: '30%', toward: 'db', direction });
      await network.set(web, [live('f1', effect)]);
      expect(await lost('db'), direction).to.be.within(23, 37);
      expect(await lost('client')).to.equal(0);
    }
    await network.set(web, []);
    expect(await lost('db')).to.equal(0);
    expect(await rulesOf(web)).to.equal(before_);
  });

  it('duplicate: the share that was asked for arrives twice, toward one service alone', async () => {
    const effect = effectOf('duplicate', { share: '30%', toward: 'db' });
    expect(await network.whyNot(web, effect)).to.equal(null);
    await network.set(web, [live('f1', effect)]);
    expect(await statesOf([live('f1', effect)])).to.deep.equal(['in_force']);
    const twice = async (from: string) => {
      const many = ['-q', '-i', '0.005', '-c', '500', '-W', '1'];
      const { said } = await inside(from, 'ping', ...many, await addressOf('web'));
      expect(said).to.match(/500 packets transmitted, 500 packets received/);
      return Number(/(\d+) duplicates/.exec(said)?.[1] ?? 0) / 5;
    };
    expect(await twice('db')).to.be.within(23, 37);
    expect(await twice('client')).to.equal(0);
    await network.set(web, []);
    expect(await twice('db')).to.equal(0);
    expect(await rulesOf(web)).to.equal(before_);
  });

  it('what waits in a queue is refused where the kernel has none for it, and where it comes in', async () => {
    const trial = `/usr/sbin/tc qdisc add dev lo root netem`;
    const alone = ['--rm', '--network', 'none', '--cap-add', 'NET_ADMIN', tools];
    const hasNetem = await docker('run', ...alone, 'sh', '-c', trial).then(
      () => true,
      () => false,
    );
    const delay = effectOf('delay', { time: '10ms' });
    const why = (await network.whyNot(web, delay))?.why;
    if (hasNetem) expect(why).to.equal(undefined);
    else expect(why).to.match(/has no netem \(its module sch_netem\)/);
    const inwards = effectOf('delay', { time: '10ms', direction: 'in' });
    expect((await network.whyNot(web, inwards))?.why).to.match(/only what it sends/);
    expect(await rulesOf(web)).to.equal(before_);
  });

  it('reset: an open connection is cut, a new one refused at once, other ports go on', async () => {
    const address = await addressOf('web');
    // Its input stays open longer than a reset takes: only the connection itself can end it before.
    const ask = `(sleep 3; printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 3) | { nc ${address} 80; date +%s; }; date +%s`;
    const open = inside('client', 'timeout', '15', 'sh', '-c', ask);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await network.set(web, [live('f1', effectOf('reset', { port: '80' }))]);
    const { said } = await open;
    expect(said).to.match(/^\d+\n\d+\n$/);
    const [ended, over] = said.split('\n').map(Number) as [number, number];
    expect(over - ended).to.be.above(1);
    const refused = await get('client', 'web');
    expect(refused.said).to.match(/refused/);
    expect(await resolves('client', 'web')).to.equal(true);
    expect(await answers('web', 'db'), 'the port counts at either end').to.equal(false);
    await network.set(web, []);
    expect(await answers('client', 'web')).to.equal(true);
    expect(await rulesOf(web)).to.equal(before_);
  });

  it('dns: one name, then all of them; addresses go on', async () => {
    const one = live('f1', effectOf('dns', { names: 'db' }));
    const all = live('f2', effectOf('dns'));
    expect(await network.whyNot(web, one.effect)).to.equal(null);
    await network.set(web, [one]);
    expect(await resolves('web', 'db')).to.equal(false);
    expect(await resolves('web', 'client')).to.equal(true);
    await network.set(web, [one, all]);
    expect(await resolves('web', 'client')).to.equal(false);
    expect(await answers('web', 'db')).to.equal(true);
    await network.set(web, [one]);
    expect(await resolves('web', 'client')).to.equal(true);
    await network.set(web, []);
    expect(await resolves('web', 'db')).to.equal(true);
    expect(await rulesOf(web)).to.equal(before_);
  });

  it('dns: no such name, a failure, or a wrong address, for one name or for all', async () => {
    await stack.compose('up', '--detach', '--no-recreate', '--scale', 'client=2');
    const asked = async (name: string) => {
      const { said } = await inside('web', 'sh', '-c', `timeout 4 nslookup ${name} 2>&1; true`);
      return said;
    };
    const lookUp = async (answer: string, names?: string, more: object = {}) => {
      const effect = effectOf('dns', { answer, ...(names && { names }), ...more });
      expect(await network.whyNot(web, effect)).to.equal(null);
      await network.set(web, [live('f1', effect)]);
      expect(await statesOf([live('f1', effect)])).to.deep.equal(['in_force']);
    };
    await lookUp('nxdomain', 'db');
    expect(await asked('db')).to.match(/can't find db: NXDOMAIN/);
    expect(await asked('client')).to.include(await addressOf('client'));
    await lookUp('servfail', 'client,db');
    expect(await asked('db')).to.match(/can't find db: SERVFAIL/);
    expect(await asked('client')).to.match(/can't find client: SERVFAIL/);
    await lookUp('nxdomain');
    expect(await asked('client')).to.match(/can't find client: NXDOMAIN/);
    // Two instances: the wrong address takes the place of each.
    await lookUp('wrong', 'client');
    expect(
      [...(await asked('client')).matchAll(/Address: +(\S+)$/gm)].map(([, a]) => a),
    ).to.deep.equal(['192.0.2.1', '192.0.2.1']);
    expect(await asked('db')).to.include(await addressOf('db'));
    await lookUp('wrong', 'client', { address: await addressOf('db') });
    expect((await inside('web', 'ping', '-c', '1', '-W', '2', 'client')).said).to.match(
      /1 packets received/,
    );
    await network.set(web, []);
    expect(await asked('client')).to.include(await addressOf('client'));
    expect(await rulesOf(web)).to.equal(before_);
    await stack.compose('up', '--detach', '--no-recreate', '--scale', 'client=1');
  });

  it('dns: an answer that cannot be given is refused', async () => {
    for (const [written, why] of [
      [{ answer: 'wrong' }, /for single names alone/],
      [{ answer: 'wrong', names: 'a'.repeat(120) }, /too long/],
      [{ address: '10.0.0.1' }, /--address belongs to --answer wrong/],
    ] as const)
      expect((await network.whyNot(web, effectOf('dns', written)))?.why).to.match(why);
    const long = effectOf('dns', { answer: 'wrong', names: 'a'.repeat(60) });
    expect(await network.whyNot(web, long)).to.equal(null);
  });

  it('rate: the bandwidth that was asked for, toward one service alone; two limits side by side', async () => {
    await inside('web', 'dd', 'if=/dev/zero', 'of=/tmp/big', 'bs=1M', 'count=2');
    const mbits = async (from: string) => {
      const get = `printf 'GET /big HTTP/1.0\\r\\n\\r\\n' | nc ${await addressOf('web')} 80 | wc -c`;
      const { said } = await inside(from, 'sh', '-c', `cat /proc/uptime; ${get}; cat /proc/uptime`);
      const [began = 0, , bytes = 0, ended = 0] = said.trim().split(/\s+/).map(Number);
      expect(bytes, said).to.be.above(2 * 1024 * 1024);
      return (bytes * 8) / 1e6 / (ended - began);
    };
    const faults = [
      live('f1', effectOf('rate', { limit: '4mbit', toward: 'client' })),
      live('f2', effectOf('rate', { limit: '16mbit', toward: 'db', port: 80 })),
    ];
    const [slow, fast] = faults as [LiveEffect, LiveEffect];
    expect(await network.whyNot(web, slow.effect)).to.equal(null);
    await network.set(web, [slow]);
    expect(await statesOf(faults)).to.deep.equal(['in_force', 'absent']);
    expect(await mbits('client')).to.be.within(3.4, 4.2);
    expect(await mbits('db')).to.be.above(30);
    await network.set(web, faults);
    expect(await statesOf(faults)).to.deep.equal(['in_force', 'in_force']);
    expect(await mbits('db')).to.be.within(13, 17);
    await network.set(web, [fast]);
    expect(await statesOf(faults)).to.deep.equal(['absent', 'in_force']);
    expect(await mbits('client')).to.be.above(30);
    const soon = { ...slow, deadline: new Date(Date.now() + 2000).toISOString() };
    await network.set(web, [soon]);
    await eventually(
      'the limit in the kernel',
      async () => (await statesOf([soon]))[0] === 'absent',
    );
    expect(await mbits('client')).to.be.above(30);
    await network.set(web, []);
    expect(await rulesOf(web)).to.equal(before_);
  });

  it('leaves a queue alone that somebody set', async () => {
    const tc = (...words: string[]) =>
      docker(
        'run',
        '--rm',
        '--network',
        `container:${web.id}`,
        '--cap-add',
        'NET_ADMIN',
        tools,
        '/usr/sbin/tc',
        ...words,
      );
    await tc(
      'qdisc',
      'add',
      'dev',
      'eth0',
      'root',
      'handle',
      '1:',
      'tbf',
      'rate',
      '1gbit',
      'burst',
      '1mb',
      'latency',
      '50ms',
    );
    try {
      const theirs = await rulesOf(web);
      const rate = effectOf('rate', { limit: '4mbit' });
      expect(await network.whyNot(web, rate))
        .to.have.property('why')
        .that.matches(/a queue \(tc qdisc\) that is not ours/);
      const error = await rejection(network.set(web, [live('f1', rate)]));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
      expect(await network.whyNot(web, effectOf('partition'))).to.equal(null);
      await network.set(web, [live('f1', effectOf('partition', { from: 'db' }))]);
      await network.set(web, []);
      expect(await rulesOf(web)).to.equal(theirs);
    } finally {
      await tc('qdisc', 'del', 'dev', 'eth0', 'root');
    }
  });

  it('of every kind ends in the kernel at its limit, though nobody undoes it', async () => {
    const deadline = new Date(Date.now() + 4000).toISOString();
    const effects = [
      effectOf('partition'),
      effectOf('loss', { share: '50%' }),
      effectOf('reset', { port: 80 }),
      effectOf('dns'),
      effectOf('dns', { answer: 'nxdomain' }),
      effectOf('dns', { answer: 'wrong', names: 'db' }),
      effectOf('rate', { limit: '1mbit' }),
    ];
    const soon = effects.map((effect, index) => ({ ...live(`f${index + 1}`, effect), deadline }));
    await network.set(web, soon);
    expect(await statesOf(soon)).to.deep.equal(soon.map(() => 'in_force'));
    expect(await answers('client', 'web')).to.equal(false);
    await eventually('web answers again', () => answers('client', 'web'), 10_000);
    expect(await statesOf(soon)).to.deep.equal(soon.map(() => 'absent'));
  });

  it('several kinds on one target: undoing one leaves the others', async () => {
    const faults = [
      live('f1', effectOf('partition', { from: 'db' })),
      live('f2', effectOf('loss', { share: '50%', toward: 'client' })),
      live('f3', effectOf('dns')),
      live('f4', effectOf('reset', { toward: 'client', port: 80 })),
    ];
    await network.set(web, faults);
    expect(await statesOf(faults)).to.deep.equal(faults.map(() => 'in_force'));
    for (const left of [[1, 2, 3], [1, 3], [3], []]) {
      await network.set(
        web,
        faults.filter((_, index) => left.includes(index)),
      );
      expect(await statesOf(faults)).to.deep.equal(
        faults.map((_, index) => (left.includes(index) ? 'in_force' : 'absent')),
      );
    }
    expect(await rulesOf(web)).to.equal(before_);
  });

  it('is gone with a restart of the target, and is not put on the new life', async () => {
    const cut = live('f1', effectOf('partition'));
    await network.set(web, [cut]);
    await docker('restart', '--time', '0', web.id);
    expect(await statesOf([cut])).to.deep.equal(['absent']);
    await network.set(web, [cut]);
    await eventually('web answers', () => answers('client', 'web'));
    expect(await rulesOf(web)).to.equal(before_);
    await docker('kill', web.id);
    expect(await statesOf([cut])).to.deep.equal(['absent']);
    await network.set(web, []);
    await docker('start', web.id);
    web = await find(stack.engine, 'web-1');
    await eventually('web answers', () => answers('client', 'web'));
  });

  it('is made so again where a peer comes back under another address', async () => {
    const cut = live('f1', effectOf('partition', { from: 'db' }));
    await network.set(web, [cut]);
    const before = await network.restsOn?.(web, [cut]);
    const old = await addressOf('db');
    await stack.compose('rm', '--stop', '--force', 'db');
    // Somebody else takes its address meanwhile.
    await stack.compose('up', '--detach', '--no-recreate', '--scale', 'client=2', 'client');
    await stack.compose('up', '--detach', '--no-recreate', '--scale', 'client=2');
    expect(await addressOf('db')).not.to.equal(old);
    expect(await network.restsOn?.(web, [cut])).not.to.equal(before);
    await eventually('db answers', () => answers('client', 'db'));
    await network.set(web, [cut]);
    expect(await answers('web', 'db')).to.equal(false);
    expect(await answers('web', 'client')).to.equal(true);
  });

  it('is refused, with what to do, where it cannot be had', async () => {
    const partition = effectOf('partition', { from: 'dbb' });
    expect(await network.whyNot(web, partition))
      .to.have.property('why')
      .that.matches(/no service is called "dbb" \(did you mean db\?\)/);
    expect(await network.whyNot(web, effectOf('partition', { from: 'web' })))
      .to.have.property('why')
      .that.matches(/web is the target itself/);
    const hosted = { ...web, record: { ...web.record, network_mode: 'host' } };
    expect(await network.whyNot(hosted, effectOf('dns')))
      .to.have.property('why')
      .that.matches(/network of its host/);
    const lacking = await stack.open({
      toolsImage: 'gameday-test/no-such:1',
    });
    expect(await lacking.abilities.network?.whyNot(web, effectOf('dns'))).to.deep.include({
      why: 'the image gameday-test/no-such:1, with nft and tc, is not on the engine',
    });
    const useless = await stack.open({
      toolsImage: stack.env.IMAGE as string,
    });
    expect(await useless.abilities.network?.whyNot(web, effectOf('dns')))
      .to.have.property('why')
      .that.matches(/nft: not found/);
    const error = await rejection(useless.abilities.network?.set(web, []) as Promise<void>);
    expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
  });

  it('leaves a table of our name alone that is not ours', async () => {
    const nft = (...words: string[]) =>
      docker(
        'run',
        '--rm',
        '--network',
        `container:${web.id}`,
        '--cap-add',
        'NET_ADMIN',
        tools,
        '/usr/sbin/nft',
        ...words,
      );
    await nft(
      'add table inet gameday; add chain inet gameday c { type filter hook input priority 0; }; add rule inet gameday c udp dport 9 drop',
    );
    try {
      const theirs = await rulesOf(web);
      expect(await network.whyNot(web, effectOf('dns')))
        .to.have.property('why')
        .that.matches(/not ours/);
      for (const effects of [[live('f1', effectOf('dns'))], []]) {
        const error = await rejection(network.set(web, effects));
        expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
      }
      expect(await rulesOf(web)).to.equal(theirs);
    } finally {
      await nft('delete table inet gameday');
    }
  });
});
