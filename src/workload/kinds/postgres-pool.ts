/**
 * Connections to one PostgreSQL, each with one statement at a time. The pool is told not to be clever: it reconnects ten
 * times a second for ever, and what cannot be sent, since the server refuses, fails at once. Where a server takes the
 * connection and says nothing, an operation waits as it would for an answer.
 *
 * A statement that is out of time is given up together with its connection, which frees the slot at once, also where the
 * server says nothing any more. PostgreSQL itself would go on with it, so it is asked to cancel it as well: otherwise
 * statements that wait for a lock would gather until there is no connection left for anybody. That cannot hit the next
 * statement, which has a connection of its own.
 *
 * The driver's own pool has been tried in its place. It loads and recovers as well, but connects once more for each operation
 * that finds no connection. Measured with eight connections and 5,000 operations a second, on a server that is starting up
 * (57P03): 600 to 1,400 connections a second against 80 here, each a process of that server, and most operations came back
 * as timed out, where here each says "not ready".
 */
import { createConnection, Socket } from 'node:net';
import type { Client, QueryArrayResult } from 'pg';
import type { Operation } from '../pace/open-loop.ts';
import { isNotDone } from '../pace/target-pool.ts';
import type { Driver } from './postgres-driver.ts';
import { postgresErrorKind } from './postgres-errors.ts';

const RECONNECT_MS = 100;
/** What PostgreSQL sends is looked at as text, if at all. */
const AS_TEXT = { getTypeParser: () => String } as never;

export interface Query {
  /** Of the prepared statement; without it, it is prepared for this once. */
  name?: string;
  text: string;
  values: string[];
  rowMode: 'array';
}

export interface Work {
  operation: Pick<Operation, 'settled' | 'settle' | 'undone' | 'abort'>;
  query: Query;
  /** Before the operation is settled. */
  onRows?(rows: (string | null)[][]): void;
}

interface Slot {
  /** Null while it waits for the next attempt to connect. */
  client: Client | null;
  /** The client's; it is cut where a polite end would wait for a server that says nothing. */
  socket: Socket | null;
  state: 'down' | 'connecting' | 'idle' | 'busy';
}

export class PostgresPool {
  readonly #driver: Driver;
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #slots: Slot[];
  /** Free connections, the one that was free longest first. */
  #idle: Slot[] = [];
  /** In the order in which they came, so that what is out of time stands in front. */
  #waiting: Work[] = [];
  /** Connections that are up, at work or not. */
  #up = 0;
  /** With what kind of error the last attempt to connect failed; null: it did not, or nobody answered it. */
  #downBy: string | null = null;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(driver: Driver, url: string, options: { connections: number; timeoutMs: number }) {
    this.#driver = driver;
    this.#url = url;
    this.#timeoutMs = options.timeoutMs;
    this.#slots = Array.from({ length: options.connections }, () => ({
      client: null,
      socket: null,
      state: 'down',
    }));
  }

  /** Resolves when each connection is up, or was tried once. */
  async connect(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => this.#open(slot)));
  }

  run(work: Work): void {
    const slot = this.#idle.shift();
    if (slot) this.#send(slot, work);
    else if (this.#up > 0 || this.#downBy === null) this.#wait(work);
    else work.operation.undone(this.#downBy);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const slot of this.#slots) this.#drop(slot);
    for (const { operation } of this.#waiting.splice(0)) operation.undone('not connected');
  }

  #wait(work: Work): void {
    const timedOut = this.#waiting.findIndex(({ operation }) => !operation.settled);
    if (timedOut !== 0) this.#waiting.splice(0, timedOut < 0 ? this.#waiting.length : timedOut);
    this.#waiting.push(work);
  }

  async #open(slot: Slot): Promise<void> {
    const socket = new Socket();
    const client = new this.#driver.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: this.#timeoutMs,
      keepAlive: true,
      types: AS_TEXT,
      stream: () => socket,
    });
    slot.client = client;
    slot.socket = socket;
    slot.state = 'connecting';
    // What a connection breaks with, the statement under way is told, too.
    client.on('error', () => {});
    client.on('end', () => this.#lost(slot, client));
    try {
      await client.connect();
    } catch (error) {
      return this.#failed(slot, client, error as Error);
    }
    if (slot.client !== client) return void socket.destroy();
    this.#downBy = null;
    this.#up++;
    this.#free(slot);
  }

  #failed(slot: Slot, client: Client, error: Error): void {
    if (slot.client !== client) return;
    this.#drop(slot);
    const kind = postgresErrorKind(error);
    this.#downBy = kind === 'timeout' ? null : kind;
    if (this.#up === 0 && this.#downBy !== null)
      for (const { operation } of this.#waiting.splice(0)) operation.undone(this.#downBy);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#open(slot);
    }, RECONNECT_MS);
    this.#timers.add(timer);
  }

  /** A connection that was up has ended; the next one is tried at once. */
  #lost(slot: Slot, client: Client): void {
    if (slot.client !== client || slot.state === 'connecting') return;
    this.#drop(slot);
    void this.#open(slot);
  }

  #drop(slot: Slot): void {
    const { client, socket, state } = slot;
    if (state === 'idle') this.#idle = this.#idle.filter((each) => each !== slot);
    if (state === 'idle' || state === 'busy') this.#up--;
    slot.client = slot.socket = null;
    slot.state = 'down';
    if (state === 'idle') client?.end().catch(() => {});
    else socket?.destroy();
    // A leave that nobody answers must not keep the process.
    socket?.unref();
  }

  #free(slot: Slot): void {
    slot.state = 'idle';
    let next = this.#waiting.shift();
    while (next?.operation.settled) next = this.#waiting.shift();
    if (next) this.#send(slot, next);
    else this.#idle.push(slot);
  }

  #send(slot: Slot, { operation, query, onRows }: Work): void {
    const client = slot.client as Client;
    slot.state = 'busy';
    operation.abort = () => {
      if (slot.client === client) cancel(client, this.#timeoutMs);
      this.#lost(slot, client);
    };
    client.query(query, (error: Error | null, result: QueryArrayResult<(string | null)[]>) => {
      operation.abort = null;
      if (!error) {
        onRows?.(result.rows);
        operation.settle(null);
      } else {
        const kind = postgresErrorKind(error);
        if (isNotDone(kind)) operation.undone(kind);
        else operation.settle(kind);
      }
      if (slot.client !== client) return;
      if (!error || leavesConnection(error)) this.#free(slot);
      else this.#lost(slot, client);
    });
  }
}

/** An error of the statement leaves the connection as it was; one of the connection, or of a server that ends, does not. */
function leavesConnection(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(?!08|57P)[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]/.test(code);
}

/** PostgreSQL's own request for that, over a connection that is good for nothing else; there is no answer to it. */
function cancel(client: Client, withinMs: number): void {
  const { processID, secretKey, host, port } = client as Client & {
    processID: number | null;
    secretKey: number | null;
  };
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  for (const [at, number] of [16, 80_877_102, processID, secretKey].entries())
    request.writeInt32BE(number, at * 4);
  const socket = host.startsWith('/')
    ? createConnection(`${host}/.s.PGSQL.${port}`)
    : createConnection(port, host);
  socket.on('error', () => {});
  socket.setTimeout(withinMs, () => socket.destroy());
  socket.unref();
  socket.end(request);
  socket.resume();
}
