/**
 * Accuracy against truth: servers in processes of their own go wrong by script and write down what they did and when; the
 * times of the verdict are within one window of that, and the counts are exactly theirs.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import type { WorkloadSpec } from '../../src/story/workload-spec.ts';
import { openLoad } from '../../src/workload/index.ts';
import type { OpenLoop } from '../../src/workload/pace/open-loop.ts';
import { freePorts } from '../free-ports.ts';
import { type Hiccup, watchHiccups } from './hiccups.ts';
import { Driven } from './servers.ts';
import { httpSpec, redisSpec, tcpSpec } from './specs.ts';
import { expectWithinOneWindow, live, SLOW_MS, TruthServer } from './truth.ts';

const RATE = 100;
/** Each operation under way has a connection of its own, so that none waits for another's. */
const COMMON = { rate: RATE, connections: 400, timeout_ms: 2000, max_in_flight: 2000 };

describe('measured against the truth', function () {
  this.timeout(300_000);
  const running: Driven[] = [];
  const servers: { close(): Promise<void> }[] = [];
  let own: ReturnType<typeof watchHiccups>;

  beforeEach(() => {
    own = watchHiccups();
  });
  afterEach(async () => {
    own.stop();
    // A server that is frozen or holds its answers would keep the load from ending.
    await Promise.all(servers.splice(0).map((server) => server.close()));
    await Promise.all(running.splice(0).map((driven) => driven.stop()));
  });

  async function drive(
    spec: Exclude<WorkloadSpec, { kind: 'simulated' | 'command' }>,
  ): Promise<Driven & { due(): number }> {
    const load = (await openLoad(spec, { cwd: '/' })) as OpenLoop;
    const driven = await Driven.start(load);
    running.push(driven);
    return Object.assign(driven, { due: () => load.due });
  }

  async function serve(kind: 'http' | 'tcp'): Promise<TruthServer> {
    const server = await TruthServer.start(kind);
    servers.push(server);
    return server;
  }

  /** All at once, each with a server of its own: what one sees is not slower for the others. */
  async function each<Name extends string>(
    names: readonly Name[],
    see: (name: Name) => Promise<void>,
  ): Promise<void> {
    const seen = await Promise.allSettled(names.map(see));
    const failed = seen.flatMap((result, index) =>
      result.status === 'rejected' ? [`${names[index]}: ${result.reason}`] : [],
    );
    expect(failed.join('\n')).to.equal('');
  }

  /** How long after its end the last operation that it hit is over. */
  const LINGERS: Record<string, number> = { slow: SLOW_MS, blackhole: COMMON.timeout_ms };

  it('http: errors, cut connections, slow answers, stalls, silence, a closed port, a frozen process', async () => {
    await each(
      ['error', 'drop', 'slow', 'stall', 'blackhole', 'refuse', 'frozen'],
      async (behaviour) => {
        const server = await serve('http');
        const url = `http://127.0.0.1:${server.port}/`;
        const driven = await drive(httpSpec({ urls: [url], ...COMMON }));
        const trouble = await (behaviour === 'frozen'
          ? live(driven.windows, server.signal('SIGSTOP'), server.signal('SIGCONT'))
          : live(
              driven.windows,
              server.behave(behaviour),
              async () => (await server.behave('well')()) + (LINGERS[behaviour] ?? 0),
            ));
        await driven.stop();
        const { done, hiccups } = await server.report();
        expectWithinOneWindow(trouble, [...own.all, ...hiccups]);
        const { well = 0, slow = 0, stall = 0, error = 0, drop = 0, blackhole = 0 } = done;
        const { refused = 0, reset = 0, 'status 503': failed = 0, ...others } = driven.errors;
        expect(driven.ok + driven.bad, 'due').to.equal(driven.due());
        expect(others, 'errors').to.deep.equal({});
        // A port that is closed cuts what stood open.
        if (behaviour === 'refuse') expect(refused, 'refused').to.be.greaterThan(reset);
        else expect(refused, 'refused').to.equal(0);
        // What the load gave up may have been done all the same, or never reached the server, where the machine stood still. All else
        // is counted exactly.
        const unheard = {
          answered: well + slow + stall - driven.ok,
          failed: error - failed,
          cut: behaviour === 'refuse' ? 0 : drop - reset,
        };
        for (const [what, count] of Object.entries(unheard)) expect(count, what).to.be.at.least(0);
        const silent = blackhole + unheard.answered + unheard.failed + unheard.cut;
        if (stoodStill([...own.all, ...hiccups]))
          expect(driven.timeouts, 'silent').to.be.at.least(silent);
        else expect(driven.timeouts, 'silent').to.equal(silent);
      },
    );
  });

  it('tcp: a closed port', async () => {
    const server = await serve('tcp');
    const driven = await drive(
      tcpSpec({ addresses: [{ host: '127.0.0.1', port: server.port }], ...COMMON }),
    );
    const trouble = await live(driven.windows, server.behave('refuse'), server.behave('well'));
    await driven.stop();
    const { done, hiccups } = await server.report();
    expectWithinOneWindow(trouble, [...own.all, ...hiccups]);
    expect(driven.ok + driven.bad).to.equal(driven.due());
    // What the kernel had accepted, and the server not yet when it closed, was a connection to the one and not to the other.
    const sleptMs = Math.max(0, ...hiccups.map((hiccup) => hiccup.to - hiccup.from));
    expect(driven.ok - (done.well ?? 0)).to.be.within(0, Math.ceil(((sleptMs + 20) * RATE) / 1000));
  });

  describe('redis', () => {
    before(function () {
      if (spawnSync('redis-server', ['--version']).status === 0) return;
      if (process.env.GAMEDAY_REQUIRE_DOCKER) throw new Error('redis-server is missing');
      this.skip();
    });

    it('a frozen process, CLIENT PAUSE, DEBUG SLEEP, errors', async () => {
      await each(['frozen', 'pause', 'sleep', 'error'], async (kind) => {
        const redis = await RedisServer.start();
        servers.push(redis);
        const { control, port } = redis;
        const driven = await drive(
          redisSpec({
            urls: [`redis://127.0.0.1:${port}`],
            command: ['SET', 'key:{{key}}', '1'],
            ...COMMON,
            timeout_ms: 10_000,
            connections: 20,
          }),
        );
        const says = (...command: [string, ...string[]]) =>
          control.call(...command).then(() => Date.now());
        let over: Promise<number> = Promise.resolve(0);
        const begins = {
          frozen: redis.signal('SIGSTOP'),
          error: () => says('CONFIG', 'SET', 'maxmemory', '1'),
          async pause() {
            const at = await says('CLIENT', 'PAUSE', String(PAUSED_MS), 'ALL');
            over = Promise.resolve(at + PAUSED_MS);
            return at;
          },
          async sleep() {
            const at = Date.now();
            over = says('DEBUG', 'SLEEP', String(PAUSED_MS / 1000));
            return at;
          },
        };
        const ends = {
          frozen: redis.signal('SIGCONT'),
          error: () => says('CONFIG', 'SET', 'maxmemory', '0'),
          pause: () => over,
          sleep: () => over,
        };
        const trouble = await live(driven.windows, begins[kind], ends[kind]);
        await driven.stop();
        expectWithinOneWindow(trouble, own.all);
        const stats = await control.info('commandstats', 'errorstats');
        expect(driven.ok + driven.bad, 'due').to.equal(driven.due());
        const answered = countIn(stats, /cmdstat_set:calls=(\d+)/);
        expect(answered - driven.ok, 'answered too late').to.be.within(0, driven.timeouts);
        expect(driven.errors, 'errors').to.deep.equal(
          kind === 'error' ? { oom: countIn(stats, /errorstat_OOM:count=(\d+)/) } : {},
        );
      });
    });
  });
});

const PAUSED_MS = 1500;

/** For a part of the time that an operation has. */
function stoodStill(hiccups: readonly Hiccup[]): boolean {
  return hiccups.some(({ from, to }) => to - from > COMMON.timeout_ms / 10);
}

function countIn(stats: string, pattern: RegExp): number {
  return Number(pattern.exec(stats)?.[1]);
}

class RedisServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly port: number;
  readonly control: Redis;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.port = port;
    this.control = new Redis(port, '127.0.0.1', {
      retryStrategy: () => 50,
      maxRetriesPerRequest: null,
    });
    this.control.on('error', () => {});
  }

  static async start(): Promise<RedisServer> {
    const port = await freePorts(1);
    const folder = mkdtempSync(join(tmpdir(), 'gameday-truth-'));
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
    ];
    const child = spawn('redis-server', [...args, '--enable-debug-command', 'yes'], {
      stdio: 'ignore',
    });
    const server = new RedisServer(child, folder, port);
    await server.control.ping();
    return server;
  }

  /** Resolves to the moment of it. */
  signal(signal: NodeJS.Signals): () => Promise<number> {
    return async () => {
      this.#child.kill(signal);
      return Date.now();
    };
  }

  async close(): Promise<void> {
    this.control.disconnect();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
