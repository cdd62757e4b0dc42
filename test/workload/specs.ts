/** Workloads as the tests write them by hand, with the defaults of the story's schema. */
import type {
  HttpOperation,
  HttpSpec,
  PostgresSpec,
  RedisSpec,
  TcpSpec,
} from '../../src/story/workload-spec.ts';

export const PACE = {
  rate: 200,
  ramp: [],
  connections: 10,
  timeout_ms: 2000,
  max_in_flight: 1000,
  balance: 'round_robin',
} as const satisfies Partial<TcpSpec>;

const MIXED = { setup: [], verify: null, keys: 10_000, seed: 1 };

export function operation(
  patch: Partial<HttpOperation & { weight: number }> = {},
): HttpOperation & { weight: number } {
  return {
    method: 'GET',
    path: null,
    headers: {},
    body: null,
    expect_status: null,
    expect_body: null,
    weight: 1,
    ...patch,
  };
}

/** `only`: the one operation of the mix. */
export function httpSpec({
  only = {},
  ...patch
}: Partial<HttpSpec> & { only?: Partial<HttpOperation> }): HttpSpec {
  return {
    kind: 'http',
    urls: [],
    tls: null,
    keep_alive: true,
    mix: [operation(only)],
    ...MIXED,
    ...PACE,
    ramp: [],
    ...patch,
  };
}

export function redisSpec({
  command = ['PING'],
  ...patch
}: Partial<RedisSpec> & { command?: string[] }): RedisSpec {
  return {
    kind: 'redis',
    urls: [],
    mix: [{ command, weight: 1 }],
    ...MIXED,
    ...PACE,
    ramp: [],
    ...patch,
  };
}

export function postgresSpec({
  query = 'SELECT 1',
  ...patch
}: Partial<PostgresSpec> & { query?: string }): PostgresSpec {
  return {
    kind: 'postgres',
    urls: [],
    mix: [{ query, weight: 1 }],
    ...MIXED,
    ...PACE,
    ramp: [],
    ...patch,
  };
}

export function tcpSpec(patch: Partial<TcpSpec>): TcpSpec {
  return { kind: 'tcp', addresses: [], ...PACE, ramp: [], ...patch };
}
