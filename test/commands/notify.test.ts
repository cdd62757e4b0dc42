/** `notify:` of a story, through real commands and their watchdog, to a real server on loopback. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type WebhookServer, webhookServer } from '../fixtures/webhook.ts';
import { EIGHT, events, expectExit, foldersOfATest, processStory, start, until } from './cli.ts';
import { checkOccasion } from './events.ts';

const KILL = ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'];

describe('notify', function () {
  this.timeout(120_000);
  let server: WebhookServer;
  const folder = foldersOfATest();
  beforeEach(async () => {
    server = await webhookServer();
  });
  afterEach(() => server.close());

  /** With the server's address in the environment alone. */
  async function at(notify: string, chapters = EIGHT) {
    const story = await processStory(chapters, `notify: ${notify}`);
    const cwd = folder({ 'gameday.yaml': story }).path;
    return { cwd, env: { HOOK_URL: `${server.url}/S3CRET?t=S3CRET`, HOOK_TOKEN: 'T0KEN' } };
  }
  const occasions = () => server.received.map(({ body }) => body.occasion);

  it('tells of the run, its faults and what recovered them, and leaves the address nowhere', async () => {
    const where = await at('[ { url_env: HOOK_URL, token_env: HOOK_TOKEN } ]');
    await expectExit(0, ['chapter', 'next', '--dry-run'], where);
    await expectExit(0, ['story', 'check'], where);
    expect(server.received, 'looking tells nobody').to.have.length(0);
    await expectExit(0, ['chapter', 'next'], where);
    await expectExit(0, [...KILL, '--events', join(where.cwd, 'events')], where);
    await expectExit(0, ['fault', 'recover'], where);
    await expectExit(0, ['chapter', 'reset'], where);
    expect(occasions()).to.deep.equal([
      'run_started',
      'fault_injected',
      'fault_recovered',
      'run_ended',
    ]);
    for (const { body } of server.received) checkOccasion(body);
    const [, injected, recovered] = server.received;
    expect(injected?.body).to.deep.include({
      v: 1,
      run: 'r1',
      story: 'shop',
      live: ['f1'],
      chapter: { id: 'welcome', title: 'Welcome', number: 1, of: 8 },
      text: 'shop (run r1): f1: web-2 killed.',
    });
    expect(injected?.body.fault).to.include({ id: 'f1', kind: 'kill', outcome: null });
    expect(recovered?.body.text).to.match(/^shop \(run r1\): f1: kill web-2 recovered: /);
    expect(injected?.headers.authorization).to.equal('Bearer T0KEN');
    expect(injected?.path).to.equal('/S3CRET?t=S3CRET');
    for (const name of readdirSync(where.cwd, { recursive: true, encoding: 'utf8' })) {
      const path = join(where.cwd, name);
      // The services' own files hold their environment no more than the journal does.
      if (!statSync(path).isFile()) continue;
      expect(readFileSync(path, 'latin1'), name).to.not.match(/S3CRET|T0KEN/);
    }
  });

  it('tells of what the watchdog does, and of what is still live after a signal', async () => {
    const where = await at('[ { url_env: HOOK_URL } ]');
    await expectExit(0, [...KILL, '--duration', '1s'], where);
    await until('the recovery by the watchdog', () => occasions().includes('fault_recovered'));
    const chapters = `
  - title: Break
    on_enter: [ { inject: { kind: kill, service: web-1, countdown: 0s } }, { wait: 10m } ]
`;
    const other = await at('[ { url_env: HOOK_URL, on: [still_live] } ]', chapters);
    const waits = start(['chapter', 'next'], other);
    await until(
      'the fault',
      () => /wait/.test(waits.output()) && waits.output().includes('killed'),
    );
    waits.child.kill('SIGINT');
    expect((await waits.ended).code).to.equal(130);
    expect(server.received.at(-1)?.body).to.deep.include({
      occasion: 'still_live',
      live: ['f1'],
      text: 'shop (run r1): still live: f1: Ended by SIGINT.',
    });
  });

  it('says a deviation as Slack, Teams, Discord and Grafana take it', async () => {
    const chapters = `
  - { title: "A <b> & c", on_enter: [ { probe: { name: "<x> & y", tcp: "127.0.0.1:9", retry_for: 0 } } ] }
`;
    const shapes = ['slack', 'teams', 'discord', 'grafana'];
    const where = await at(
      `[ ${shapes.map((as) => `{ url_env: HOOK_${as.toUpperCase()}, as: ${as}, on: [deviated] }`).join(', ')} ]`,
      chapters,
    );
    const env = Object.fromEntries(
      shapes.map((as) => [`HOOK_${as.toUpperCase()}`, `${server.url}/${as}`]),
    );
    await expectExit(8, ['chapter', 'next'], { ...where, env });
    const told = Object.fromEntries(server.received.map(({ path, body }) => [path, body]));
    expect(Object.keys(told).sort()).to.deep.equal([
      '/discord',
      '/grafana/api/annotations',
      '/slack',
      '/teams',
    ]);
    const text = told['/discord'].content;
    expect(text).to.match(/^shop \(run r1\): deviated: .*<x> & y/);
    expect(told['/discord'].allowed_mentions).to.deep.equal({ parse: [] });
    expect(told['/slack'].text).to.include('&lt;x&gt; &amp; y');
    expect(told['/teams'].attachments[0].content.body[0].text).to.equal(text);
    const { tags, text: marked, time } = told['/grafana/api/annotations'];
    expect(tags).to.include.members(['gameday', 'deviated', 'shop', 'r1']);
    expect(marked).to.equal(text);
    expect(Math.abs(time - Date.now())).to.be.below(60_000);
  });

  it('nobody there, no such variable, no address: said, and in the way of nothing', async () => {
    const where = await at(
      '[ { url_env: HOOK_URL }, { url_env: NO_SUCH }, { url_env: HOOK_TOKEN } ]',
    );
    await server.close();
    const ended = await expectExit(0, KILL, where);
    const stderr = ended.stderr.replaceAll(/\s+/g, ' ');
    expect(stderr).to.include('notify HOOK_URL: fault_injected was not delivered: ECONNREFUSED');
    expect(stderr).to.include('notify NO_SUCH: the environment has no such variable');
    expect(stderr).to.include('notify HOOK_TOKEN: the variable holds no http address');
    expect(stderr).to.not.match(/S3CRET|T0KEN/);
    await expectExit(0, ['fault', 'recover'], where);
    expect(events(where.cwd).at(-1)).to.include({ outcome: 'verified' });
  });

  it('a server that hangs holds up neither the recovery nor the next command', async () => {
    server.answers.push(...Array(50).fill('hang'));
    const where = await at('[ { url_env: HOOK_URL } ]');
    const injects = start(KILL, where);
    await until('the fault', () => {
      try {
        return events(where.cwd).some(({ type }) => type === 'fault.injected');
      } catch {
        return false;
      }
    });
    const recovers = start(['fault', 'recover', '--wait'], where);
    await until('the recovery', () =>
      events(where.cwd).some(({ type }) => type === 'fault.recovered'),
    );
    expect(injects.child.exitCode, 'the first one still tries to tell').to.equal(null);
    injects.child.kill('SIGINT');
    recovers.child.kill('SIGINT');
    const [one, other] = await Promise.all([injects.ended, recovers.ended]);
    expect([one.code, other.code]).to.deep.equal([0, 0]);
    expect(one.stderr).to.include('not delivered in time');
  });

  it('an address in the story is refused, and not repeated', async () => {
    const where = await at('[ { url_env: "https://hooks.example.test/S3CRET" } ]');
    const ended = await expectExit(2, ['story', 'check'], where);
    expect(ended.stderr).to.include('expected the name of an environment variable');
    expect(ended.stdout + ended.stderr).to.not.include('S3CRET');
  });
});
