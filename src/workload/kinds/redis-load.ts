/**
 * Redis commands at a rate, to one or several servers, over several connections to each in turn. The client is told not to be clever: nothing is queued
 * while it is not connected, nothing is tried again, it reconnects ten times a second for ever. Otherwise its own
 * back-off would be measured. Loaded only where a story has such a workload.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RedisOperation, RedisSpec } from '../../story/workload-spec.ts';
import { errorKind } from '../error-kinds.ts';
import { type KeySequence, openKeySequence } from '../pace/key-sequence.ts';
import { type KeyedText, keyedText } from '../pace/keyed-text.ts';
import { MixedLoad } from '../pace/mixed-load.ts';
import { OneShot } from '../pace/one-shot.ts';
import type { Operation } from '../pace/open-loop.ts';
import type { OperationResult, ProtocolClient } from '../pace/protocol-client.ts';
import { isNotDone } from '../pace/target-pool.ts';
import { holdForThisTurn } from './one-write.ts';

const RECONNECT_MS = 100;
/** A connection on which nothing came back for so much longer than an operation's time-out is given up. */
const HUNG_AFTER_MS = 100;

/** Resolves also when nobody answers yet: that is for the measurement to say. */
export async function openRedisLoad(
  spec: RedisSpec,
  options: { seed: number; firstValue: number },
): Promise<MixedLoad<RedisOperation>> {
  const sequence = openKeySequence<RedisOperation>(spec, textsOf, options);
  const client = new RedisClient(spec, sequence);
  await client.connect(spec.timeout_ms);
  return new MixedLoad(spec, client, sequence);
}

function textsOf({ command }: RedisOperation): string[] {
  return command;
}

interface Command {
  name: string;
  args: (key: number, value: string) => string[];
}

class RedisClient implements ProtocolClient<RedisOperation> {
  readonly count: number;
  /** Of each server. */
  readonly #clients: Redis[][];
  readonly #commands: Command[];
  readonly #timeoutMs: number;
  readonly #sequence: KeySequence;
  #next = 0;

  constructor(spec: RedisSpec, sequence: KeySequence) {
    this.count = spec.urls.length;
    this.#clients = spec.urls.map((url) =>
      Array.from({ length: spec.connections }, () => openClient(url, spec.timeout_ms)),
    );
    this.#commands = spec.mix.map(openCommand);
    this.#timeoutMs = spec.timeout_ms;
    this.#sequence = sequence;
  }

  /** A server that accepts and then says nothing to the sign-in holds this up no longer than an operation. */
  async connect(withinMs: number): Promise<void> {
    const connected = this.#clients.flat().map((client) => client.connect().catch(() => {}));
    const enough = new AbortController();
    const tooLong = delay(withinMs, undefined, { signal: enough.signal }).catch(() => {});
    await Promise.race([Promise.all(connected), tooLong]);
    enough.abort();
  }

  send(operation: Operation, endpoint: number): void {
    const { name, args } = this.#commands[operation.choice] as Command;
    const client = this.#client(endpoint);
    holdForThisTurn(client.stream);
    client.call(name, args(operation.key, this.#sequence.valueOf(operation.write))).then(
      () => operation.settle(null),
      (error: Error) => fail(operation, error),
    );
  }

  perform(
    operation: RedisOperation,
    endpoint: number,
    key: number,
    value: string,
  ): Promise<OperationResult> {
    const { name, args } = openCommand(operation);
    return new Promise((resolve) => {
      let text = '';
      const one = new OneShot(this.#timeoutMs, (error, undone) => resolve({ error, undone, text }));
      this.#client(endpoint)
        .call(name, args(key, value))
        .then(
          (reply) => {
            text = String(reply ?? '');
            one.settle(null);
          },
          (error: Error) => fail(one, error),
        );
    });
  }

  describe({ command }: RedisOperation): string {
    return command[0] as string;
  }

  textsOf = textsOf;

  async close(): Promise<void> {
    for (const client of this.#clients.flat()) client.disconnect();
  }

  #client(endpoint: number): Redis {
    const clients = this.#clients[endpoint] as Redis[];
    this.#next = this.#next + 1 >= clients.length ? 0 : this.#next + 1;
    return clients[this.#next] as Redis;
  }
}

function fail(operation: Pick<Operation, 'settle' | 'undone'>, error: Error): void {
  const kind = redisErrorKind(error);
  if (isNotDone(kind)) operation.undone(kind);
  else operation.settle(kind);
}

function openCommand({ command: [name = 'PING', ...rest] }: RedisOperation): Command {
  const texts: KeyedText[] = rest.map(keyedText);
  return { name, args: (key, value) => texts.map((text) => text(key, value)) };
}

function openClient(url: string, timeoutMs: number): Redis {
  const client = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => RECONNECT_MS,
    connectTimeout: timeoutMs,
    socketTimeout: timeoutMs + HUNG_AFTER_MS,
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
  if (error.name === 'ReplyError')
    return /^[A-Z]{2,20}(?= )/.exec(error.message)?.[0].toLowerCase() ?? 'error reply';
  if (error.message.includes('enableOfflineQueue')) return 'not connected';
  if (error.name === 'MaxRetriesPerRequestError' || error.message === 'Connection is closed.')
    return 'reset';
  return errorKind(error);
}
