import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { openLoad } from '../../src/workload/index.ts';
import type { OpenLoop } from '../../src/workload/pace/open-loop.ts';
import { Driven, startTcpServer, until } from './servers.ts';
import { tcpSpec } from './specs.ts';

describe('tcp load', function () {
  this.timeout(60_000);
  const running: Driven[] = [];
  afterEach(() => Promise.all(running.splice(0).map((driven) => driven.stop())));

  async function drive(
    port: number,
    spec: { connections?: number; timeout_ms?: number; host?: string } = {},
  ) {
    const { host = '127.0.0.1', ...rest } = spec;
    const load = await openLoad(
      tcpSpec({ addresses: [{ host, port }], connections: 20, max_in_flight: 500, ...rest }),
      { cwd: '/' },
    );
    const driven = await Driven.start(load);
    running.push(driven);
    return Object.assign(driven, { due: () => (load as OpenLoop).due });
  }

  it('counts each connection, is refused quickly, and is back at once', async () => {
    let accepted = 0;
    const onSocket = () => accepted++;
    const server = await startTcpServer(onSocket);
    const driven = await drive(server.port);
    await until('good', () => driven.ok > 100);
    await server.close();
    await until('refused', () => (driven.errors.refused ?? 0) > 100);
    server.server.listen(server.port, '127.0.0.1');
    const before = driven.ok;
    await until('good again', () => driven.ok > before + 50);
    await driven.stop();
    await server.close();
    // What only the kernel had accepted when the server closed is a connection, too.
    expect(driven.ok - accepted).to.be.within(0, 20);
    expect(driven.ok + driven.bad).to.equal(driven.due());
    expect(driven.timeouts + driven.dropped).to.equal(0);
  });

  it('has no answer of a host that does not exist', async () => {
    const driven = await drive(1, { host: 'no-such-host.invalid' });
    await until('errors', () => driven.bad > 20);
    await driven.stop();
    expect(driven.ok).to.equal(0);
    expect(driven.ok + driven.bad).to.equal(driven.due());
  });

  it('leaves no socket open behind it', async () => {
    const server = await startTcpServer((socket) => socket.resume());
    try {
      const driven = await drive(server.port, { connections: 2 });
      await until('good', () => driven.ok > 50);
      await driven.stop();
      let open = -1;
      await until('all closed', () => {
        server.server.getConnections((_error, count) => (open = count));
        return open === 0;
      });
    } finally {
      await server.close();
    }
  });
});
