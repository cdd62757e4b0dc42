/** Looks at real ports: well, unwell, silent, nobody there, and whether a port is free. */
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { isPortFree, lookAtHealth } from '../../src/engine/process/process-health.ts';

const OLD_MS = 60_000;
const YOUNG_MS = 100;

describe('health of local processes', () => {
  const servers: (Server | NetServer)[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    }
  });

  async function listen<S extends Server | NetServer>(server: S, host: string): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(0, host, resolve),
    );
    return (server.address() as AddressInfo).port;
  }

  const answering = (status: number, host = '127.0.0.1') =>
    listen(
      createHttpServer((request, response) => {
        response.statusCode = request.url === '/healthz' ? status : 404;
        response.end('x'.repeat(100_000));
      }),
      host,
    );

  it('http: 2xx and 3xx are well, all else is not', async () => {
    for (const [status, health] of [
      [200, 'healthy'],
      [204, 'healthy'],
      [302, 'healthy'],
      [404, 'unhealthy'],
      [503, 'unhealthy'],
    ] as const)
      expect(
        await lookAtHealth({ http: '/healthz' }, [await answering(status)], OLD_MS),
        String(status),
      ).to.equal(health);
    expect(await lookAtHealth({ http: '/other' }, [await answering(200)], OLD_MS)).to.equal(
      'unhealthy',
    );
  });

  it('tcp: whoever takes the connection is well', async () => {
    const port = await listen(createServer(), '127.0.0.1');
    expect(await lookAtHealth({ tcp: true }, [port], OLD_MS)).to.equal('healthy');
    servers.pop()?.close();
    expect(await lookAtHealth({ tcp: true }, [port], OLD_MS)).to.equal('unhealthy');
  });

  it('a fresh process may still be starting', async () => {
    expect(await lookAtHealth({ http: '/healthz' }, [await answering(503)], YOUNG_MS)).to.equal(
      'starting',
    );
    expect(await lookAtHealth({ http: '/healthz' }, [await answering(200)], YOUNG_MS)).to.equal(
      'healthy',
    );
    const port = await answering(200);
    servers.pop()?.close();
    expect(await lookAtHealth({ http: '/healthz' }, [port], YOUNG_MS)).to.equal('starting');
    expect(await lookAtHealth({ tcp: true }, [port], YOUNG_MS)).to.equal('starting');
  });

  it('finds a server that listens at ::1 alone', async function () {
    let port: number;
    try {
      port = await answering(200, '::1');
    } catch {
      return this.skip(); // No IPv6 here.
    }
    expect(await lookAtHealth({ http: '/healthz' }, [port], OLD_MS)).to.equal('healthy');
    expect(await lookAtHealth({ tcp: true }, [port], OLD_MS)).to.equal('healthy');
    expect(await isPortFree(port)).to.equal(false);
  });

  it('a silent one is unwell after a second, or when told to stop', async () => {
    const port = await listen(createServer(), '127.0.0.1');
    expect(await lookAtHealth({ http: '/healthz' }, [port], OLD_MS)).to.equal('unhealthy');
    expect(await lookAtHealth({ http: '/healthz' }, [port], OLD_MS, AbortSignal.abort())).to.equal(
      'unhealthy',
    );
    expect(await lookAtHealth({ tcp: true }, [port], OLD_MS, AbortSignal.abort())).to.equal(
      'unhealthy',
    );
  });

  it('something that does not speak HTTP is unwell', async () => {
    const port = await listen(
      createServer((socket) => socket.on('error', () => {}).end('hello\r\n')),
      '127.0.0.1',
    );
    expect(await lookAtHealth({ http: '/healthz' }, [port], OLD_MS)).to.equal('unhealthy');
  });

  it('where nothing is asked, nothing is known', async () => {
    expect(await lookAtHealth(null, [1], OLD_MS)).to.equal('none');
    expect(await lookAtHealth({ tcp: true }, [], OLD_MS)).to.equal('none');
  });

  it('a port is free when nobody listens there on any address', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      const port = await answering(200, host);
      expect(await isPortFree(port), host).to.equal(false);
      const server = servers.pop();
      await new Promise((resolve) => server?.close(resolve));
      expect(await isPortFree(port), host).to.equal(true);
    }
  });
});
