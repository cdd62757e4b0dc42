import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { Refusal } from '../../src/terms/outcomes.ts';
import {
  createRecorder,
  type Load,
  openLoad,
  type TraceRequest,
} from '../../src/workload/index.ts';
import type { OpenLoop } from '../../src/workload/pace/open-loop.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import {
  CLOCK,
  Driven,
  type HttpServer,
  type HttpServerOptions,
  startHttpServer,
  until,
} from './servers.ts';
import { httpSpec, operation } from './specs.ts';

type Spec = Parameters<typeof httpSpec>[0];

describe('http load: a mix, and what else a story can ask for', function () {
  this.timeout(60_000);
  const servers: HttpServer[] = [];
  const loads: Load[] = [];
  const running: Driven[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((driven) => driven.stop()));
    await Promise.all(loads.splice(0).map((load) => load.stop()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function serve(options: HttpServerOptions = {}): Promise<HttpServer> {
    const server = await startHttpServer(options);
    servers.push(server);
    return server;
  }

  async function drive(
    spec: Spec,
    traceRequest: TraceRequest | null = null,
  ): Promise<Driven & { due(): number }> {
    const load = await openLoad(httpSpec(spec), { cwd: '/', traceRequest });
    const driven = await Driven.start(load);
    running.push(driven);
    return Object.assign(driven, { due: () => (load as OpenLoop).due });
  }

  it('draws by weight, with method, path, headers and body of each, and a value of its own for every write', async () => {
    const server = await serve();
    const seen: { method: string; url: string; body: string }[] = [];
    server.onRequest = (method, url, body) => void seen.push({ method, url, body });
    const mix = [
      operation({ weight: 3, path: '/read/{{key}}?of={{key}}', headers: { 'X-Key': 'k{{key}}' } }),
      operation({
        weight: 1,
        method: 'PUT',
        path: '/write',
        body: '{{key}} {{value}} {{value|base64}}',
      }),
    ];
    const driven = await drive({ urls: [`${server.url}/ignored`], mix, keys: 50, rate: 400 });
    await until('enough of both', () => seen.length >= 800);
    await driven.stop();
    expect(driven.ok).to.equal(driven.due());
    const reads = seen.filter(({ method }) => method === 'GET');
    const writes = seen.filter(({ method }) => method === 'PUT');
    expect(writes.length / seen.length).to.be.closeTo(0.25, 0.07);
    for (const { url } of reads) expect(url).to.match(/^\/read\/(\d+)\?of=\1$/);
    expect(Math.max(...reads.map(({ url }) => Number(/\d+/.exec(url)?.[0])))).to.be.within(40, 49);
    const read = server.requests.find(({ method }) => method === 'GET');
    expect(read?.headers['x-key']).to.equal(`k${/\d+/.exec(read?.url ?? '')?.[0]}`);
    const values = writes.map(({ url, body }) => {
      expect(url).to.equal('/write');
      const [, value, coded] = /^\d+ (\d+) (\S+)$/.exec(body) as RegExpExecArray;
      expect(Buffer.from(coded as string, 'base64').toString()).to.equal(value);
      return Number(value);
    });
    expect(new Set(values).size).to.equal(values.length);
  });

  it('issues the same sequence from the same seed', async () => {
    const server = await serve();
    const mix = [
      operation({ path: '/a/{{key}}' }),
      operation({ method: 'PUT', path: '/b/{{key}}' }),
    ];
    const sequenceOf = async (seed: number) => {
      const seen: string[] = [];
      server.onRequest = (method, url) => void seen.push(`${method} ${url}`);
      const driven = await drive({ urls: [server.url], mix, seed, connections: 1, rate: 200 });
      await until('some', () => seen.length >= 60);
      await driven.stop();
      return seen.slice(0, 60);
    };
    const first = await sequenceOf(3);
    expect(await sequenceOf(3)).to.deep.equal(first);
    expect(await sequenceOf(4)).not.to.deep.equal(first);
  });

  it('looks for the expected text in the body, also with a placeholder in it', async () => {
    const server = await serve({
      answer: (_method, url) => (url.endsWith('7') ? 'nothing' : `the value of ${url}`),
    });
    const only = { path: '/{{key}}', expect_body: 'value of /{{key}}' };
    let wrong = 0;
    server.onRequest = (_method, url) => {
      if (url.endsWith('7')) wrong++;
    };
    const driven = await drive({ urls: [server.url], only, rate: 300 });
    await until('some of both', () => wrong >= 20);
    await driven.stop();
    expect(driven.errors).to.deep.equal({ 'wrong body': wrong });
    expect(driven.ok + driven.bad).to.equal(driven.due());
  });

  it('has requests traced that are chosen, tells what came of each, and keeps a header of the story', async () => {
    const server = await serve();
    const mix = [
      operation({ path: '/traced?key=S3CRET', headers: { 'x-one': '1' } }),
      operation({ path: '/own', headers: { TraceParent: 'mine' } }),
    ];
    const asked: string[] = [];
    const ends: unknown[] = [];
    const trace: TraceRequest = ({ name, method, url }) => {
      asked.push(`${name} ${method} ${url.origin}`);
      if (asked.length % 2 === 0) return null;
      const traceparent = `t${asked.length}`;
      return { traceparent, end: (status, error) => ends.push([traceparent, status, error]) };
    };
    const driven = await drive({ urls: [server.url], mix, rate: 200, timeout_ms: 300 }, trace);
    await until('some of both', () => server.seen >= 60);
    server.behave('error');
    await until('some errors', () => driven.bad >= 20);
    server.behave('stall');
    await until('some time-outs', () => driven.windows.some(({ timeouts }) => timeouts > 0));
    await driven.stop();
    const carried = server.requests.map(({ url, headers }) => [url, headers.traceparent] as const);
    expect(new Set(asked)).to.deep.equal(new Set([`GET /traced GET ${server.url}`]));
    for (const [url, header] of carried.filter(([path]) => path === '/own'))
      expect(header, url).to.equal('mine');
    const sent = carried.filter(([url]) => url !== '/own').flatMap(([, header]) => header ?? []);
    expect(ends.map((each) => (each as [string])[0]).sort()).to.deep.equal(
      [...new Set(sent)].sort(),
    );
    const kinds = new Set(ends.map((each) => JSON.stringify((each as unknown[]).slice(1))));
    expect([...kinds].sort()).to.deep.equal([
      '[200,null]',
      '[503,"status 503"]',
      '[null,"timeout"]',
    ]);
  });

  it('opens a connection for every request where keep_alive is off, and only a few where it is on', async () => {
    const [kept, fresh] = [await serve(), await serve()];
    const one = await drive({ urls: [kept.url], connections: 3 });
    const other = await drive({ urls: [fresh.url], connections: 3, keep_alive: false });
    await until('enough', () => one.ok >= 100 && other.ok >= 100);
    await Promise.all([one.stop(), other.stop()]);
    expect(kept.connections).to.be.at.most(3);
    expect(fresh.connections).to.equal(fresh.seen);
    expect(other.bad).to.equal(0);
  });

  it('changes its rate as the story says, and marks the windows until it stands still', async () => {
    const server = await serve();
    const ramp = [
      { to: 400, over_ms: 1000 },
      { to: 100, over_ms: 1000 },
    ];
    const driven = await drive({ urls: [server.url], rate: 100, ramp, timeout_ms: 10_000 });
    await until(
      'a second of the last rate',
      () => driven.windows.filter(({ ramping }) => !ramping).length >= 4,
    );
    await driven.stop();
    const { windows } = driven;
    const steady = windows.findIndex(({ ramping }) => !ramping);
    expect(windows.slice(steady).every(({ ramping }) => !ramping)).to.equal(true);
    // Counted in windows and by what was due, never by a clock of the test: a slow machine has long windows.
    const issued = (from: number, to: number) =>
      windows.slice(from, to).reduce((sum, { ok }) => sum + ok, 0);
    expect(issued(0, steady)).to.be.within(400, 700);
    expect(driven.ok + driven.bad).to.equal(driven.due());
  });

  it('goes on in the middle of its schedule, where another process left it', async () => {
    const server = await serve();
    const ramp = [{ to: 300, over_ms: 3_600_000 }];
    const load = await openLoad(httpSpec({ urls: [server.url], rate: 1, ramp }), { cwd: '/' });
    const recorder = createRecorder(CLOCK);
    loads.push(load);
    await load.start(recorder, 3_600_000);
    recorder.cut();
    await until('the last rate', () => server.seen >= 100);
    expect(recorder.cut()).not.to.have.property('ramping');
  });

  describe('set-up', () => {
    async function prepare(
      spec: Spec,
      signal = new AbortController().signal,
    ): Promise<{ said: string[]; error: Error | null }> {
      const load = await openLoad(httpSpec(spec), { cwd: '/' });
      loads.push(load);
      const said: string[] = [];
      const error = await (load.prepare as NonNullable<Load['prepare']>)(
        (text) => said.push(text),
        signal,
      ).then(
        () => null,
        (each: Error) => each,
      );
      return { said, error };
    }

    it('does each operation in order, one with {{key}} for every key', async () => {
      const server = await serve();
      const seen: string[] = [];
      server.onRequest = (method, url, body) => void seen.push(`${method} ${url} ${body}`);
      const setup = [
        operation({ method: 'DELETE', path: '/all' }),
        operation({ method: 'PUT', path: '/k/{{key}}', body: '{{value}}' }),
        operation({ method: 'POST', path: '/done' }),
      ];
      const { error, said } = await prepare({ urls: [server.url], setup, keys: 300 });
      expect(error).to.equal(null);
      expect(seen).to.have.length(302);
      expect(seen[0]).to.equal('DELETE /all ');
      expect(seen.at(-1)).to.equal('POST /done ');
      const keys = seen.slice(1, -1).map((line) => Number(/^PUT \/k\/(\d+) \d+$/.exec(line)?.[1]));
      expect(keys.toSorted((a, b) => a - b)).to.deep.equal(
        Array.from({ length: 300 }, (_, key) => key),
      );
      expect(new Set(seen.slice(1, -1).map((line) => line.split(' ')[2])).size).to.equal(300);
      expect(said.filter((text) => !/\d+ of \d+ keys$/.test(text))).to.deep.equal([
        'set-up 1 of 3 (DELETE /all)',
        'set-up 2 of 3 (PUT /k/{{key}}): 300 keys',
        'set-up 3 of 3 (POST /done)',
      ]);
    });

    it('ends with the first error, and names the operation', async () => {
      const server = await serve();
      server.onRequest = (_method, url) => server.behave(url.startsWith('/bad') ? 'error' : 'well');
      const setup = [
        operation({ path: '/good' }),
        operation({ method: 'PUT', path: '/bad/{{key}}?token=secret' }),
        operation({ path: '/never' }),
      ];
      const { error } = await prepare({ urls: [server.url], setup, keys: 100_000 });
      expect(error).to.be.instanceOf(Refusal).and.to.include({ code: 'setup_failed' });
      expect(error?.message).to.match(
        /^The workload was not started: set-up 2 of 3 \(PUT \/bad\/\{\{key\}\}\) failed for the key \d+: status 503\.$/,
      );
      expect(server.seen).to.be.below(200);
      expect(server.requests.some(({ url }) => url === '/never')).to.equal(false);
    });

    it('tries the next target where one does not take it', async () => {
      const [gone, well] = [await serve(), await serve()];
      await gone.close();
      const { error } = await prepare({
        urls: [gone.url, well.url],
        setup: [operation({ path: '/x' })],
      });
      expect(error).to.equal(null);
      expect(well.requests.map(({ url }) => url)).to.deep.equal(['/x']);
    });

    it('is given up when it is not wanted any more', async () => {
      const server = await serve();
      const stop = new AbortController();
      server.onRequest = () => stop.abort(new Error('not wanted'));
      const { error } = await prepare(
        { urls: [server.url], setup: [operation({ path: '/{{key}}' })], keys: 1_000_000 },
        stop.signal,
      );
      expect(error?.message).to.equal('not wanted');
      expect(server.seen).to.be.below(100);
    });
  });

  describe('TLS', () => {
    let folder: string;
    let certificate: Certificate;
    let server: HttpServer;

    before(function () {
      folder = mkdtempSync(join(tmpdir(), 'gameday-tls-'));
      const made = makeCertificate(folder, 'shop.example');
      if (!made && process.env.GAMEDAY_REQUIRE_DOCKER)
        throw new Error('openssl is not on the PATH');
      if (!made) this.skip();
      certificate = made;
    });
    after(() => rmSync(folder, { recursive: true, force: true }));
    beforeEach(async () => {
      server = await serve({ tls: certificate });
    });

    const tls = { ca: null, insecure: false, server_name: null };

    it('does not trust a certificate that nobody vouches for', async () => {
      const driven = await drive({ urls: [server.url], tls });
      await until('errors', () => (driven.errors.certificate ?? 0) > 20);
      await driven.stop();
      expect(driven.ok).to.equal(0);
      expect(server.seen).to.equal(0);
    });

    it('trusts the one that it was told of, under the name that it was told', async () => {
      const driven = await drive({
        urls: [server.url],
        tls: { ...tls, ca: certificate.path, server_name: 'shop.example' },
      });
      await until('good', () => driven.ok > 50);
      await driven.stop();
      expect(driven.bad).to.equal(0);
      const other = await drive({ urls: [server.url], tls: { ...tls, ca: certificate.path } });
      await until(
        'errors, since the address is not the name',
        () => (other.errors.certificate ?? 0) > 20,
      );
    });

    it('trusts anything where the story says so', async () => {
      const driven = await drive({ urls: [server.url], tls: { ...tls, insecure: true } });
      await until('good', () => driven.ok > 50);
      await driven.stop();
      expect(driven.bad).to.equal(0);
    });

    it('refuses a file that cannot be read', async () => {
      const error = await openLoad(
        httpSpec({ urls: [server.url], tls: { ...tls, ca: join(folder, 'none.pem') } }),
        { cwd: '/' },
      ).catch((each: Error) => each);
      expect(error).to.be.instanceOf(Refusal).and.to.include({ code: 'invalid_story' });
      expect((error as Refusal).message).to.include('ENOENT');
    });
  });
});
