/**
 * Redis commands at a rate, over several connections in turn. The client is told not to be clever: nothing is queued
 * while it is not connected, nothing is tried again, it reconnects ten times a second for ever. Otherwise its own
 * back-off would be measured. Loaded only where a story has such a workload.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { WorkloadSpec } from '../story/workload-spec.ts';
import { errorKind } from './error-kinds.ts';
import { keyedTexts } from './keyed-text.ts';
import { OpenLoop, type Operation, type Target } from './open-loop.ts';

type RedisSpec = Extract<WorkloadSpec, { kind: 'redis' }>;

const RECONNECT_MS = 100;
/** A connection on which nothing came back for so much longer than an operation's time-out is given up. */
const HUNG_AFTER_MS = 100;

/** Resolves also when nobody answers yet: that is for the measurement to say. */
export async function openRedisLoad(spec: RedisSpec, draw: () => number): Promise<OpenLoop> {
  const target = new RedisTarget(spec, draw);
  await target.connect(spec.timeout_ms);
  return new OpenLoop(spec, target);
}

class RedisTarget implements Target {
  readonly #clients: Redis[];
  readonly #command: string;
  readonly #arguments: () => readonly string[];
  #next = 0;

  constructor(spec: RedisSpec, draw: () => number) {
    const [command = 'PING', ...rest] = spec.command;
    this.#command = command;
    this.#arguments = keyedTexts(rest, draw);
    this.#clients = Array.from({ length: spec.connections }, () => openClient(spec));
  }

  /** A server that accepts and then says nothing to the sign-in holds this up no longer than an operation. */
  async connect(withinMs: number): Promise<void> {
    const connected = this.#clients.map((client) => client.connect().catch(() => {}));
    const enough = new AbortController();
    const tooLong = delay(withinMs, undefined, { signal: enough.signal }).catch(() => {});
    await Promise.race([Promise.all(connected), tooLong]);
    enough.abort();
  }

  issue(operation: Operation): void {
    const client = this.#clients[this.#next++ % this.#clients.length] as Redis;
    client.call(this.#command, this.#arguments() as string[]).then(
      () => operation.settle(null),
      (error: Error) => operation.settle(redisErrorKind(error)),
    );
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
  }
}

function openClient({ url, timeout_ms }: RedisSpec): Redis {
  const client = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => RECONNECT_MS,
    connectTimeout: timeout_ms,
    socketTimeout: timeout_ms + HUNG_AFTER_MS,
    enableReadyCheck: false,
    disableClientInfo: true,
    // The old protocol: every server and proxy knows it, and a reconnect needs no handshake.
    protocol: 2,
  });
  // Each failed reconnect says so here; the operations that fail meanwhile are what counts.
  client.on('error', () => {});
  return client;
}

/** Redis puts the kind of an error first: `LOADING Redis is loading`, `READONLY You can't write`. */
export function redisErrorKind(error: Error): string {
  if (error.name === 'ReplyError') return /^[A-Z]{2,20}(?= )/.exec(error.message)?.[0].toLowerCase() ?? 'error reply';
  if (error.message.includes('enableOfflineQueue')) return 'not connected';
  if (error.name === 'MaxRetriesPerRequestError' || error.message === 'Connection is closed.') return 'reset';
  return errorKind(error);
}
