/**
 * A page that follows a run live, for those who watch: read-only, below a token, with what the audience's screen shows and nothing
 * else. Lines come as server-sent events. It listens where it is told to, and nowhere else.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { Refusal } from '../../terms/outcomes.ts';
import type { Line } from '../../view/screen/line.ts';
import { audiencePage } from '../../view/screen/page.ts';

/** More of them than an audience has browsers; the next one waits until another leaves. */
const MOST_CLIENTS = 200;
/** Whoever is between us and a browser must not take the line for dead. */
const PING_MS = 15_000;

export class AudienceServer {
  readonly #server: Server;
  readonly #token = randomBytes(18).toString('base64url');
  readonly #title: string;
  readonly #clients = new Set<ServerResponse>();
  readonly #ping: NodeJS.Timeout;
  #lines = '';

  private constructor(title: string) {
    this.#title = title;
    // A static import would load all of undici with it.
    const { createServer } = process.getBuiltinModule('node:http');
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#ping = setInterval(() => this.#send(': still here\n\n'), PING_MS);
    this.#ping.unref();
  }

  /** `address`: `127.0.0.1:8080`; port 0: any that is free. Throws Refusal `usage` where nobody can listen there. */
  static async listen(address: string, title: string): Promise<AudienceServer> {
    const { host, port } = parseAddress(address);
    const audience = new AudienceServer(title);
    await new Promise<void>((resolve, reject) => {
      audience.#server.once('error', ({ message }) => {
        clearInterval(audience.#ping);
        const why = `The audience's page cannot be served at ${address}: ${message}.`;
        reject(new Refusal('usage', why, 'chapter play --serve 127.0.0.1:0'));
      });
      audience.#server.listen(port, host, resolve);
    });
    audience.#server.on('error', () => {});
    return audience;
  }

  /** With the token in it, which is all that it takes to watch. */
  get url(): string {
    const bound = this.#server.address() as { address: string; port: number };
    const host = isIP(bound.address) === 6 ? `[${bound.address}]` : bound.address;
    return `http://${host}:${bound.port}/${this.#token}/`;
  }

  show(lines: readonly Line[]): void {
    const now = `event: lines\ndata: ${JSON.stringify(lines)}\n\n`;
    if (now === this.#lines) return;
    this.#lines = now;
    this.#send(now);
  }

  /** `isOver`: the run is; else only the one who served it has left. */
  close(isOver: boolean): void {
    clearInterval(this.#ping);
    if (isOver) this.#send('event: over\ndata: {}\n\n');
    for (const client of this.#clients) client.end();
    this.#server.close();
    setImmediate(() => this.#server.closeAllConnections());
  }

  #send(text: string): void {
    for (const client of this.#clients) client.write(text);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const say = (status: number, text: string) => {
      response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain' }).end(`${text}\n`);
    };
    const [, token = '', path, ...rest] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
    if (!isSame(token, this.#token) || rest.length > 0) say(404, 'not found');
    else if (request.method !== 'GET') say(405, 'read-only');
    else if (path === '') this.#page(response);
    else if (path !== 'events') say(404, 'not found');
    else if (this.#clients.size >= MOST_CLIENTS) say(503, 'too many watch already');
    else this.#follow(response);
  }

  #follow(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    response.write(this.#lines);
    this.#clients.add(response);
    response.on('close', () => this.#clients.delete(response));
    response.on('error', () => this.#clients.delete(response));
  }

  #page(response: ServerResponse): void {
    const nonce = randomBytes(16).toString('base64');
    const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
    response
      .writeHead(200, {
        ...HEADERS,
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
      })
      .end(audiencePage(this.#title, nonce));
  }
}

const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function parseAddress(address: string): { host: string; port: number } {
  const [, host = '', port = ''] =
    /^(?:(\[[\da-f:.]+\]|[^\s:/]+):)?(\d{1,5})$/i.exec(address) ?? [];
  if (port === '' || Number(port) > 65_535)
    throw new Refusal(
      'usage',
      `--serve takes an address with a port, such as 127.0.0.1:8080, and not "${address}".`,
      'chapter play --serve 127.0.0.1:0',
    );
  return { host: host.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port) };
}
