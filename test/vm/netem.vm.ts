/**
 * The kinds of fault that need the kernel's netem, on a real container: what each does is measured from outside, by ping and TCP,
 * and the target is afterwards as it was before. Waits are long, and figures are medians and shares of many packets, since the
 * virtual machine in which this runs is slow and late now and then.
 */
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { Effect, LiveEffect } from '../../src/fault/effect.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually, rejection } from '../engine/contract.ts';
import { type DockerStack, effectOf, find, makeDockerStack } from '../engine/docker-stack.ts';

const run = promisify(execFile);
/** Times that are large beside the machine's own. */
const LATE_MS = 400;

describe('network faults by netem', function () {
  this.timeout(600_000);
  let stack: DockerStack;
  let network: Ability;
  let web: Instance;
  let client: Instance;
  let asBefore: string;

  before(async () => {
    const docker = await testDocker();
    if (!docker) throw new Error('there is no Docker engine');
    stack = await makeDockerStack(docker, 'network');
    const engine = await stack.open({ toolsImage: await docker.image('tools') });
    network = engine.abilities.network as Ability;
    web = await find(engine, 'web-1');
    client = await find(engine, 'client-1');
    asBefore = await inNetwork();
  });
  afterEach(async () => {
    await network.set(web, []);
    expect(await inNetwork()).to.equal(asBefore);
  });
  after(() => stack?.cleanup());

  /** All rules and queues of the target, without counters. */
  async function inNetwork(): Promise<string> {
    const tools = await stack.docker.image('tools');
    const own = ['--rm', '--network', `container:${web.id}`, '--cap-add', 'NET_ADMIN', tools];
    const look =
      '/usr/sbin/nft list ruleset; /usr/sbin/tc qdisc show; /usr/sbin/tc class show dev eth0';
    const text = await stack.docker.docker(['run', ...own, 'sh', '-c', look]);
    return text.replace(/packets \d+ bytes \d+|port \d+/g, '');
  }
  const tc = async (...words: string[]) => {
    const own = ['--rm', '--network', `container:${web.id}`, '--cap-add', 'NET_ADMIN'];
    await stack.docker.docker([
      'run',
      ...own,
      await stack.docker.image('tools'),
      '/usr/sbin/tc',
      ...words,
    ]);
  };
  const inside = async ({ id }: Instance, ...command: string[]) =>
    (
      await run('docker', ['exec', id, ...command], {
        env: stack.env,
        maxBuffer: 64 * 1024 * 1024,
      }).catch((error: { stdout: string }) => error)
    ).stdout;
  const addressOf = ({ record }: Instance) =>
    Object.values(record.networks as Record<string, { ipv4: string }>)[0]?.ipv4 ?? '';

  const bound: LiveEffect[] = [];
  /** Injected beside those, as the runner does it. */
  const live = async (fault: string, effect: Effect, beside: LiveEffect[] = []) => {
    expect(await network.whyNot(web, effect)).to.equal(null);
    const own = (await network.bind?.(web, effect, beside)) as Effect;
    return { fault, target: web, effect: own, deadline: null };
  };
  const inject = async (kind: string, written: Record<string, unknown>) => {
    const one = await live('f1', effectOf(kind, written), bound);
    await network.set(web, [one]);
    expect(await statesOf([one])).to.deep.equal(['in_force']);
    return one;
  };
  const statesOf = async (effects: LiveEffect[]) => {
    const now = (await stack.engine.inspect(web.id)) as Instance;
    return (await network.read(now, effects)).map(({ state }) => state);
  };

  interface Answer {
    seq: number;
    ms: number;
  }
  /** Answers in the order in which they arrive, also those that arrive twice. */
  async function ping(from: Instance, count: number, everyS: number, to = web): Promise<Answer[]> {
    const many = ['-c', String(count), '-i', String(everyS), '-W', '3', '-s', '1000'];
    const said = await inside(from, 'ping', ...many, addressOf(to));
    return [...said.matchAll(/seq=(\d+) ttl=\d+ time=([\d.]+) ms/g)].map(([, seq, ms]) => ({
      seq: Number(seq),
      ms: Number(ms),
    }));
  }
  /** From sending to the answer; the machine itself makes some of them later, and none sooner. */
  const times = async (from = client) =>
    (await ping(from, 60, 0.05)).map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (sorted: readonly number[], share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
  /** By their number: those from the target without an answer. What is sent by it is checked by the one who gets it. */
  const lost = async (count: number) => {
    const answers = await ping(web, count, 0.002, client);
    const seqs = new Set(answers.map(({ seq }) => seq));
    return Array.from({ length: count }, (_, seq) => !seqs.has(seq));
  };
  const shareOf = (hits: readonly boolean[]) => hits.filter(Boolean).length / hits.length;
  const near = (figure: number, wanted: number, what: string) =>
    expect(figure, what).to.be.within(wanted * 0.9, wanted * 1.1);

  it('delay: the time that was asked for, toward one service and port alone', async () => {
    await inject('delay', { time: `${LATE_MS}ms`, toward: 'client' });
    near(at(await times(), 0.1), LATE_MS, 'the round trip');
    const db = await find(stack.engine, 'db-1');
    expect(at(await times(db), 0.1), 'of somebody else').to.be.below(LATE_MS / 4);
    await network.set(web, []);
    expect(at(await times(), 0.1), 'afterwards').to.be.below(LATE_MS / 4);
    await inject('delay', { time: `${LATE_MS}ms`, port: '80' });
    expect(at(await times(), 0.1), 'what has no port').to.be.below(LATE_MS / 4);
    // The answer to the first packet, and the one to the question.
    const opened = await Promise.all(
      Array.from({ length: 5 }, () => connectMs(addressOf(web), 80)),
    );
    near(Math.min(...opened), LATE_MS, 'the time to open a connection');
  });

  it('delay: jitter, with correlation and each distribution', async () => {
    for (const distribution of ['uniform', 'normal', 'pareto', 'paretonormal']) {
      const more = { correlation: '25%', distribution };
      await inject('delay', { time: `${LATE_MS}ms`, jitter: '100ms', ...more });
      const all = await times();
      near(at(all, 0.5), LATE_MS, distribution);
      expect(at(all, 0.9) - at(all, 0.1), distribution).to.be.above(60);
    }
  });

  it('loss: the share that was asked for, and how much one loss brings the next', async () => {
    await inject('loss', { share: '30%', correlation: '50%', direction: 'out' });
    const hits = await lost(8000);
    near(shareOf(hits), 0.3, 'lost');
    // From one to the next: what is lost by the share alone, and half of the rest.
    near(shareOf(hits.slice(1).filter((_, index) => hits[index])), 0.65, 'lost behind a loss');
  });

  it('corrupt: the share that was asked for does not arrive whole', async () => {
    const wrong = async () => {
      const said = await inside(client, 'cat', '/proc/net/snmp');
      const rows = said.split('\n').map((line) => line.split(' '));
      const of = (protocol: string, name: string) => {
        const [names, values] = rows.filter(([first]) => first === protocol);
        return Number(values?.[names?.indexOf(name) ?? -1]);
      };
      return of('Ip:', 'InHdrErrors') + of('Icmp:', 'InCsumErrors') + of('Icmp:', 'InErrors');
    };
    const first = await wrong();
    await inject('corrupt', { share: '30%' });
    near(shareOf(await lost(5000)), 0.3, 'corrupted');
    expect((await wrong()) - first, 'thrown away by a checksum').to.be.above(500);
  });

  it('duplicate: the share that was asked for arrives twice', async () => {
    await inject('duplicate', { share: '30%', toward: 'client' });
    const answers = await ping(client, 5000, 0.002);
    near(answers.length / 5000 - 1, 0.3, 'twice');
    expect(new Set(answers.map(({ seq }) => seq)).size).to.equal(5000);
  });

  it('reorder: the share that was asked for arrives behind later ones', async () => {
    await inject('reorder', { share: '30%', time: '100ms' });
    const answers = await ping(client, 5000, 0.002);
    let newest = -1;
    const behind = answers.map(({ seq }) => {
      newest = Math.max(newest, seq);
      return seq < newest;
    });
    near(shareOf(behind), 0.3, 'behind');
    expect(answers.length).to.equal(5000);
  });

  it('all of them on one target, and two of one kind: each is undone without the others', async () => {
    const wanted: [string, Record<string, unknown>][] = [
      ['delay', { time: '300ms', toward: 'client' }],
      ['delay', { time: '200ms' }],
      ['loss', { share: '10%', correlation: '25%', direction: 'out', port: '81' }],
      ['corrupt', { share: '10%', port: '81' }],
      ['reorder', { share: '50%', time: '1ms', port: '81' }],
      ['duplicate', { share: '10%', port: '81' }],
      ['rate', { limit: '20mbit' }],
      ['rate', { limit: '10mbit', toward: 'db' }],
      ['loss', { share: '10%', port: '81' }],
      ['partition', { from: 'db' }],
    ];
    const faults: LiveEffect[] = [];
    for (const [kind, written] of wanted)
      faults.push(await live(`f${faults.length + 1}`, effectOf(kind, written), faults));
    await network.set(web, faults);
    expect(await statesOf(faults)).to.deep.equal(faults.map(() => 'in_force'));
    near(at(await times(), 0.1), 500, 'both delays');
    const sixth = await rejection(
      network.bind?.(web, effectOf('delay', { time: '1s' }), faults) as Promise<unknown>,
    );
    expect(sixth).to.be.instanceOf(Refusal).with.property('code', 'unsupported_target');
    const left = [...faults];
    for (const [undone, roundTripMs] of [
      ['f1', 200],
      ['f7', 200],
      ['f2', 0],
      ['f4', 0],
    ] as const) {
      left.splice(
        left.findIndex(({ fault }) => fault === undone),
        1,
      );
      await network.set(web, left);
      expect(await statesOf(faults), `without ${undone}`).to.deep.equal(
        faults.map((each) => (left.includes(each) ? 'in_force' : 'absent')),
      );
      const roundTrip = at(await times(), 0.1);
      if (roundTripMs > 0) near(roundTrip, roundTripMs, `without ${undone}`);
      else expect(roundTrip, `without ${undone}`).to.be.below(100);
    }
  });

  it('a bandwidth and a delay on the same packets', async () => {
    const rate = await live('f1', effectOf('rate', { limit: '2mbit' }));
    const delay = await live('f2', effectOf('delay', { time: `${LATE_MS}ms` }), [rate]);
    await network.set(web, [rate, delay]);
    near(at(await times(), 0.1), LATE_MS, 'the round trip');
    await inside(web, 'dd', 'if=/dev/zero', 'of=/tmp/big', 'bs=1M', 'count=2');
    const get = `printf 'GET /big HTTP/1.0\\r\\n\\r\\n' | nc ${addressOf(web)} 80 | wc -c`;
    const said = await inside(client, 'sh', '-c', `cat /proc/uptime; ${get}; cat /proc/uptime`);
    const [began = 0, , bytes = 0, ended = 0] = said.trim().split(/\s+/).map(Number);
    expect(bytes).to.be.above(2 * 1024 * 1024);
    // Headers count as well, and a connection begins slowly where answers are late.
    expect((bytes * 8) / 1e6 / (ended - began)).to.be.within(1.3, 2.1);
  });

  it('ends in the kernel at its limit, though nobody undoes it', async () => {
    const kinds = [
      effectOf('delay', { time: `${LATE_MS}ms` }),
      effectOf('loss', { share: '50%', correlation: '50%', direction: 'out' }),
      effectOf('corrupt', { share: '50%' }),
      effectOf('reorder', { share: '50%' }),
      effectOf('duplicate', { share: '50%' }),
    ];
    const faults: LiveEffect[] = [];
    for (const effect of kinds) faults.push(await live(`f${faults.length + 1}`, effect, faults));
    const deadline = new Date(Date.now() + 20_000).toISOString();
    const soon = faults.map((each) => ({ ...each, deadline }));
    await network.set(web, soon);
    expect(await statesOf(soon)).to.deep.equal(soon.map(() => 'in_force'));
    const isOver = async () => (await statesOf(soon)).every((state) => state === 'absent');
    await eventually('their end', isOver, 60_000);
    const answers = await ping(client, 100, 0.01);
    expect(answers.map(({ seq }) => seq)).to.deep.equal(answers.map((_, index) => index));
    expect(answers).to.have.lengthOf(100);
  });

  it('is refused where a queue is not ours, and where netem cannot do it', async () => {
    const delay = effectOf('delay', { time: '100ms' });
    await tc('qdisc', 'add', 'dev', 'eth0', 'root', 'netem', 'delay', '1ms');
    try {
      const theirs = await inNetwork();
      expect((await network.whyNot(web, delay))?.why).to.match(/a queue .* that is not ours/);
      await rejection(
        network.set(web, [{ fault: 'f1', target: web, effect: delay, deadline: null }]),
      );
      expect(await inNetwork()).to.equal(theirs);
    } finally {
      await tc('qdisc', 'del', 'dev', 'eth0', 'root');
    }
    for (const [kind, written, why] of [
      ['delay', { time: '1s', direction: 'in' }, /only what it sends/],
      ['delay', { time: '1s', correlation: '25%' }, /--jitter/],
      ['duplicate', { share: '10%', correlation: '25%' }, /without --correlation/],
      ['corrupt', { share: '10%', correlation: '25%' }, /without --correlation/],
      ['reorder', { share: '10%', correlation: '25%' }, /without --correlation/],
    ] as const)
      expect((await network.whyNot(web, effectOf(kind, written)))?.why, kind).to.match(why);
  });
});

function connectMs(host: string, port: number): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      resolve(performance.now() - began);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
