/** Redis as a store, with real servers: a mix after a set-up, several servers of which one is killed, TLS, and what is read back. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { after, afterEach, before, describe, it } from 'mocha';
import { openLoad } from '../../src/workload/index.ts';
import type { OpenLoop } from '../../src/workload/pace/open-loop.ts';
import { freePorts } from '../free-ports.ts';
import { makeCertificate } from './certificate.ts';
import { Driven, until } from './servers.ts';
import { redisSpec } from './specs.ts';

const NEVER = new AbortController().signal;
const READ = { read: { command: ['GET', 'k{{key}}'] }, within_ms: 10_000 };
const NONE = { count: 0, keys: [] };

describe('redis load, real servers as a store', function () {
  this.timeout(120_000);
  let folder: string;
  const servers: ChildProcess[] = [];
  const running: Driven[] = [];

  before(function () {
    if (spawnSync('redis-server', ['--version']).status !== 0) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'gameday-redis-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((driven) => driven.stop()));
    for (const server of servers.splice(0)) {
      server.kill('SIGKILL');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    }
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function serve(
    ...args: string[]
  ): Promise<{ port: number; server: ChildProcess; ask<T>(...command: string[]): Promise<T> }> {
    const port = await freePorts(1);
    const plain = args.includes('--tls-port') ? [] : ['--port', String(port)];
    const all = [
      ...plain,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--dir',
      folder,
      ...args.map((each) => each.replace('PORT', String(port))),
    ];
    const server = spawn('redis-server', all, { stdio: ['ignore', 'pipe', 'ignore'] });
    servers.push(server);
    let said = '';
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until('redis is ready', () => {
      if (server.exitCode !== null) throw new Error(`redis-server ended: ${said}`);
      return said.includes('Ready to accept connections');
    });
    const ask = async <T>(...command: string[]): Promise<T> => {
      const client = new Redis(port, '127.0.0.1');
      try {
        return (await client.call(command[0] as string, command.slice(1))) as T;
      } finally {
        client.disconnect();
      }
    };
    return { port, server, ask };
  }

  async function drive(spec: Parameters<typeof redisSpec>[0]) {
    const load = await openLoad(
      redisSpec({ connections: 4, timeout_ms: 5000, max_in_flight: 5000, ...spec }),
      { cwd: '/' },
    );
    await load.prepare?.(() => {}, NEVER);
    const driven = await Driven.start(load);
    running.push(driven);
    return Object.assign(driven, {
      due: () => (load as OpenLoop).due,
      readBack: () => load.readBack?.(() => {}, NEVER),
    });
  }

  it('does a mix by its weights on the keys of a set-up, and counts what the server counts', async () => {
    const { port, ask } = await serve();
    const driven = await drive({
      urls: [`redis://127.0.0.1:${port}`],
      keys: 40,
      setup: [{ command: ['FLUSHALL'] }, { command: ['SET', 'k{{key}}', 'loaded'] }],
      mix: [
        { command: ['GET', 'k{{key}}'], weight: 4 },
        { command: ['RPUSH', 'log', '{{value}}'], weight: 1 },
        { command: ['INCR', 'k{{key}}'], weight: 1 },
      ],
    });
    await until('some', () => driven.ok > 300);
    await driven.stop();
    expect(driven.ok + driven.bad).to.equal(driven.due());
    expect(Object.keys(driven.errors), 'what is loaded is no number').to.deep.equal(['err']);
    const log = (await ask<string[]>('LRANGE', 'log', '0', '-1')).map(Number);
    expect(log.length / driven.due()).to.be.within(0.08, 0.3);
    expect(new Set(log).size, 'each value once').to.equal(log.length);
    expect((await ask<string[]>('KEYS', 'k*')).length).to.equal(40);
  });

  it('goes on at the next server when one is killed, and what that one alone had is told as lost', async () => {
    const [first, second] = [await serve(), await serve()];
    const driven = await drive({
      urls: [first, second].map(({ port }) => `redis://127.0.0.1:${port}`),
      balance: 'failover',
      keys: 100_000,
      command: ['SET', 'k{{key}}', '{{value}}'],
      verify: READ,
    });
    await until('good', () => driven.ok > 100);
    const before = Number(await first.ask('DBSIZE'));
    first.server.kill('SIGKILL');
    await until('good again', () => driven.ok > before + 200);
    const verified = await driven.readBack();
    await driven.stop();
    const there = Number(await second.ask('DBSIZE'));
    expect(verified).to.deep.include({
      acknowledged: driven.ok,
      keys: driven.ok,
      stale: NONE,
      foreign: NONE,
      unreadable: NONE,
    });
    // Neither what the second server has and was not acknowledged, nor what the first one took at its last moment, is many.
    expect(verified?.lost.count)
      .to.be.within(driven.ok - there, driven.ok)
      .and.at.least(before);
    expect(verified?.lost.keys[0], 'the first key was written to the first server').to.equal(0);
  });

  it('finds stale values and foreign ones where somebody changed what it had written', async () => {
    const { port, ask } = await serve();
    const driven = await drive({
      urls: [`redis://127.0.0.1:${port}`],
      keys: 20,
      command: ['SET', 'k{{key}}', '{{value}}'],
      verify: READ,
    });
    const old = await (async () => {
      await until('a first round', () => driven.ok > 25);
      return ask<string>('GET', 'k3');
    })();
    await until('some more rounds', () => driven.ok > 150);
    await driven.load.drain?.();
    await ask('SET', 'k3', old);
    await ask('SET', 'k4', 'mine');
    await ask('DEL', 'k5');
    const verified = await driven.readBack();
    expect(verified).to.deep.include({
      keys: 20,
      lost: { count: 1, keys: [5] },
      stale: { count: 1, keys: [3] },
      foreign: { count: 1, keys: [4] },
      unreadable: NONE,
    });
  });

  it('speaks TLS to rediss://, and takes no certificate that nobody vouches for', async function () {
    const certificate = makeCertificate(folder, 'localhost'); // Debian's redis-server has TLS built in.
    if (!certificate) return this.skip();
    const tls = [
      '--port',
      '0',
      '--tls-port',
      'PORT',
      '--tls-cert-file',
      certificate.path,
      '--tls-key-file',
      join(folder, 'key.pem'),
    ];
    const { port } = await serve(...tls, '--tls-auth-clients', 'no');
    const driven = await drive({ urls: [`rediss://127.0.0.1:${port}`] });
    await until('errors', () => driven.bad > 40);
    await driven.stop();
    expect(driven.ok).to.equal(0);
    const script = `
      import { openLoad, createRecorder } from ${JSON.stringify(join(import.meta.dirname, '../../src/workload/index.ts'))};
      const load = await openLoad(${JSON.stringify(redisSpec({ urls: [`rediss://localhost:${port}`] }))}, { cwd: '/' });
      const recorder = createRecorder({ now: () => Date.now(), elapsed: () => performance.now() });
      await load.start(recorder);
      while (load.due < 60) await new Promise((resolve) => setTimeout(resolve, 10));
      await load.stop();
      console.log(JSON.stringify(recorder.cut()));`;
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate.path };
    const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      env,
      encoding: 'utf8',
    });
    const window = JSON.parse(ended.stdout);
    expect(window.errors, ended.stderr).to.deep.equal({});
    expect(window.ok).to.be.greaterThan(0);
  });
});
