/** Several targets of which one dies: three servers in processes of their own, one of them killed, over http and over tcp. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import type { HttpSpec, TcpSpec } from '../../src/story/workload-spec.ts';
import { openLoad } from '../../src/workload/index.ts';
import type { OpenLoop } from '../../src/workload/pace/open-loop.ts';
import { Driven, startHttpServer, startTcpServer, until } from './servers.ts';
import { httpSpec, tcpSpec } from './specs.ts';

const PROGRAM = fileURLToPath(new URL('./counting-server.mjs', import.meta.url));

interface Server {
  url: string;
  port: number;
  child: ChildProcess;
  seen(): Promise<number>;
  kill(): Promise<void>;
}

describe('several targets of which one dies', function () {
  this.timeout(60_000);
  const running: Driven[] = [];
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((driven) => driven.stop()));
    await Promise.all(servers.splice(0).map((server) => server.kill()));
  });

  async function serve(port = 0): Promise<Server> {
    const child = fork(PROGRAM, [String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const ask = async () => ((await once(child, 'message')) as [{ port: number; seen: number }])[0];
    const { port: taken } = await ask();
    const server: Server = {
      url: `http://127.0.0.1:${taken}/`,
      port: taken,
      child,
      seen: async () => {
        child.send('seen?');
        return (await ask()).seen;
      },
      kill: async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      },
    };
    servers.push(server);
    return server;
  }

  async function drive(spec: HttpSpec | TcpSpec): Promise<Driven & { due(): number }> {
    const load = await openLoad(spec, { cwd: '/' });
    const driven = await Driven.start(load);
    running.push(driven);
    return Object.assign(driven, { due: () => (load as OpenLoop).due });
  }

  it('http, in turn: a third of the requests fails until it is back', async () => {
    const [a, b, c] = [await serve(), await serve(), await serve()];
    const driven = await drive(httpSpec({ urls: [a.url, b.url, c.url], rate: 300 }));
    await until('good', () => driven.ok >= 150);
    expect(driven.bad).to.equal(0);
    await b.kill();
    await until('refused', () => (driven.errors.refused ?? 0) >= 100);
    const back = await serve(b.port);
    await until('back', () =>
      driven.windows.slice(-2).every(({ errors }) => Object.keys(errors).length === 0),
    );
    await driven.stop();
    const [seenA, seenC] = [await a.seen(), await c.seen()];
    expect(await back.seen()).to.be.greaterThan(0);
    expect(Math.abs(seenA - seenC)).to.be.at.most(1);
    expect(driven.timeouts + driven.dropped).to.equal(0);
    // Nothing but its own third: what was refused, and the few that were under way when it died.
    expect(driven.bad).to.be.below(driven.due() / 3);
    expect(driven.errors.reset ?? 0).to.be.at.most(10);
  });

  it('http, with fail-over: stays on one, and goes on at the next one with no operation refused', async () => {
    const [a, b, c] = [await serve(), await serve(), await serve()];
    // A server that gets no processor for seconds is no server that failed: not what is looked at here.
    const driven = await drive(
      httpSpec({ urls: [a.url, b.url, c.url], rate: 300, balance: 'failover', timeout_ms: 20_000 }),
    );
    await until('good', () => driven.ok >= 150);
    expect([await b.seen(), await c.seen()]).to.deep.equal([0, 0]);
    await a.kill();
    const before = driven.ok;
    await until('good at the next one', () => driven.ok >= before + 150);
    // It comes back, and nobody asks it: the second one is well.
    const again = await serve(a.port);
    const then = driven.ok;
    await until('still good', () => driven.ok >= then + 100);
    expect(
      [await again.seen(), await c.seen()],
      JSON.stringify([driven.errors, driven.timeouts]),
    ).to.deep.equal([0, 0]);
    await b.kill();
    const second = driven.ok;
    await until('good at the third', () => driven.ok >= second + 150);
    await driven.stop();
    expect(await again.seen()).to.equal(0);
    expect(await c.seen()).to.be.greaterThan(0);
    // An answer that was lost is an error, since the request may have been done; one that was refused was not.
    expect(Object.keys(driven.errors).filter((kind) => kind !== 'reset')).to.deep.equal([]);
    expect(driven.errors.reset ?? 0).to.be.at.most(20);
    expect(driven.ok + driven.bad).to.equal(driven.due());
  });

  it('http, with fail-over: every one is tried once, and then it is an error', async () => {
    const gone = [await serve(), await serve()];
    for (const server of gone) await server.kill();
    const driven = await drive(
      httpSpec({ urls: gone.map(({ url }) => url), rate: 100, balance: 'failover' }),
    );
    await until('refused', () => (driven.errors.refused ?? 0) >= 50);
    await driven.stop();
    expect(driven.errors).to.deep.equal({ refused: driven.due() });
  });

  it('http, with fail-over: one that hangs costs time-outs, and then the next one is used', async () => {
    const [a, b] = [await startHttpServer(), await startHttpServer()];
    try {
      a.behave('stall');
      const driven = await drive(
        httpSpec({ urls: [a.url, b.url], rate: 100, timeout_ms: 400, balance: 'failover' }),
      );
      await until('good at the next one', () => driven.ok >= 50);
      await driven.stop();
      // All that were sent to it before the first time-out, and none after.
      expect(driven.timeouts).to.be.greaterThan(20);
      expect(driven.ok).to.equal(b.seen);
      expect(driven.ok + driven.timeouts).to.equal(driven.due());
    } finally {
      await Promise.all([a.close(), b.close()]);
    }
  });

  it('http, with fail-over: an answer of 503 means that it was not done', async () => {
    const [a, b] = [await startHttpServer(), await startHttpServer()];
    try {
      const driven = await drive(
        httpSpec({ urls: [a.url, b.url], rate: 200, balance: 'failover' }),
      );
      await until('good', () => driven.ok >= 50);
      a.behave('error');
      await until('the next one', () => b.done.well >= 50);
      await driven.stop();
      expect(driven.bad).to.equal(0);
      expect(driven.ok).to.equal(driven.due());
      expect(a.done.error).to.be.within(1, 20);
    } finally {
      await Promise.all([a.close(), b.close()]);
    }
  });

  for (const balance of ['round_robin', 'failover'] as const) {
    it(`tcp, ${balance}`, async () => {
      const accepted = [0, 0, 0];
      const endpoints = await Promise.all(
        accepted.map((_, index) =>
          startTcpServer(() => (accepted[index] = (accepted[index] as number) + 1)),
        ),
      );
      try {
        const driven = await drive(
          tcpSpec({
            addresses: endpoints.map(({ port }) => ({ host: '127.0.0.1', port })),
            balance,
          }),
        );
        await until('good', () => driven.ok >= 100);
        const [first, second, third] = accepted as [number, number, number];
        if (balance === 'failover') expect([second, third]).to.deep.equal([0, 0]);
        else
          expect(Math.max(first, second, third) - Math.min(first, second, third)).to.be.at.most(3);
        await endpoints[0]?.close();
        const before = driven.due();
        await until('a good while after', () => driven.ok + driven.bad >= before + 90);
        await driven.stop();
        if (balance === 'failover') {
          // What the kernel had accepted for the one that goes is reset by its end, and may have been done.
          expect(driven.bad)
            .to.equal(driven.errors.reset ?? 0)
            .and.to.be.below(10);
          expect(accepted[2]).to.equal(0);
        } else expect(driven.errors.refused).to.be.within(25, (driven.due() - before) / 2);
        expect(driven.ok + driven.bad).to.equal(driven.due());
      } finally {
        await Promise.all(
          endpoints.map((place) => (place.server.listening ? place.close() : null)),
        );
      }
    });
  }
});
