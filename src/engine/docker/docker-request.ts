/**
 * One request to a Docker engine over plain node:http, with an agent that keeps connections open: the fault after a countdown
 * is one round trip. It has a time limit, and its failure says whether the engine can have carried it out.
 * Lacks on purpose: which paths there are, and what to say of a failure; that is `docker-api.ts`.
 */
import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  RequestOptions,
} from 'node:http';
import { Agent, request as httpRequest } from 'node:http';
import type { DockerEndpoint } from './docker-connection.ts';

/** Without it, node's agent works out a name for TLS for each request, and compiles a large expression for it. */
const NO_TLS = '';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Asking {
  method: 'GET' | 'POST' | 'DELETE';
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  body?: unknown;
  /** Called when the answer begins: what is asked for is under way. */
  onHead?: (() => void) | undefined;
}

/** A request without an answer. `sent`: the engine may have carried it out. */
export class NoAnswer extends Error {
  readonly code: string;
  readonly sent: boolean;

  constructor(code: string, message: string, sent: boolean, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.sent = sent;
  }
}

/** How the requests to one engine are sent, and the connections that they share. */
export interface Line {
  agent: Agent;
  request: (options: RequestOptions) => ClientRequest;
  options: RequestOptions;
  prefix: string;
  /** The socket's event after which bytes can have gone out; null where it tells of none, and they may have from the start. */
  readyEvent: 'connect' | 'secureConnect' | null;
}

/** Connects to nothing yet: the first request does. */
export async function openLine(
  { transport }: DockerEndpoint,
  env: NodeJS.ProcessEnv,
): Promise<Line> {
  const headers = { Host: 'docker' };
  if (transport.by === 'ssh') {
    const { dialAgent } = await import('./docker-dial.ts');
    return {
      agent: dialAgent(transport, env),
      request: httpRequest,
      options: { headers },
      prefix: '',
      readyEvent: null,
    };
  }
  if (transport.by === 'unix') {
    const options = { socketPath: transport.path, headers, servername: NO_TLS };
    return {
      agent: new Agent({ keepAlive: true }),
      request: httpRequest,
      options,
      prefix: '',
      readyEvent: 'connect',
    };
  }
  const { host, port, prefix, tls } = transport;
  const options = { host, port, ...(!tls && { servername: NO_TLS }) };
  if (!tls)
    return {
      agent: new Agent({ keepAlive: true }),
      request: httpRequest,
      options,
      prefix,
      readyEvent: 'connect',
    };
  const { Agent: TlsAgent, request } = await import('node:https');
  const { verify, ...keys } = tls;
  const agent = new TlsAgent({ keepAlive: true, rejectUnauthorized: verify, ...keys });
  return { agent, request, options, prefix, readyEvent: 'secureConnect' };
}

/** One request and its whole answer. Rejects with NoAnswer, or with the signal's reason. */
export function ask(
  line: Line,
  path: string,
  { method, timeoutMs, signal, body, onHead }: Asking,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    let sent = false;
    const content = body === undefined ? null : Buffer.from(JSON.stringify(body));
    const request = line.request({
      ...line.options,
      agent: line.agent,
      method,
      path: `${line.prefix}${path}`,
    });
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const fail = (code: string, message: string, cause?: unknown) => {
      end(() => reject(new NoAnswer(code, message, sent, cause)));
      request.destroy();
    };
    const onAbort = () => {
      end(() => reject(signal?.reason));
      request.destroy();
    };
    const timer = setTimeout(
      () => fail('TIMEOUT', `nothing came back within ${timeoutMs / 1000} s`),
      timeoutMs,
    );
    signal?.addEventListener('abort', onAbort);
    const onError = (error: NodeJS.ErrnoException) =>
      fail(error.code ?? 'UNKNOWN', error.message, error);
    request.on('error', onError);
    request.on('socket', (socket) => {
      if (line.readyEvent === null || request.reusedSocket) sent = true;
      else
        socket.once(line.readyEvent, () => {
          sent = true;
        });
    });
    request.on('response', (response: IncomingMessage) => {
      onHead?.();
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', onError);
      response.on('end', () =>
        end(() =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        ),
      );
    });
    if (content) {
      request.setHeader('Content-Type', 'application/json');
      request.setHeader('Content-Length', content.length);
    }
    request.end(content ?? undefined);
  });
}
