/** A small HTTP server that has one thing to say, on any path, to whoever GETs it. */
import type { Server } from 'node:http';

/** `address`: `host:port`. Rejects with the system's error, as where the port is taken. */
export function listenAt(
  address: string,
  answer: () => { type: string; body: string },
): Promise<Server> {
  // A static import would load all of undici with it, at every start.
  const { createServer } = process.getBuiltinModule('node:http');
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  const server = createServer((request, response) => {
    if (request.method !== 'GET') {
      response.writeHead(405).end();
      return;
    }
    const { type, body } = answer();
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(address.slice(at + 1)), host, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve(server);
    });
  });
}

/** Why nothing can listen there now; null: something can. */
export async function whyNotListen(address: string): Promise<string | null> {
  try {
    const server = await listenAt(address, () => ({ type: '', body: '' }));
    await new Promise((resolve) => server.close(resolve));
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  }
}
