/**
 * A server that stands still for three seconds of ten, and what each tool says of it. Users come whether or not it stands
 * still, so at a steady rate every one that comes in those seconds waits for the rest of them: that is the truth beside it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { count, ms, percent, row, SLOW_MS, title } from './figures.ts';
import {
  autocannon,
  gameday,
  httpSpec,
  missing,
  redisBenchmark,
  redisSpec,
  type Served,
  startHttp,
  startRedis,
  type Told,
  wrk,
} from './tools.ts';

const RATE = 1000;
const SECONDS = 10;
const FROZEN_MS = 3000;

/** `measure` runs for ten seconds; the server is stopped from the fourth to the seventh. `leadMs`: how long the tool takes to begin. */
async function frozenWhile<T>(
  server: Served,
  leadMs: number,
  measure: () => Promise<T>,
): Promise<{ told: T; frozenMs: number }> {
  const measuring = measure();
  measuring.catch(() => {});
  try {
    await delay(leadMs + 3500);
    const from = performance.now();
    server.process.kill('SIGSTOP');
    await delay(FROZEN_MS);
    server.process.kill('SIGCONT');
    return { frozenMs: performance.now() - from, told: await measuring };
  } finally {
    server.process.kill('SIGCONT');
  }
}

function print(name: string, told: Told): void {
  row(
    name,
    count(told.operations),
    count(told.slow),
    percent(told.slow / told.operations),
    ms(told.p50_ms),
    ms(told.p99_ms),
  );
}

/** Of users at a steady rate, at a server that answers at once but for `frozenMs`. */
function printTruth(frozenMs: number): void {
  const slow = ((frozenMs - SLOW_MS) * RATE) / 1000;
  const operations = RATE * SECONDS;
  // The slowest hundredth of all are those that came first.
  const p99_ms = frozenMs - (0.01 * operations * 1000) / RATE;
  row(
    `true, of ${count(RATE)} users a second`,
    count(operations),
    count(slow),
    percent(slow / operations),
    '-',
    ms(p99_ms),
  );
}

const begin = (what: string) => {
  title(`${what}: the server frozen for ${FROZEN_MS / 1000} s of ${SECONDS}`);
  row('', 'operations', `> ${SLOW_MS} ms`, 'share', 'p50', 'p99');
};

async function truthOfHttp(): Promise<void> {
  begin('http');
  const server = await startHttp();
  try {
    if (!missing('wrk'))
      print(
        'wrk -t1 (closed loop)',
        (await frozenWhile(server, 0, () => wrk(server.port, SECONDS))).told,
      );
    print(
      'autocannon (closed loop), at most',
      (await frozenWhile(server, 300, () => autocannon(server.port, SECONDS, null))).told,
    );
    print(
      `autocannon -R ${RATE}, at most`,
      (await frozenWhile(server, 300, () => autocannon(server.port, SECONDS, RATE))).told,
    );
    const { told, frozenMs } = await frozenWhile(server, 1000, () =>
      gameday(httpSpec(server.port, RATE), 500, SECONDS * 1000),
    );
    print('gameday http', told);
    printTruth(frozenMs);
  } finally {
    await server.stop();
  }
}

async function truthOfRedis(): Promise<void> {
  begin('redis');
  if (missing('redis-server')) return;
  const server = await startRedis();
  try {
    if (!missing('redis-benchmark')) {
      // It runs for a number of operations and not for a time: as many as it does in seven seconds.
      const { rate } = await redisBenchmark(server.port, 50_000);
      const seven = rate * (SECONDS - FROZEN_MS / 1000);
      print(
        'redis-benchmark -P 1 (closed loop)',
        (await frozenWhile(server, 0, () => redisBenchmark(server.port, seven))).told,
      );
    }
    const { told, frozenMs } = await frozenWhile(server, 1000, () =>
      gameday(redisSpec(server.port, RATE), 500, SECONDS * 1000),
    );
    print('gameday redis', told);
    printTruth(frozenMs);
  } finally {
    await server.stop();
  }
}

export async function benchTruth(): Promise<void> {
  await truthOfHttp();
  await truthOfRedis();
}
