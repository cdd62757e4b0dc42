/** Looks over the network at numbers: in a body, and through a real Prometheus that scrapes an exporter of the test's own. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { ProbeOf } from '../../src/story/probe-spec.ts';
import { type ExpectedValue, parseExpectedValue } from '../../src/terms/expected-value.ts';
import { look } from '../../src/workload/index.ts';
import { until } from '../commands/cli.ts';
import { hasPrometheus, type Prometheus, startPrometheus } from '../fixtures/prometheus.ts';

const wanted = (text: string) => parseExpectedValue(text) as ExpectedValue;
const common = { name: 'probe', timeout_ms: 5000, retry_for_ms: 0, interval_ms: 1000, headers: {} };

/** Answers with what the test says, and remembers who asked. */
async function serve(answer: () => { status?: number; body: string }) {
  const asked: { url: string; authorization: string | undefined; token: unknown }[] = [];
  const server = createServer((request, response) => {
    asked.push({
      url: request.url ?? '',
      authorization: request.headers.authorization,
      token: request.headers['x-token'],
    });
    const { status = 200, body } = answer();
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

describe('a look at a number', () => {
  let body = '';
  let server: Awaited<ReturnType<typeof serve>>;
  beforeEach(async () => {
    server = await serve(() => ({ body }));
  });
  afterEach(() => server.close());
  const at = (more: Partial<ProbeOf<'http'>>) =>
    look({
      ...common,
      look: 'http',
      url: `http://127.0.0.1:${server.port}/ratio?token=s3cret`,
      expect_status: null,
      expect_body: null,
      expect_value: null,
      pattern: null,
      ...more,
    });

  it('holds it against what is wanted', async () => {
    body = '0.987\n';
    const where = `http://127.0.0.1:${server.port}/ratio answered 200`;
    expect(await at({ expect_value: wanted('>= 0.99') })).to.deep.equal({
      met: false,
      text: `${where}: 0.987 (wanted: >= 0.99)`,
    });
    expect((await at({ expect_value: wanted('between 0.9 and 1') })).met).to.equal(true);
    body = '{"hits": 12, "ratio": 0.5}';
    expect(
      await at({ expect_value: wanted('0.5 ± 0.1'), pattern: '"ratio": ([0-9.]+)' }),
    ).to.include({ met: true });
    expect(await at({ expect_value: wanted('1') })).to.deep.equal({
      met: false,
      text: `${where}: it holds 2 numbers, and no pattern says which one`,
    });
  });

  it('reads the whole body, however it comes', async () => {
    body = `${' '.repeat(300_000)}4${'2'.repeat(5)}`;
    expect((await at({ expect_value: wanted('422222'), expect_body: '4' })).met).to.equal(true);
  });

  it('sends headers, and shows neither them nor the query', async () => {
    body = 'well';
    const { text } = await at({ headers: { 'X-Token': 's3cret' } });
    expect(server.asked[0]).to.include({ token: 's3cret', url: '/ratio?token=s3cret' });
    expect(text).not.to.include('s3cret');
  });
});

describe('a look through Prometheus', () => {
  const ask = (
    url: string,
    query: string,
    expected: string,
    more: Partial<ProbeOf<'prometheus'>> = {},
  ) =>
    look({
      ...common,
      look: 'prometheus',
      url,
      query,
      expect_value: wanted(expected),
      when_empty: 'not_met',
      ...more,
    });

  describe('that answers oddly', () => {
    let answer = { status: 200, body: '' };
    let server: Awaited<ReturnType<typeof serve>>;
    before(async () => {
      server = await serve(() => answer);
    });
    after(() => server.close());

    it('is not met, and says why', async () => {
      const url = `http://127.0.0.1:${server.port}`;
      answer = { status: 200, body: '<html>' };
      expect(await ask(url, 'up', '1')).to.deep.equal({
        met: false,
        text: `${url}/ answered 200, and not as Prometheus does`,
      });
      answer = { status: 502, body: 'bad gateway' };
      expect((await ask(url, 'up', '1')).text).to.include('answered 502');
      const vector = (...values: string[]) =>
        JSON.stringify({
          status: 'success',
          data: {
            resultType: 'vector',
            result: values.map((value) => ({ metric: {}, value: [1.5, value] })),
          },
        });
      for (const odd of ['NaN', '+Inf', 'x']) {
        answer = { status: 200, body: vector(odd) };
        expect((await ask(url, 'up', '<= 1')).met, odd).to.equal(false);
      }
      answer = { status: 200, body: vector('+Inf') };
      expect((await ask(url, 'up', '>= 1')).met).to.equal(true);
    });

    it('signs in by userinfo or headers, below the path of its URL, and shows neither', async () => {
      answer = { status: 401, body: 'no' };
      const { text } = await ask(
        `http://ann:s3cret@127.0.0.1:${server.port}/prom/`,
        'a{b="c"}',
        '1',
      );
      expect(server.asked.at(-1)).to.include({
        url: '/prom/api/v1/query?query=a%7Bb%3D%22c%22%7D',
        authorization: `Basic ${Buffer.from('ann:s3cret').toString('base64')}`,
      });
      expect(text).not.to.match(/ann|s3cret/);
      await ask(`http://127.0.0.1:${server.port}`, 'up', '1', {
        headers: { Authorization: 'Bearer t0ken' },
      });
      expect(server.asked.at(-1)?.authorization).to.equal('Bearer t0ken');
    });
  });

  describe('that is real', function () {
    this.timeout(120_000);
    let queue = 3;
    let exporter: Awaited<ReturnType<typeof serve>>;
    let prometheus: Prometheus;
    let url: string;

    before(async function () {
      if (!hasPrometheus()) return this.skip();
      exporter = await serve(() => ({
        body: `queue_length{shard="one"} ${queue}\nqueue_length{shard="two"} 1\n`,
      }));
      prometheus = await startPrometheus(`127.0.0.1:${exporter.port}`);
      url = prometheus.url;
      await until('the first scrape', async () => (await ask(url, 'up', '1')).met, 60_000);
    });
    after(async () => {
      await prometheus?.close();
      await exporter?.close();
    });

    it('is met and not met as the value changes', async () => {
      await until('it is met', async () => (await ask(url, 'max(queue_length)', '<= 10')).met);
      queue = 50;
      await until(
        'it is no longer',
        async () => (await ask(url, 'max(queue_length)', '<= 10')).text === '50 (wanted: <= 10)',
      );
      expect((await ask(url, 'max(queue_length)', '<= 10')).met).to.equal(false);
      queue = 3;
      await until('it is again', async () => (await ask(url, 'max(queue_length)', '<= 10')).met);
    });

    it('takes every value of a vector, and shows whose are not as wanted', async () => {
      queue = 50;
      const { met, text, lines } = await until('one of two', async () => {
        const found = await ask(url, 'sort_desc(queue_length)', '<= 10');
        return found.text.startsWith('1 of 2') ? found : null;
      });
      expect(met).to.equal(false);
      expect(text).to.equal('1 of 2 values are as wanted: 50, 1 (wanted: <= 10)');
      expect(lines).to.have.length(1);
      expect(lines?.[0]).to.match(/^50 {2}queue_length\{.*shard="one"/);
    });

    it('tells scalars, nothing, ranges and mistakes apart', async () => {
      expect(await ask(url, '1 + 1', '2')).to.include({ met: true, text: '2 (wanted: 2)' });
      expect(await ask(url, 'no_such_series', '>= 0')).to.include({
        met: false,
        text: 'the query finds nothing',
      });
      expect(await ask(url, 'no_such_series', '>= 0', { when_empty: 'met' })).to.include({
        met: true,
      });
      expect((await ask(url, 'queue_length[1m]', '>= 0')).text).to.include('a range');
      expect((await ask(url, 'sum(', '>= 0')).text).to.include('cannot answer the query: bad_data');
      expect(await ask(url, '"text"', '>= 0')).to.include({
        met: false,
        text: 'the query finds a text and no number',
      });
    });

    it('sees what it scrapes fall silent', async () => {
      await exporter.close();
      const { text } = await until('the target is down', async () => {
        const found = await ask(url, 'min(up)', '1');
        return found.met ? null : found;
      });
      expect(text).to.equal('0 (wanted: 1)');
    });
  });
});
