/** Against a real PostgreSQL, where there is one: what it counts, what it says of errors, and how soon it is back. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { Refusal } from '../../src/terms/outcomes.ts';
import { openLoad } from '../../src/workload/index.ts';
import { findDriver } from '../../src/workload/kinds/postgres-driver.ts';
import { postgresErrorKind } from '../../src/workload/kinds/postgres-errors.ts';
import type { OpenLoop } from '../../src/workload/pace/open-loop.ts';
import { createPostgres, findPostgres, type PostgresServer } from './postgres-server.ts';
import { Driven, until } from './servers.ts';
import { postgresSpec } from './specs.ts';

const UPSERT =
  "INSERT INTO gameday VALUES ({{key}}, '{{value}}') ON CONFLICT (k) DO UPDATE SET v = excluded.v";

describe('postgres load, a real server', function () {
  this.timeout(120_000);
  const running: Driven[] = [];
  let server: PostgresServer;

  before(async function () {
    const bin = findPostgres();
    if (!bin && process.env.GAMEDAY_REQUIRE_DOCKER)
      throw new Error('there is no PostgreSQL (initdb, postgres) on this machine');
    if (!bin) return this.skip();
    server = await createPostgres(bin);
  });
  afterEach(async () => {
    server?.thaw();
    await Promise.all(running.splice(0).map((driven) => driven.stop()));
  });
  after(() => server?.remove());

  async function drive(
    spec: Parameters<typeof postgresSpec>[0] = {},
  ): Promise<Driven & { due(): number }> {
    const load = await openLoad(
      postgresSpec({
        urls: [server.url],
        connections: 4,
        timeout_ms: 5000,
        max_in_flight: 5000,
        ...spec,
      }),
      { cwd: '/' },
    );
    await load.prepare?.(() => {}, new AbortController().signal);
    const driven = await Driven.start(load);
    running.push(driven);
    return Object.assign(driven, { due: () => (load as OpenLoop).due });
  }

  const backends = async () =>
    Number(
      (
        await server.query(
          "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'",
        )
      )[0]?.[0],
    );

  it('does the set-up, and counts exactly what the server has done', async () => {
    const driven = await drive({
      keys: 50,
      setup: [
        { query: 'DROP TABLE IF EXISTS gameday, writes' },
        { query: 'CREATE TABLE gameday (k int PRIMARY KEY, v text)' },
        { query: 'CREATE TABLE writes (k int)' },
        { query: "INSERT INTO gameday VALUES ({{key}}, 'it''s {{key|base64}}')" },
      ],
      mix: [
        { query: 'INSERT INTO writes VALUES ({{key}})', weight: 3 },
        { query: 'SELECT v FROM gameday WHERE k = {{key}}', weight: 1 },
      ],
    });
    await until('some', () => driven.ok > 300);
    await driven.stop();
    expect(driven.ok).to.equal(driven.due());
    const [[writes, least, most]] = (await server.query(
      'SELECT count(*), min(k), max(k) FROM writes',
    )) as [[string, number, number]];
    expect(Number(writes) / driven.ok).to.be.within(0.6, 0.9);
    expect([least, most]).to.satisfy(
      ([a, b]: number[]) => (a as number) >= 0 && (b as number) < 50,
    );
    expect(await server.query('SELECT count(*), min(v) FROM gameday')).to.deep.equal([
      ['50', `it's ${Buffer.from('0').toString('base64')}`],
    ]);
  });

  it('names errors by what PostgreSQL calls them, never by a message, and keeps the connection', async () => {
    const driven = await drive({
      connections: 1,
      mix: [
        { query: 'SELECT 1', weight: 1 },
        { query: "SELECT 'secret' FROM missing", weight: 1 },
        { query: "SELECT 'secret'::int", weight: 1 },
        { query: 'SELEC 1', weight: 1 },
      ],
    });
    await until('some of each', () => driven.due() > 200);
    await driven.stop();
    expect(Object.keys(driven.errors).toSorted()).to.deep.equal([
      'no such table',
      'wrong data',
      'wrong query',
    ]);
    expect(driven.ok).to.be.greaterThan(0);
    expect(driven.ok + driven.bad).to.equal(driven.due());
  });

  it('says why it is not let in', async () => {
    for (const [url, kind] of [
      [server.url.replace('/postgres', '/nowhere'), 'no such database'],
      [server.url.replace('ann@', 'bob@'), 'sign-in refused'],
    ] as const) {
      const driven = await drive({ urls: [url] });
      await until('errors', () => driven.bad > 20);
      await driven.stop();
      expect(driven.errors).to.deep.equal({ [kind]: driven.due() });
    }
  });

  it('gives a statement that is out of time up with its connection, and has the slot again at once', async () => {
    await server.query(
      'CREATE TABLE IF NOT EXISTS held (k int PRIMARY KEY, n int); INSERT INTO held VALUES (1, 0) ON CONFLICT DO NOTHING',
    );
    const before = await backends();
    const driven = await drive({
      connections: 2,
      rate: 100,
      timeout_ms: 300,
      query: 'UPDATE held SET n = n + 1 WHERE k = 1',
    });
    await until('good', () => driven.ok > 20);
    const holding = server.query(
      'BEGIN; UPDATE held SET n = n WHERE k = 1; SELECT pg_sleep(3); COMMIT',
    );
    await until('time-outs', () => driven.timeouts > 40);
    await holding;
    const wasOk = driven.ok;
    await until('good again', () => driven.ok > wasOk + 40);
    await driven.stop();
    expect(driven.ok + driven.bad).to.equal(driven.due());
    expect(
      driven.timeouts,
      'those that wait do not gather until there is no connection left',
    ).to.equal(driven.bad);
    const counted = Number((await server.query('SELECT n FROM held'))[0]?.[0]);
    expect(counted, 'what was given up may have been done all the same').to.be.within(
      driven.ok,
      driven.due(),
    );
    for (let now = await backends(); now > before; ) now = await backends();
  });

  it('sees a server that stands still in its p99, and loses nothing', async () => {
    const driven = await drive({ rate: 300, timeout_ms: 20_000 });
    await until('a second of good', () => driven.due() > 300);
    server.freeze();
    const frozenAt = driven.due();
    await until('a second of frozen', () => driven.due() > frozenAt + 300);
    server.thaw();
    const thawedAt = driven.due();
    await until('a second of good', () => driven.due() > thawedAt + 300);
    await driven.stop();
    expect(driven.ok).to.equal(driven.due());
    expect(driven.p99()).to.be.greaterThan(800);
  });

  it('times out on a server that stands still for longer, and is back as soon as it goes on', async () => {
    const driven = await drive({ timeout_ms: 400 });
    await until('good', () => driven.ok > 50);
    server.freeze();
    await until('time-outs', () => driven.timeouts > 150);
    server.thaw();
    const wasOk = driven.ok;
    await until('good again', () => driven.ok > wasOk + 100);
    await driven.stop();
    expect(driven.ok + driven.bad).to.equal(driven.due());
    expect(driven.timeouts, 'nobody refused anything').to.equal(driven.bad);
  });

  it('is back as soon as a killed server is, and every acknowledged write is in it', async () => {
    await server.query(
      'DROP TABLE IF EXISTS gameday; CREATE TABLE gameday (k int PRIMARY KEY, v text)',
    );
    const spec = postgresSpec({
      urls: [server.url],
      connections: 4,
      timeout_ms: 5000,
      keys: 100_000,
      query: UPSERT,
      verify: { read: { query: 'SELECT v FROM gameday WHERE k = {{key}}' }, within_ms: 30_000 },
    });
    const load = await openLoad(spec, { cwd: '/' });
    const driven = await Driven.start(load);
    running.push(driven);
    await until('good', () => driven.ok > 100);
    await server.kill();
    await until('errors', () => driven.bad > 200);
    await server.start();
    const backAt = Date.now();
    const isGood = ({ ok, errors, at }: { ok: number; errors: object; at: number }) =>
      at > backAt && ok > 0 && Object.keys(errors).length === 0;
    await until('good again', () => driven.windows.some(isGood));
    const verified = await load.readBack?.(() => {}, new AbortController().signal);
    await driven.stop();
    expect(driven.ok + driven.bad).to.equal((load as OpenLoop).due);
    // It reconnects ten times a second; a client that backs off would by now wait for seconds.
    expect(driven.windows.filter(({ at }) => at > backAt).findIndex(isGood)).to.be.within(0, 4);
    expect(Object.keys(driven.errors)).to.include('refused');
    const none = { count: 0, keys: [] };
    expect(verified).to.deep.equal({
      acknowledged: driven.ok,
      keys: driven.ok,
      lost: none,
      stale: none,
      foreign: none,
      unreadable: none,
    });
    expect(Number((await server.query('SELECT count(*) FROM gameday'))[0]?.[0])).to.be.within(
      driven.ok,
      (load as OpenLoop).due,
    );
  });
});

describe('the driver of postgres', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-driver-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is refused with the command that installs it, where there is none', () => {
    expect(() => findDriver(folder, join(folder, 'gameday.js')))
      .to.throw(Refusal, /needs the driver pg/)
      .with.property('next', `Install it with \`npm install --prefix ${folder} pg\`.`);
  });

  it("is found beside the story, where gameday's own folder has none", () => {
    mkdirSync(join(folder, 'shop/node_modules'), { recursive: true });
    symlinkSync(
      join(import.meta.dirname, '../../node_modules/pg'),
      join(folder, 'shop/node_modules/pg'),
    );
    expect(findDriver(join(folder, 'shop'), join(folder, 'gameday.js')).Client).to.be.a('function');
  });

  it('and its errors have names', () => {
    const named = (code: string) =>
      postgresErrorKind(Object.assign(new Error('row (ann, s3cret)'), { code }));
    expect(
      [
        '40001',
        '40P01',
        '53300',
        '57P03',
        '25006',
        '23503',
        '0A000',
        'XX001',
        'ECONNREFUSED',
        'EPIPE',
      ].map(named),
    ).to.deep.equal([
      'serialization failure',
      'deadlock',
      'too many connections',
      'not ready',
      'readonly',
      'constraint',
      'SQLSTATE 0A000',
      'internal error',
      'refused',
      'reset',
    ]);
    expect(postgresErrorKind(new Error('timeout expired'))).to.equal('timeout');
  });
});
