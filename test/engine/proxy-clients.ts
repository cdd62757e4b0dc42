/** Clients for the tests of the proxy: what somebody outside feels. Each has a limit in time. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answered {
  /** What the client felt: the status, or the code of an error. */
  end: number | string;
  body: string;
  ms: number;
  headers: IncomingMessage['headers'];
  raw: string[];
  trailers: IncomingMessage['trailers'];
}

export interface Asked {
  path?: string;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  agent?: Agent | false;
  withinMs?: number;
}

/** One request, on a connection of its own where no agent is given. Never rejects. */
export function ask(port: number, asked: Asked = {}): Promise<Answered> {
  const { path = '/', method = 'GET', body, headers = {}, agent = false, withinMs = 1000 } = asked;
  const begun = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const end = (what: number | string, answer?: IncomingMessage) => {
      clearTimeout(limit);
      const { headers = {}, rawHeaders: raw = [], trailers = {} } = answer ?? {};
      resolve({ end: what, body: text, ms: performance.now() - begun, headers, raw, trailers });
    };
    const asking = request({ host: '127.0.0.1', port, path, method, headers, agent });
    const limit = setTimeout(() => {
      end('nothing');
      asking.destroy();
    }, withinMs);
    asking.on('response', (answer) => {
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => end(answer.statusCode ?? 0, answer));
      answer.on('error', () => end('broken off', answer));
    });
    asking.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    asking.end(body);
  });
}

export function keptAlive(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

export interface Wire {
  socket: Socket;
  /** What came back for it, or what became of the connection. */
  say(text: string, withinMs?: number): Promise<string>;
  /** How the connection ended; `open` while it has not. */
  end(): string;
}

/** A connection of bytes. Rejects where it is not taken. */
export async function dial(port: number): Promise<Wire> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  let heard = '';
  let end = 'open';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    heard += text;
  });
  socket.on('end', () => {
    end = 'ended';
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code ?? error.message;
  });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  return {
    socket,
    end: () => end,
    async say(text, withinMs = 1000) {
      heard = '';
      socket.write(text);
      const last = performance.now() + withinMs;
      while (heard.length < text.length && end === 'open' && performance.now() < last)
        await delay(1);
      if (heard.length >= text.length) return heard;
      return end === 'open' ? 'nothing' : end;
    },
  };
}

/** The median of some round trips on one connection, in ms. */
export async function roundTrip(port: number, times = 15): Promise<number> {
  const wire = await dial(port);
  const all: number[] = [];
  for (let time = 0; time < times; time++) {
    const begun = performance.now();
    if ((await wire.say('ping', 5000)) !== 'ping') throw new Error(`no answer: ${wire.end()}`);
    all.push(performance.now() - begun);
  }
  wire.socket.destroy();
  return all.sort((a, b) => a - b)[Math.floor(times / 2)] as number;
}
