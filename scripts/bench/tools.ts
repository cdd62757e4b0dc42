/**
 * The servers and the load tools of the benchmarks, each a process of its own: the server on one core and the load on
 * another where there is `taskset`, so that no tool wins by taking the server's time. A tool that is missing is said and left out.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkloadSpec } from '../../src/story/workload-spec.ts';
import { SLOW_MS } from './figures.ts';

export type LoadSpec = Exclude<WorkloadSpec, { kind: 'simulated' }>;
export const CONNECTIONS = 32;

export interface Told {
  /** Operations a second that came back well. */
  rate: number;
  operations: number;
  p50_ms: number | null;
  p99_ms: number | null;
  /** Operations that took longer than SLOW_MS, as far as the tool tells. */
  slow: number;
}

export interface Report extends Told {
  bad: number;
  /** Of one core. */
  cpu: number;
  /** In use after a collection, before and after. */
  heap_mb: [number, number];
}

export interface Served {
  port: number;
  process: ChildProcess;
  stop(): Promise<void>;
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
export const isThere = (program: string) => spawnSync(program, ['--version']).error === undefined;
const canPin = availableParallelism() > 1 && isThere('taskset');

/** Says what is missing. */
export function missing(program: string): boolean {
  if (isThere(program)) return false;
  console.log(`  no ${program} here: left out`);
  return true;
}

function pinned(core: number, program: string, args: string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', String(core), program, ...args]] : [program, args];
}

/** What it prints; it must succeed. On the core of the load. */
async function output(program: string, args: string[]): Promise<string> {
  const child = spawn(...pinned(1, program, args), { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let said = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`);
  return out;
}

function served(child: ChildProcess, port: number, folder: string | null): Served {
  return {
    port,
    process: child,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function startHttp(): Promise<Served> {
  const child = spawn(...pinned(0, process.execPath, [here('http-server.ts')]), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return served(child, Number(line), null);
}

export async function startRedis(): Promise<Served> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  const folder = mkdtempSync(join(tmpdir(), 'gameday-bench-'));
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
  const child = spawn(...pinned(0, 'redis-server', args), { stdio: 'ignore' });
  for (let tries = 0; tries < 100 && !(await answers(port)); tries++) await delay(50);
  return served(child, port, folder);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const COMMON = {
  connections: CONNECTIONS,
  timeout_ms: 5000,
  max_in_flight: 50_000,
  balance: 'round_robin',
} as const;
const MIXED = { ramp: [], setup: [], verify: null, keys: 10_000, seed: 1 };

export const httpSpec = (port: number, rate: number): LoadSpec => ({
  kind: 'http',
  urls: [`http://127.0.0.1:${port}/`],
  tls: null,
  keep_alive: true,
  mix: [
    {
      method: 'GET',
      path: null,
      headers: {},
      body: null,
      expect_status: null,
      expect_body: null,
      weight: 1,
    },
  ],
  rate,
  ...MIXED,
  ...COMMON,
});
export const redisSpec = (port: number, rate: number): LoadSpec => ({
  kind: 'redis',
  urls: [`redis://127.0.0.1:${port}`],
  mix: [{ command: ['SET', 'gameday:{{key}}', '1'], weight: 1 }],
  rate,
  ...MIXED,
  ...COMMON,
});
export const tcpSpec = (port: number, rate: number): LoadSpec => ({
  kind: 'tcp',
  addresses: [{ host: '127.0.0.1', port }],
  ramp: [],
  rate,
  ...COMMON,
});

/** Ours. */
export async function gameday(spec: LoadSpec, warmMs: number, measuredMs: number): Promise<Report> {
  return JSON.parse(
    await output(process.execPath, [
      here('load-child.ts'),
      JSON.stringify(spec),
      String(warmMs),
      String(measuredMs),
    ]),
  );
}

/** The share of a core that bare sockets take for the same writes. */
export async function bareSockets(
  port: number,
  rate: number,
  warmMs: number,
  measuredMs: number,
): Promise<number> {
  return Number(
    await output(process.execPath, [
      here('bare-child.ts'),
      ...[port, CONNECTIONS, rate, warmMs, measuredMs].map(String),
    ]),
  );
}

/** Its list of latencies takes minutes to walk, so their share is sought by halves. */
const WRK_SCRIPT = `done = function(summary, latency, requests)
  local quick, slow = 0, 100
  for i = 1, 30 do
    local middle = (quick + slow) / 2
    if latency:percentile(middle) > ${SLOW_MS * 1000} then slow = middle else quick = middle end
  end
  print(string.format('{"rate":%f,"operations":%d,"p50_ms":%f,"p99_ms":%f,"slow":%d}', summary.requests * 1e6 / summary.duration,
    summary.requests, latency:percentile(50) / 1000, latency:percentile(99) / 1000, (100 - slow) / 100 * summary.requests))
end
`;

/** A closed loop in one thread. */
export async function wrk(port: number, seconds: number): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), 'gameday-bench-'));
  try {
    writeFileSync(join(folder, 'done.lua'), WRK_SCRIPT);
    const args = [
      '-t1',
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      '--timeout',
      '10s',
      '-s',
      join(folder, 'done.lua'),
      `http://127.0.0.1:${port}/`,
    ];
    return JSON.parse((await output('wrk', args)).trim().split('\n').at(-1) as string);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const AUTOCANNON = fileURLToPath(import.meta.resolve('autocannon'));

/** With a rate an open loop, without one a closed one. `slow` is at most so many: it tells percentiles only. */
export async function autocannon(
  port: number,
  seconds: number,
  rate: number | null,
): Promise<Told & { cpu: number }> {
  const paced = rate === null ? [] : ['-R', String(rate)];
  const args = [
    AUTOCANNON,
    '-j',
    '-n',
    '-c',
    String(CONNECTIONS),
    '-d',
    String(seconds),
    ...paced,
    `http://127.0.0.1:${port}/`,
  ];
  // The shell tells what its children cost.
  const out = await output('sh', ['-c', '"$@"; times', 'sh', process.execPath, ...args]);
  const told = JSON.parse(out.split('\n').find((line) => line.startsWith('{')) as string);
  const good = told.requests.total - told.non2xx;
  const percentiles = Object.entries(told.latency as Record<string, number>).filter(([name]) =>
    /^p\d/.test(name),
  );
  const known = percentiles
    .filter(([, value]) => value <= SLOW_MS)
    .map(([name]) => Number(name.slice(1).replace('_', '.')));
  return {
    rate: good / told.duration,
    operations: told.requests.total,
    p50_ms: told.latency.p50,
    p99_ms: told.latency.p99,
    slow:
      told.latency.max <= SLOW_MS
        ? 0
        : Math.round(told.requests.total * (1 - Math.max(0, ...known) / 100)),
    cpu: secondsOf(out.trim().split('\n').at(-1) as string),
  };
}

/** `0m0.58s 0m0.28s`, user and system. */
function secondsOf(times: string): number {
  return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

/** A closed loop in one thread, without pipelining. */
export async function redisBenchmark(port: number, operations: number): Promise<Told> {
  const args = [
    '-p',
    String(port),
    '-c',
    String(CONNECTIONS),
    '-P',
    '1',
    '-n',
    String(Math.round(operations)),
    '-r',
    '10000',
  ];
  const out = (
    await output('redis-benchmark', [...args, 'SET', 'gameday:__rand_int__', '1'])
  ).replaceAll('\r', '\n');
  const [, rate] = /throughput summary: ([\d.]+)/.exec(out) ?? [];
  const [, , , p50, , p99] =
    /latency summary[^\n]*\n[^\n]*\n((?:\s*[\d.]+)+)/.exec(out)?.[1]?.split(/\s+/) ?? [];
  const upTo = [...out.matchAll(/<= ([\d.]+) milliseconds \(cumulative count (\d+)\)/g)].filter(
    ([, limit]) => Number(limit) <= SLOW_MS + 1,
  );
  const quick = Math.max(0, ...upTo.map(([, , cumulative]) => Number(cumulative)));
  return {
    rate: Number(rate),
    operations,
    p50_ms: Number(p50),
    p99_ms: Number(p99),
    slow: Math.max(0, Math.round(operations) - quick),
  };
}
