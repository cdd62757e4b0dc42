/** Against a scripted server everywhere, and against a real redis-server where there is one on the PATH. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { openLoad } from '../../src/workload/index.ts';
import { redisErrorKind } from '../../src/workload/kinds/redis-load.ts';
import type { OpenLoop } from '../../src/workload/pace/open-loop.ts';
import { freePorts } from '../free-ports.ts';
import { Driven, startTcpServer, until } from './servers.ts';
import { redisSpec } from './specs.ts';

/** By the PATH. */
const PROGRAM = 'redis-server';
const running: Driven[] = [];

async function drive(
  port: number,
  spec: Parameters<typeof redisSpec>[0] = {},
): Promise<Driven & { due(): number }> {
  const common = {
    connections: 4,
    timeout_ms: 5000,
    max_in_flight: 5000,
    command: ['SET', 'gameday:{{key}}', '1'],
  };
  const load = await openLoad(
    redisSpec({ urls: [`redis://127.0.0.1:${port}`], ...common, ...spec }),
    { cwd: '/' },
  );
  const driven = await Driven.start(load);
  running.push(driven);
  return Object.assign(driven, { due: () => (load as OpenLoop).due });
}

const stopAll = () => Promise.all(running.splice(0).map((driven) => driven.stop()));

describe('redis load, scripted', function () {
  this.timeout(60_000);
  const servers: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await stopAll();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  /** Answers each command, sent as an array of bulk strings, with what the script says; null: not at all. Connections count from 1. */
  async function serve(answer: (command: string[], connection: number) => string | null) {
    const seen: string[][] = [];
    let connections = 0;
    const server = await startTcpServer((socket: Socket) => {
      const connection = ++connections;
      let rest = '';
      socket.on('data', (chunk) => {
        rest += chunk.toString();
        for (;;) {
          const { command, length } = parseCommand(rest);
          if (!command) return;
          rest = rest.slice(length);
          seen.push(command);
          const text = answer(command, connection);
          if (text !== null) socket.write(text);
        }
      });
    });
    servers.push(server);
    return { ...server, seen, connections: () => connections };
  }

  it('counts errors by the word that redis puts first', async () => {
    const words = [
      '+OK',
      '-LOADING Redis is loading the dataset',
      "-READONLY You can't write",
      '+OK',
    ];
    let next = 0;
    const given: Record<string, number> = {};
    const server = await serve(() => {
      const word = words[next++ % words.length] as string;
      given[word] = (given[word] ?? 0) + 1;
      return `${word}\r\n`;
    });
    const driven = await drive(server.port);
    await until('some', () => driven.ok > 60);
    await driven.stop();
    expect(driven.errors).to.deep.equal({
      loading: given[words[1] as string],
      readonly: given[words[2] as string],
    });
    expect(driven.ok).to.equal(given['+OK']);
    expect(driven.ok + driven.bad).to.equal(driven.due());
    expect(server.seen[0]).to.satisfy(
      ([command, key]: string[]) => command === 'SET' && /^gameday:\d+$/.test(key as string),
    );
    expect(new Set(server.seen.map(([, key]) => key)).size).to.be.greaterThan(20);
  });

  it('times out what hangs, gives the connection up, and has another at once', async () => {
    // As a host that froze: what was said on these connections is never answered, so that only new ones are good again.
    let hungUpTo = 0;
    const server = await serve((_, connection) => (connection <= hungUpTo ? null : '+OK\r\n'));
    const driven = await drive(server.port, { timeout_ms: 200, connections: 2 });
    await until('good', () => driven.ok > 40);
    hungUpTo = Number.POSITIVE_INFINITY;
    await until('time-outs', () => driven.timeouts > 40);
    hungUpTo = server.connections();
    const before = driven.ok;
    await until('good again', () => driven.ok > before + 40);
    await driven.stop();
    expect(driven.ok + driven.bad).to.equal(driven.due());
  });

  it('signs in as the URL says', async () => {
    const server = await serve(() => '+OK\r\n');
    const driven = await drive(server.port, {
      urls: [`redis://ann:s3cret@127.0.0.1:${server.port}/2`],
      connections: 1,
    });
    await until('some', () => driven.ok > 5);
    expect(server.seen.slice(0, 2)).to.deep.include.members([
      ['auth', 'ann', 's3cret'],
      ['select', '2'],
    ]);
  });

  it('measures a server that is not there, and does not wait for it', async () => {
    const gone = await serve(() => '+OK\r\n');
    await gone.close();
    servers.length = 0;
    const driven = await drive(gone.port);
    await until('errors', () => driven.bad > 100);
    expect(driven.ok + driven.timeouts).to.equal(0);
    expect(Object.keys(driven.errors)).to.deep.equal(['not connected']);
  });

  it('names an error by its kind, never by its message', () => {
    const reply = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      name: 'ReplyError',
    });
    expect(redisErrorKind(reply)).to.equal('wrongpass');
    expect(redisErrorKind(Object.assign(new Error('odd'), { name: 'ReplyError' }))).to.equal(
      'error reply',
    );
    expect(redisErrorKind(new Error('redis://ann:s3cret@host is down'))).to.equal('other');
    expect(redisErrorKind(new Error('Connection is closed.'))).to.equal('reset');
  });
});

