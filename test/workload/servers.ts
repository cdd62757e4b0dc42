/** Real servers on loopback that do as a script says, for loads to be measured against. They count what they saw. */
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { badOf, merge, type Window } from '../../src/impact/windows.ts';
import { createRecorder, cutWindows, type Load, type Recorder } from '../../src/workload/index.ts';

export const CLOCK = { now: () => Date.now(), elapsed: () => performance.now() };

type Behaviour = 'well' | 'error' | 'slow' | 'stall' | 'drop';

export interface HttpServer {
  url: string;
  port: number;
  seen: number;
  /** Connections that it accepted. */
  connections: number;
  /** What it did to how many requests. */
  done: Record<Behaviour, number>;
  behave(behaviour: Behaviour): void;
  requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  /** Every request, whether or not it is kept in `requests`. */
  onRequest: ((method: string, url: string, body: string) => void) | null;
  close(): Promise<void>;
  listen(port?: number): Promise<void>;
}

export interface HttpServerOptions {
  tls?: { key: string; cert: string };
  /** The body of a good answer. */
  answer?: (method: string, url: string, body: string) => string;
}

/** `stall` holds every request until it behaves otherwise; `slow` answers 200 ms late; `drop` cuts the connection. */
export async function startHttpServer({
  tls,
  answer,
}: HttpServerOptions = {}): Promise<HttpServer> {
  let behaviour: Behaviour = 'well';
  let held: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const act = (request: IncomingMessage, response: ServerResponse, body: string) => {
    self.done[behaviour]++;
    if (behaviour === 'stall') held.push(() => response.end('late'));
    else if (behaviour === 'slow') setTimeout(() => response.end('slow'), 200);
    else if (behaviour === 'drop') request.socket.destroy();
    else
      response
        .writeHead(behaviour === 'error' ? 503 : 200)
        .end(answer?.(request.method ?? '', request.url ?? '', body) ?? behaviour);
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    self.seen++;
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      if (self.requests.length < 5000)
        self.requests.push({
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          body,
        });
      self.onRequest?.(request.method ?? '', request.url ?? '', body);
      act(request, response, body);
    });
  };
  const server = tls ? createHttpsServer(tls, listener) : createHttpServer(listener);
  server.on('tlsClientError', () => {});
  server.on('connection', (socket: Socket) => {
    self.connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const self: HttpServer = {
    url: '',
    port: 0,
    seen: 0,
    connections: 0,
    onRequest: null,
    done: { well: 0, error: 0, slow: 0, stall: 0, drop: 0 },
    requests: [],
    behave(next) {
      behaviour = next;
      if (next !== 'stall') for (const answer of held.splice(0)) answer();
    },
    async listen(port = 0) {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      self.port = (server.address() as AddressInfo).port;
      self.url = `${tls ? 'https' : 'http'}://127.0.0.1:${self.port}`;
    },
    async close() {
      held = [];
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
  await self.listen();
  return self;
}

export async function startTcpServer(
  onSocket: (socket: Socket) => void,
): Promise<{ server: Server; port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** A load that is driven and measured, as the watchdog does it. */
export class Driven {
  readonly windows: Window[] = [];
  readonly load: Load;
  readonly #recorder: Recorder;
  readonly #cutting: { stop(): void };

  constructor(load: Load, recorder: Recorder) {
    this.load = load;
    this.#recorder = recorder;
    this.#cutting = cutWindows(recorder, CLOCK, (window) => this.windows.push(window));
  }

  static async start(load: Load): Promise<Driven> {
    const recorder = createRecorder(CLOCK);
    const driven = new Driven(load, recorder);
    await load.start(recorder);
    return driven;
  }

  /** Ends the load, with the window that is still open. */
  async stop(): Promise<void> {
    await this.load.stop();
    this.#cutting.stop();
    const last = this.#recorder.cut();
    if (last) this.windows.push(last);
  }

  get ok(): number {
    return this.windows.reduce((sum, window) => sum + window.ok, 0);
  }

  get bad(): number {
    return this.windows.reduce((sum, window) => sum + badOf(window), 0);
  }

  get timeouts(): number {
    return this.windows.reduce((sum, window) => sum + window.timeouts, 0);
  }

  get dropped(): number {
    return this.windows.reduce((sum, window) => sum + window.dropped, 0);
  }

  get errors(): Record<string, number> {
    return merge(this.windows)?.errors ?? {};
  }

  p99(): number {
    return merge(this.windows)?.p99_ms ?? Number.NaN;
  }
}

/** Waits for a condition, with a bound. */
export async function until(what: string, holds: () => boolean, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
