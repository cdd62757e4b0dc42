/** A webhook against a real server on loopback that fails, hangs, or is not there. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Webhook } from '../../../src/app/outlets/webhook.ts';
import { type WebhookServer, webhookServer } from '../../fixtures/webhook.ts';
import { freePorts } from '../../free-ports.ts';

const LIMITS = { waitsMs: [50, 100], answerMs: 400, flushMs: 3000 };
const SECRET = '/services/S3CRET?token=S3CRET';
const never = new AbortController().signal;

describe('a webhook', () => {
  let server: WebhookServer;
  let warned: string[];
  const to = (url: string, limits = LIMITS) =>
    new Webhook(
      { name: 'SLACK_URL', url, headers: { 'x-a': 'b' } },
      (text) => warned.push(text),
      limits,
    );
  const delivery = (name: string) => ({ name, path: '', body: JSON.stringify({ name }) });
  beforeEach(async () => {
    warned = [];
    server = await webhookServer();
  });
  afterEach(() => server.close());

  it('is tried three times, one delivery after the other', async () => {
    server.answers.push(500, 503);
    const webhook = to(`${server.url}${SECRET}`);
    webhook.send(delivery('one'));
    webhook.send(delivery('two'));
    await webhook.flush(never);
    expect(server.received.map(({ body }) => body.name)).to.deep.equal([
      'one',
      'one',
      'one',
      'two',
    ]);
    expect(server.received[0]).to.include({ path: SECRET });
    expect(server.received[0]?.headers).to.include({
      'content-type': 'application/json',
      'x-a': 'b',
    });
    const [first, second, third] = server.received.map(({ atMs }) => atMs) as [
      number,
      number,
      number,
    ];
    expect(second - first).to.be.at.least(45);
    expect(third - second).to.be.at.least(95);
    expect(warned).to.deep.equal([]);
  });

  it('gives up after the third, says so without the address, and goes on with the next', async () => {
    server.answers.push(500, 404, 500);
    const webhook = to(`${server.url}${SECRET}`);
    webhook.send(delivery('one'));
    webhook.send(delivery('two'));
    await webhook.flush(never);
    expect(server.received).to.have.length(4);
    expect(warned).to.deep.equal([
      'notify SLACK_URL: one was not delivered: answered 500 (tried 3 times).',
    ]);
  });

  it('one that hangs costs the time of three tries, and no more than the limit of all', async () => {
    server.answers.push('hang', 'hang', 'hang');
    const webhook = to(`${server.url}${SECRET}`);
    webhook.send(delivery('one'));
    const begun = performance.now();
    await webhook.flush(never);
    expect(performance.now() - begun).to.be.within(1300, 2600);
    expect(warned).to.deep.equal([
      'notify SLACK_URL: one was not delivered: no answer within 400ms (tried 3 times).',
    ]);
    server.answers.push(...Array(9).fill('hang'));
    const short = to(server.url, { ...LIMITS, flushMs: 300 });
    short.send(delivery('three'));
    short.send(delivery('four'));
    const again = performance.now();
    await short.flush(never);
    expect(performance.now() - again).to.be.below(1200);
    expect(warned.at(-1)).to.equal('notify SLACK_URL: three, four not delivered in time.');
  });

  it('one that is not there is no error of ours', async () => {
    const webhook = to(`http://127.0.0.1:${await freePorts(1)}${SECRET}`);
    webhook.send(delivery('one'));
    await webhook.flush(never);
    expect(warned.join())
      .to.match(/one was not delivered: ECONNREFUSED/)
      .and.not.include('S3CRET');
  });

  it('a signal ends the waiting', async () => {
    server.answers.push('hang');
    const webhook = to(server.url, { ...LIMITS, answerMs: 60_000, flushMs: 60_000 });
    webhook.send(delivery('one'));
    await webhook.flush(AbortSignal.timeout(100));
    expect(warned).to.deep.equal(['notify SLACK_URL: one not delivered in time.']);
  });
});
