/** The highest rate that a load holds, and what a quiet load costs, beside the tools that one would otherwise take; each on one core, one after the other. */
import { count, percent, row, title } from './figures.ts';
import {
  autocannon,
  bareSockets,
  CONNECTIONS,
  gameday,
  httpSpec,
  type LoadSpec,
  missing,
  redisBenchmark,
  redisSpec,
  startHttp,
  startRedis,
  tcpSpec,
  wrk,
} from './tools.ts';

const HELD = 0.995;
const STEP = 1.2;
const WARM_MS = 1500;
const MEASURED_MS = 3000;
const QUIET_RATE = 1000;

interface Try {
  /** Operations a second that came back well. */
  rate: number;
  /** Operations that did not. */
  bad: number;
}

/** Goes up by steps until a rate is missed twice in a row: once can be somebody else's work on this machine. */
async function highestHeld(from: number, attempt: (rate: number) => Promise<Try>): Promise<number> {
  let held = 0;
  for (let rate = from; ; rate = Math.round(rate * STEP)) {
    const holds = async () => {
      const { rate: achieved, bad } = await attempt(rate);
      return achieved >= HELD * rate && bad === 0;
    };
    if (!(await holds()) && !(await holds())) return held;
    held = rate;
  }
}

const ours = (specOf: (rate: number) => LoadSpec, from: number) =>
  highestHeld(from, (rate) => gameday(specOf(rate), WARM_MS, MEASURED_MS));

function table(rows: [name: string, rate: number][]): void {
  const yardstick = rows[0]?.[1] ?? 0;
  for (const [name, rate] of rows)
    row(name, `${count(rate)}/s`, `${(rate / yardstick).toFixed(2)} x`);
}

async function speedOfHttp(): Promise<void> {
  title(`http: highest rate, ${CONNECTIONS} connections, server and load on a core each`);
  const server = await startHttp();
  try {
    const rows: [string, number][] = [];
    if (!missing('wrk')) rows.push(['wrk -t1 (closed loop)', (await wrk(server.port, 3)).rate]);
    rows.push(['autocannon (closed loop)', (await autocannon(server.port, 3, null)).rate]);
    const open = await highestHeld(5000, async (rate) => ({
      rate: (await autocannon(server.port, 4, rate)).rate,
      bad: 0,
    }));
    rows.push([`autocannon -R (open loop), ${percent(HELD)} held`, open]);
    rows.push([
      `gameday http (open loop), ${percent(HELD)} held`,
      await ours((rate) => httpSpec(server.port, rate), 10_000),
    ]);
    // Once more at the end: what the machine had to spare may have changed meanwhile.
    if (rows[0]?.[0].startsWith('wrk'))
      rows.push(['wrk -t1, again', (await wrk(server.port, 3)).rate]);
    table(rows);
  } finally {
    await server.stop();
  }
}

async function speedOfRedis(): Promise<void> {
  title(
    `redis: highest rate, ${CONNECTIONS} connections, no pipelining, server and load on a core each`,
  );
  if (missing('redis-server') || missing('redis-benchmark')) return;
  const server = await startRedis();
  try {
    const benchmark = async () => (await redisBenchmark(server.port, 150_000)).rate;
    const rows: [string, number][] = [['redis-benchmark -P 1 (closed loop)', await benchmark()]];
    rows.push([
      `gameday redis (open loop), ${percent(HELD)} held`,
      await ours((rate) => redisSpec(server.port, rate), 20_000),
    ]);
    rows.push(['redis-benchmark -P 1, again', await benchmark()]);
    table(rows);
  } finally {
    await server.stop();
  }
}

export async function benchSpeed(): Promise<void> {
  await speedOfHttp();
  await speedOfRedis();
}

/** Share of a core, after the warm-up. Where another tool can hold a rate, it stands beside. */
export async function benchCpu(): Promise<void> {
  title(`CPU at ${count(QUIET_RATE)} operations a second, share of a core`);
  const server = await startHttp();
  try {
    // The difference of a long and a short run, so that starting up does not count.
    const [short, long] = [
      await autocannon(server.port, 2, QUIET_RATE),
      await autocannon(server.port, 12, QUIET_RATE),
    ];
    row('autocannon -R (a burst each second)', percent((long.cpu - short.cpu) / 10));
    row(
      'bare sockets, a write each millisecond',
      percent(await bareSockets(server.port, QUIET_RATE, 8000, 10_000)),
    );
    for (const [name, spec] of [
      ['gameday http', httpSpec(server.port, QUIET_RATE)],
      ['gameday tcp (a connection each)', tcpSpec(server.port, QUIET_RATE)],
    ] as const) {
      row(name, percent((await gameday(spec, 8000, 10_000)).cpu));
    }
  } finally {
    await server.stop();
  }
  if (missing('redis-server')) return;
  const redis = await startRedis();
  try {
    row(
      'gameday redis',
      percent((await gameday(redisSpec(redis.port, QUIET_RATE), 8000, 10_000)).cpu),
    );
  } finally {
    await redis.stop();
  }
}
