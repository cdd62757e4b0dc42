/**
 * Servers between a test and the real engine, and keys for them: the engine by another way, or one that breaks on the way.
 * Everything that is opened here ends with `closeAll`.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const opened: (() => unknown)[] = [];

/** The last one first. */
export function closeAll(): void {
  for (const close of opened.splice(0).reverse()) close();
}

export function closeLater(close: () => unknown): void {
  opened.push(close);
}

/** On a path, or on a free port of 127.0.0.1. `close` ends the server and all its connections. */
export async function listen(
  server: Server,
  path?: string,
): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  opened.push(close);
  await once(path === undefined ? server.listen(0, '127.0.0.1') : server.listen(path), 'listening');
  return { port: (server.address() as AddressInfo).port, close };
}

/** Hands a client on to the engine. `onData` sees what the client sends, before it goes on. */
export function forward(
  client: Socket,
  socketPath: string,
  onData: (text: string, engine: Socket) => void = () => {},
): void {
  const engine = createConnection(socketPath);
  client.on('data', (data) => onData(data.toString('latin1'), engine));
  client.pipe(engine).pipe(client);
  for (const [one, other] of [
    [client, engine],
    [engine, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

/** Makes a certificate authority, keys of a server and of a client, and `docker/` as DOCKER_CERT_PATH wants it; false without openssl. */
export async function makeKeys(keys: string): Promise<boolean> {
  if ((await run('openssl', ['version']).catch(() => null)) === null) return false;
  mkdirSync(join(keys, 'docker'), { recursive: true });
  const openssl = (...args: string[]) => run('openssl', args, { cwd: keys });
  const request = [
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-batch',
  ];
  await openssl(
    ...request,
    '-x509',
    '-days',
    '2',
    '-subj',
    '/CN=test ca',
    '-keyout',
    'ca-key.pem',
    '-out',
    'ca.pem',
  );
  writeFileSync(join(keys, 'names'), 'subjectAltName=IP:127.0.0.1');
  for (const name of ['server', 'client']) {
    await openssl(
      ...request,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}-key.pem`,
      '-out',
      `${name}.csr`,
    );
    const sign = [
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca-key.pem',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'names',
    ];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.pem`);
  }
  for (const [from, to] of [
    ['ca', 'ca'],
    ['client', 'cert'],
    ['client-key', 'key'],
  ])
    copyFileSync(join(keys, `${from}.pem`), join(keys, 'docker', `${to}.pem`));
  return true;
}
