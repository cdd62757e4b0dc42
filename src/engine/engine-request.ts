/**
 * One request to an engine over plain node:http, through an agent that keeps connections open: the fault after a countdown
 * is one round trip. It has a time limit, and its failure says whether the engine can have carried it out.
 * Lacks on purpose: which paths there are, and what to say of a failure; each engine's own file does that.
 */
import type {
  Agent,
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  RequestOptions,
} from 'node:http';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Asking {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  body?: unknown;
  /** Of the body; JSON where it is left out. */
  contentType?: string | undefined;
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

/** One request and its whole answer. Rejects with NoAnswer, or with the signal's reason. */
export function ask(
  line: Line,
  path: string,
  { method, timeoutMs, signal, body, contentType = 'application/json', onHead }: Asking,
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
      request.setHeader('Content-Type', contentType);
      // Without it node sends the body of a DELETE unframed, and it is taken for none.
      request.setHeader('Content-Length', content.length);
    }
    request.end(content ?? undefined);
  });
}