describe('redis load, a real redis-server', function () {
  this.timeout(60_000);
  let folder: string;
  let server: ChildProcess;
  let port: number;

  before(function () {
    if (spawnSync(PROGRAM, ['--version']).status !== 0) this.skip();
  });

  async function startRedis(): Promise<void> {
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
    server = spawn(PROGRAM, args, { stdio: 'ignore' });
    await until('redis listens', () => {
      reach(port);
      return reachable.has(port);
    });
    reachable.delete(port);
  }

  const reachable = new Set<number>();
  function reach(at: number): void {
    const socket = connect({ host: '127.0.0.1', port: at });
    socket.once('connect', () => {
      reachable.add(at);
      socket.destroy();
    });
    socket.once('error', () => {});
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-redis-'));
    port = await freePorts(1);
    await startRedis();
  });

  afterEach(async () => {
    server?.kill('SIGCONT');
    await stopAll();
    server?.kill('SIGKILL');
    if (server && server.exitCode === null && server.signalCode === null)
      await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  it('sees a second of SIGSTOP in its p99, and loses nothing', async () => {
    const driven = await drive(port, { rate: 500 });
    await until('a second of good', () => driven.due() > 500);
    server.kill('SIGSTOP');
    const frozenAt = driven.due();
    await until('a second of frozen', () => driven.due() > frozenAt + 500);
    server.kill('SIGCONT');
    const thawedAt = driven.due();
    await until('a second of good', () => driven.due() > thawedAt + 500);
    await driven.stop();
    expect(driven.ok).to.equal(driven.due());
    expect(driven.p99()).to.be.greaterThan(800);
  });

  it('is back as soon as a killed server is, with no back-off of its own', async () => {
    const driven = await drive(port);
    await until('good', () => driven.ok > 100);
    server.kill('SIGKILL');
    await once(server, 'exit');
    await until('errors', () => driven.bad > 300);
    await startRedis();
    const backAt = Date.now();
    await until('good again', () =>
      driven.windows.some(
        (window) => window.at > backAt && window.ok > 0 && Object.keys(window.errors).length === 0,
      ),
    );
    await driven.stop();
    expect(driven.ok + driven.bad).to.equal(driven.due());
    expect(driven.timeouts).to.equal(0);
    // It reconnects ten times a second; a client that backs off would by now wait for seconds.
    const after = driven.windows.filter((window) => window.at > backAt);
    expect(
      after.findIndex((window) => window.ok > 0 && Object.keys(window.errors).length === 0),
    ).to.be.within(0, 4);
  });
});

function parseCommand(text: string): { command: string[] | null; length: number } {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return { command: null, length: 0 };
  const command: string[] = [];
  let at = head[0].length;
  for (let left = Number(head[1]); left > 0; left--) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (!size) return { command: null, length: 0 };
    at += size[0].length;
    const word = text.slice(at, at + Number(size[1]));
    at += Number(size[1]) + 2;
    if (at > text.length) return { command: null, length: 0 };
    command.push(word);
  }
  return { command, length: at };
}
