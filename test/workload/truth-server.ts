/**
 * A server in a process of its own that does as it is told and writes down exactly what it did and when: run by
 * truth.test.ts with an IPC channel. It can be frozen with SIGSTOP, which it finds out about from its own clock.
 */
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { watchHiccups } from './hiccups.ts';
import { type Behaviour, SLOW_MS, type Truth } from './truth.ts';

let behaviour: Behaviour = 'well';
const done: Truth['done'] = {};
const held: ServerResponse[] = [];
const hiccups = watchHiccups();

const act = (socket: Socket, response: ServerResponse) => {
  done[behaviour] = (done[behaviour] ?? 0) + 1;
  if (behaviour === 'well') response.end('ok');
  else if (behaviour === 'error') response.writeHead(503).end();
  else if (behaviour === 'slow') setTimeout(() => response.end('slow'), SLOW_MS);
  else if (behaviour === 'stall') held.push(response);
  else if (behaviour === 'drop') socket.destroy();
  // `blackhole`: never.
};
const http = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) =>
  act(request.socket, response),
);
const tcp = createServer((socket) => {
  done[behaviour] = (done[behaviour] ?? 0) + 1;
  socket.on('error', () => {});
  socket.resume();
});

const server = process.argv[2] === 'tcp' ? tcp : http;
let port = 0;

/** Resolves to the moment from which it is so. */
async function behave(next: Behaviour): Promise<number> {
  const at = Date.now();
  behaviour = next;
  for (const response of held.splice(0)) response.end('late');
  if (next === 'refuse') await new Promise((resolve) => server.close(resolve));
  if (next === 'refuse' || server.listening) return at;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Date.now();
}

process.on('message', async (order: Behaviour | 'report') => {
  if (order === 'report') process.send?.({ done, hiccups: hiccups.all } satisfies Truth);
  else process.send?.({ at: await behave(order) });
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  port = (server.address() as AddressInfo).port;
  process.send?.({ port });
});
