import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { errorKind } from '../../src/workload/error-kinds.ts';
import { look, withoutUserinfo } from '../../src/workload/index.ts';
import { type HttpServer, startHttpServer, startTcpServer } from './servers.ts';

describe('a look over http', function () {
  this.timeout(20_000);
  let server: HttpServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(async () => {
    server.behave('well');
    await server.close();
  });

  const at = (
    more: {
      url?: string;
      expect_status?: number | null;
      expect_body?: string | null;
      timeout_ms?: number;
    } = {},
  ) =>
    look({
      look: 'http',
      name: 'probe',
      url: `${server.url}/healthz`,
      expect_status: null,
      expect_body: null,
      headers: {},
      expect_value: null,
      pattern: null,
      timeout_ms: 2000,
      retry_for_ms: 0,
      interval_ms: 1000,
      ...more,
    });

  it('is met by the status and the text that are expected', async () => {
    expect(await at()).to.deep.equal({ met: true, text: `${server.url}/healthz answered 200` });
    expect(await at({ expect_body: 'wel' })).to.deep.equal({
      met: true,
      text: `${server.url}/healthz answered 200 with the expected text`,
    });
    expect(await at({ expect_body: 'nothing' })).to.deep.equal({
      met: false,
      text: `${server.url}/healthz answered 200 without the expected text`,
    });
    expect(await at({ expect_status: 204 })).to.deep.equal({
      met: false,
      text: `${server.url}/healthz answered 200 instead of 204`,
    });
    server.behave('error');
    expect(await at()).to.deep.equal({ met: false, text: `${server.url}/healthz answered 503` });
    expect((await at({ expect_status: 503 })).met).to.equal(true);
  });

  it('is not met by silence, a cut, or nobody', async () => {
    server.behave('stall');
    expect(await at({ timeout_ms: 100 })).to.deep.equal({
      met: false,
      text: `${server.url}/healthz does not answer within 100ms`,
    });
    server.behave('drop');
    expect(await at()).to.deep.equal({
      met: false,
      text: `${server.url}/healthz does not answer: reset`,
    });
    await server.close();
    expect(await at()).to.deep.equal({
      met: false,
      text: `${server.url}/healthz refuses connections`,
    });
    expect((await at({ url: 'http://no-such-host.invalid/' })).text).to.match(
      /^http:\/\/no-such-host\.invalid\/ does not answer/,
    );
  });

  it('signs in by the userinfo of the URL and never repeats it', async () => {
    const { text } = await at({ url: `http://ann:s3cret@127.0.0.1:${server.port}/x` });
    expect(text).to.equal(`${server.url}/x answered 200`);
    expect(server.requests[0]?.headers.authorization).to.equal(
      `Basic ${Buffer.from('ann:s3cret').toString('base64')}`,
    );
  });

  it('does not mistake another protocol for an answer', async () => {
    const odd = await startTcpServer((socket) => socket.end('SSH-2.0-odd\r\n'));
    try {
      expect(await at({ url: `http://127.0.0.1:${odd.port}/` })).to.deep.equal({
        met: false,
        text: `http://127.0.0.1:${odd.port}/ does not answer: not HTTP`,
      });
    } finally {
      await odd.close();
    }
  });
});

describe('a look over tcp', () => {
  it('is met by whoever accepts', async () => {
    const server = await startTcpServer(() => {});
    const at = () =>
      look({
        look: 'tcp',
        name: 'probe',
        host: '127.0.0.1',
        port: server.port,
        timeout_ms: 2000,
        retry_for_ms: 0,
        interval_ms: 1000,
      });
    expect(await at()).to.deep.equal({
      met: true,
      text: `127.0.0.1:${server.port} accepts connections`,
    });
    await server.close();
    expect(await at()).to.deep.equal({
      met: false,
      text: `127.0.0.1:${server.port} refuses connections`,
    });
  });
});

describe('what is written down', () => {
  it('has no userinfo', () => {
    expect(withoutUserinfo('redis://ann:s3cret@db:6379/2')).to.equal('redis://db:6379/2');
    expect(withoutUserinfo('http://ann@host/a?b=c')).to.equal('http://host/a?b=c');
    expect(withoutUserinfo('http://host/')).to.equal('http://host/');
    expect(withoutUserinfo('ann:s3cret@no url')).to.equal('(unreadable URL)');
  });

  it('has a few words for errors and no messages', () => {
    expect(errorKind(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).to.equal('refused');
    expect(
      errorKind(new AggregateError([Object.assign(new Error('x'), { code: 'ECONNRESET' })])),
    ).to.equal('reset');
    expect(errorKind(Object.assign(new Error('x'), { code: 'HPE_INVALID_CONSTANT' }))).to.equal(
      'not HTTP',
    );
    for (const odd of [new Error('s3cret'), null, undefined, 'text', { code: 7 }])
      expect(errorKind(odd)).to.equal('other');
  });
});
