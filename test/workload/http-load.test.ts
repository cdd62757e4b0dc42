import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { judge } from '../../src/impact/verdict.ts';
import { endOf, type Window } from '../../src/impact/windows.ts';
import { openLoad } from '../../src/workload/index.ts';
import type { OpenLoop } from '../../src/workload/pace/open-loop.ts';
import { Driven, type HttpServer, startHttpServer, until } from './servers.ts';
import { httpSpec } from './specs.ts';

describe('http load', function () {
  this.timeout(60_000);
  let server: HttpServer;
  const running: Driven[] = [];

  beforeEach(async () => {
    server = await startHttpServer();
  });

  afterEach(async () => {
    server.behave('well');
    await Promise.all(running.splice(0).map((driven) => driven.stop()));
    await server.close();
  });

  async function drive(
    spec: Parameters<typeof httpSpec>[0] = {},
  ): Promise<Driven & { due(): number }> {
    const load = await openLoad(httpSpec({ urls: [`${server.url}/`], ...spec }), { cwd: '/' });
    const driven = await Driven.start(load);
    running.push(driven);
    return Object.assign(driven, { due: () => (load as OpenLoop).due });
  }

  for (const rate of [200, 1000]) {
    it(`issues ${rate} operations a second, and knows what became of each`, async () => {
      const driven = await drive({ rate });
      await until('two seconds of it', () => driven.due() >= 2 * rate);
      const begun = driven.windows[0] as Window;
      await driven.stop();
      const last = driven.windows.at(-1) as Window;
      expect(driven.ok + driven.bad).to.equal(driven.due());
      // What times out on an overloaded machine may never have reached the server.
      expect(server.seen).to.be.within(
        driven.due() - driven.dropped - driven.timeouts,
        driven.due() - driven.dropped,
      );
      // What was due by the clock was issued: none is left out and none is added.
      const seconds = (endOf(last) - begun.at) / 1000;
      expect(driven.due()).to.be.at.most(rate * seconds * 1.01 + 5);
    });
  }

  it('counts exactly what the server did, by kind', async () => {
    const driven = await drive({ timeout_ms: 5000, connections: 100 });
    for (const behaviour of ['well', 'error', 'drop', 'slow', 'well'] as const) {
      server.behave(behaviour);
      const before = server.done[behaviour];
      await until(behaviour, () => server.done[behaviour] > before + 80);
    }
    await driven.stop();
    const { well, slow, error, drop } = server.done;
    expect(driven.ok).to.equal(well + slow);
    expect(driven.errors).to.deep.equal({ 'status 503': error, reset: drop });
    expect(driven.ok + driven.bad).to.equal(driven.due());
  });

  it('sees a frozen server in its latencies, since later operations do not wait for earlier ones', async () => {
    const driven = await drive({ rate: 200, timeout_ms: 5000 });
    await until('a second of good', () => driven.due() > 200);
    server.behave('stall');
    const frozenAt = driven.due();
    await until('a second of frozen', () => driven.due() > frozenAt + 200);
    server.behave('well');
    const thawedAt = driven.due();
    await until('a second of good', () => driven.due() > thawedAt + 200);
    await driven.stop();
    // A closed loop with ten connections has ten slow answers of four hundred, and a p99 of them only by chance.
    const slow = driven.windows.flatMap(({ histogram }) =>
      histogram.flatMap((count, index) =>
        index % 2 && (histogram[index - 1] as number) > 80 ? [count] : [],
      ),
    );
    expect(slow.reduce((sum, count) => sum + count, 0)).to.be.greaterThan(120);
    expect(driven.p99()).to.be.greaterThan(700);
    expect(driven.bad).to.equal(0);
  });

  it('does not take its own sleep for the slowness of the server', async () => {
    const driven = await drive({ rate: 200, timeout_ms: 600 });
    await until('good', () => driven.windows.length >= 3);
    const before = driven.due();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    expect(driven.due()).to.equal(before);
    const asleep = driven.windows.length;
    await until('good again', () => driven.windows.length >= asleep + 3);
    await driven.stop();
    expect(driven.timeouts).to.equal(0);
    expect(driven.p99()).to.be.lessThan(1000);
    expect(driven.ok + driven.bad).to.equal(driven.due());
    const gaps = driven.windows
      .slice(1)
      .map((window, index) => window.at - endOf(driven.windows[index] as Window));
    expect(Math.max(...gaps)).to.be.within(900, 1600);
  });

  it('counts what hangs as timed out, and drops what is too much to have under way', async () => {
    server.behave('stall');
    const driven = await drive({ rate: 200, timeout_ms: 300, max_in_flight: 20, connections: 5 });
    await until('time-outs and drops', () => driven.timeouts > 60 && driven.dropped > 60);
    expect(driven.windows.every((window) => window.in_flight <= 20)).to.equal(true);
    server.behave('well');
    const thawed = driven.ok;
    await until('answers again', () => driven.ok > thawed + 50);
    await driven.stop();
    expect(driven.errors).to.deep.equal({});
    expect(driven.ok + driven.timeouts + driven.dropped).to.equal(driven.due());
  });

  it('is refused quickly, and uses a server that is back at once', async () => {
    const driven = await drive({ timeout_ms: 5000 });
    await until('good', () => driven.ok > 50);
    await server.close();
    await until('refused', () => (driven.errors.refused ?? 0) > 100);
    expect(driven.timeouts).to.equal(0);
    await server.listen(server.port);
    const downMs = driven.windows.at(-1)?.at as number;
    await until(
      'good again',
      () => driven.windows.filter((window) => window.at > downMs && window.ok > 0).length > 2,
    );
    await driven.stop();
    expect(driven.ok + driven.bad).to.equal(driven.due());
    // Nothing backs off: between the last window with only errors and the first with none lies one at most.
    const firstGood = driven.windows.findIndex((window) => window.at > downMs && window.ok > 0);
    expect(Object.keys((driven.windows[firstGood + 1] as Window).errors)).to.deep.equal([]);
  });

  it('gives windows from which a verdict finds the fault within a window', async () => {
    const driven = await drive({ rate: 200 });
    await until('a baseline', () => driven.windows.length >= 14);
    server.behave('error');
    const injectedAtMs = Date.now();
    await until('a second of errors', () => server.done.error > 200);
    server.behave('well');
    const recoveredAtMs = Date.now();
    const lost = server.done.error;
    await until(
      'three good seconds',
      () => judge(driven.windows, { injectedAtMs, recoveredAtMs }).proven,
    );
    const verdict = judge(driven.windows, { injectedAtMs, recoveredAtMs });
    expect(verdict).to.deep.include({
      state: 'back',
      operations_lost: lost,
      errors: { 'status 503': lost },
    });
    // Noticed by the third window with errors at the latest: the first may hold only a few of them.
    const third = driven.windows.filter((window) => window.errors['status 503'])[2] as Window;
    expect(verdict.noticed_after_ms).to.be.at.most(endOf(third) - injectedAtMs);
    const first = driven.windows.find((window) => window.at >= recoveredAtMs) as Window;
    expect(verdict.recovered_after_undo_ms).to.be.at.least(
      first.at - recoveredAtMs - 2 * first.dt_ms,
    );
  });

  it('sends method, headers, body and credentials, to the URLs in turn', async () => {
    const other = await startHttpServer();
    try {
      const urls = [
        `http://ann:s%20ecret@127.0.0.1:${server.port}/a?x=1`,
        `${other.url}/b/{{key}}`,
      ];
      const driven = await drive({
        urls,
        only: { method: 'POST', headers: { 'X-Run': '7' }, body: '{"key":"{{key}}"}' },
        rate: 100,
      });
      await until('some of both', () => server.seen >= 20 && other.seen >= 20);
      await driven.stop();
      expect(Math.abs(server.seen - other.seen)).to.be.at.most(1);
      expect(server.requests[0]).to.deep.include({ method: 'POST', url: '/a?x=1' });
      expect(server.requests[0]?.headers).to.include({
        'x-run': '7',
        authorization: `Basic ${Buffer.from('ann:s ecret').toString('base64')}`,
      });
      expect(other.requests[0]?.headers).not.to.have.property('authorization');
      const keys = other.requests.map(({ url }) => /^\/b\/(\d{1,4})$/.exec(url)?.[1]);
      expect(new Set(keys).size).to.be.greaterThan(15);
      expect(server.requests.every(({ body }) => /^\{"key":"\d{1,4}"\}$/.test(body))).to.equal(
        true,
      );
    } finally {
      await other.close();
    }
  });

  it('takes only the expected status for well', async () => {
    const driven = await drive({ only: { expect_status: 503 }, rate: 100 });
    await until('200s', () => server.done.well >= 20);
    server.behave('error');
    await until('503s', () => server.done.error >= 20);
    await driven.stop();
    expect(driven.ok).to.equal(server.done.error);
    expect(driven.errors).to.deep.equal({ 'status 200': server.done.well });
  });

  it('draws the same keys from the same seed', async () => {
    const keysOf = async (seed: number) => {
      server.requests.length = 0;
      const driven = await drive({
        urls: [`${server.url}/{{key}}`],
        connections: 1,
        rate: 100,
        seed,
      });
      await until('some', () => server.requests.length >= 20);
      await driven.stop();
      return server.requests.slice(0, 20).map(({ url }) => url);
    };
    const first = await keysOf(5);
    expect(await keysOf(5)).to.deep.equal(first);
    expect(await keysOf(6)).not.to.deep.equal(first);
  });
});
