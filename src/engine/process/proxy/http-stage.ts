/**
 * Reads the requests of one instance, where a rule is about its answers, and leads them on. Node's own parser on both sides,
 * so that kept connections, chunks, trailers and upgrades are as they should be; headers keep their order and letters.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpEffect } from '../../../fault/http-effect.ts';
import type { Rule } from './protocol.ts';

export interface StageWorld {
  rules(): Rule<HttpEffect>[];
  reach(): Socket;
}

/** What becomes of one answer. */
interface Fate {
  /** The fault that it is answered by in place of the server; null: it is the server's own. */
  status: { code: number; fault: string } | null;
  delay_ms: number;
  cut: HttpEffect['cut'];
}

export class HttpStage {
  readonly #world: StageWorld;
  readonly #server: Server;
  readonly #agents = new WeakMap<Duplex, Agent>();

  constructor(world: StageWorld) {
    this.#world = world;
    this.#server = createServer({ keepAliveTimeout: 0, noDelay: true });
    // When a connection ends is for the two ends to say.
    this.#server.headersTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#server.on('request', (asked, answer) => void this.#serve(asked, answer));
    this.#server.on('upgrade', (asked, client, head) => void this.#upgrade(asked, client, head));
    this.#server.on('clientError', (_error, client) => client.destroy());
  }

  /** The near end of a way on which requests are read. */
  accept(): Duplex {
    const [near, far] = duplexPair();
    // One connection of a client has one to the process, as without us.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agent.createConnection = () => this.#world.reach();
    this.#agents.set(far, agent);
    far.once('close', () => {
      agent.destroy();
      if (!far.writableFinished) near.destroy();
    });
    near.once('close', () => far.destroy());
    far.on('error', () => {});
    near.on('error', () => {});
    this.#server.emit('connection', far);
    return near;
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const fate = this.#draw(asked);
    answer.sendDate = false;
    answer.on('error', () => {});
    if (fate.status) {
      asked.resume();
      await delay(fate.delay_ms);
      const { code, fault } = fate.status;
      const body = Buffer.from(`gameday ${fault}: ${code}\n`);
      answer.writeHead(code, { 'content-type': 'text/plain', 'content-length': body.length });
      if (fate.cut === null) answer.end(body);
      else breakOff(answer, fate.cut, body);
      return;
    }
    const asking = request(this.#optionsFor(asked));
    asking.on('error', () => asked.socket.destroy());
    asking.on('response', (answered) => void pass(asked, answered, answer, fate));
    answer.on('close', () => answer.writableFinished || asking.destroy());
    asked.pipe(asking);
  }

  /** A websocket, or whatever else: the answer is passed on, and from then on bytes. */
  async #upgrade(asked: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const fate = this.#draw(asked);
    client.on('error', () => {});
    if (fate.status) {
      await delay(fate.delay_ms);
      const { code, fault } = fate.status;
      if (fate.cut === 'head') client.destroy();
      else client.end(`HTTP/1.1 ${code} gameday ${fault}\r\nconnection: close\r\n\r\n`);
      return;
    }
    const asking = request(this.#optionsFor(asked));
    asking.on('error', () => client.destroy());
    asking.on('upgrade', async (answered, process, rest) => {
      await delay(fate.delay_ms);
      if (fate.cut !== null) return client.destroy();
      client.write(headOf(answered));
      client.write(rest);
      process.write(head);
      process.on('error', () => client.destroy());
      process.pipe(client).pipe(process);
    });
    asking.on('response', async (answered) => {
      await delay(fate.delay_ms);
      client.write(headOf(answered, 'close'));
      answered.pipe(client);
    });
    asking.end();
  }

  #optionsFor(asked: IncomingMessage): RequestOptions {
    const agent = this.#agents.get(asked.socket as Duplex);
    const { method = 'GET', url: path = '/', rawHeaders, headers } = asked;
    const hasBody = 'content-length' in headers || 'transfer-encoding' in headers;
    return {
      ...(agent && { agent }),
      method,
      path,
      setHost: false,
      // What has no body must not be given an empty one in chunks.
      headers: hasBody || isBodiless(method) ? rawHeaders : [...rawHeaders, 'Content-Length', '0'],
    };
  }

  /** Of several rules the newest one's status counts, and the delays add up. */
  #draw({ url = '/' }: IncomingMessage): Fate {
    const fate: Fate = { status: null, delay_ms: 0, cut: null };
    for (const { fault, effect } of this.#world.rules()) {
      const { path, share, status, delay_ms, cut } = effect;
      if ((path !== null && !url.startsWith(path)) || Math.random() >= share) continue;
      if (status !== null) fate.status = { code: status, fault };
      fate.delay_ms += delay_ms;
      fate.cut = cut ?? fate.cut;
    }
    return fate;
  }
}

async function pass(
  asked: IncomingMessage,
  answered: IncomingMessage,
  answer: ServerResponse,
  { delay_ms, cut }: Fate,
): Promise<void> {
  if (delay_ms > 0) await delay(delay_ms);
  if (cut === 'head') return breakOff(answer, cut, Buffer.alloc(0));
  const { statusCode = 502, statusMessage } = answered;
  const chunked = asked.httpVersion === '1.0' ? withoutChunks(answered.rawHeaders) : null;
  answer.writeHead(statusCode, statusMessage, chunked ?? answered.rawHeaders);
  answer.flushHeaders();
  if (cut === 'body') {
    const breakAt = (chunk: Buffer) => {
      answered.removeAllListeners();
      breakOff(answer, cut, chunk);
    };
    answered.once('data', breakAt);
    // An answer without a body has no middle: it is cut behind its head.
    answered.once('end', () => breakAt(Buffer.alloc(0)));
    return;
  }
  answered.on('error', () => answer.destroy());
  answered.on('end', () => answer.addTrailers(pairs(answered.rawTrailers)));
  answered.pipe(answer);
}

/** Half of what there is of the body, and no more. */
function breakOff(answer: ServerResponse, cut: 'head' | 'body', chunk: Buffer): void {
  const socket = answer.socket;
  if (cut === 'head' || chunk.length < 2) return void socket?.destroy();
  answer.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => socket?.destroy());
}

function isBodiless(method: string): boolean {
  return ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].includes(method);
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as [string, string]] : [],
  );
}

function withoutChunks(raw: readonly string[]): string[] {
  return pairs(raw)
    .filter(([name]) => name.toLowerCase() !== 'transfer-encoding')
    .flat();
}

/** As bytes. `close`: its body goes on until the end. */
function headOf(answered: IncomingMessage, connection?: 'close'): string {
  const { statusCode, statusMessage, rawHeaders } = answered;
  const headers = connection
    ? [...pairs(withoutChunks(rawHeaders)), ['connection', 'close'] as const]
    : pairs(rawHeaders);
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines, '', ''].join('\r\n');
}
