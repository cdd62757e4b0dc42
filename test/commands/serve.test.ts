/** The page of the audience, by real requests: it follows the run, and shows and takes nothing that is not theirs. */
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import type { Line } from '../../src/view/screen/line.ts';
import { textOf } from '../../src/view/screen/line.ts';
import {
  expectExit,
  foldersOfATest,
  gameday,
  processStory,
  type Started,
  startUntil,
  until,
} from './cli.ts';

const STORY = `
  - { title: One, narration: Hello everybody., notes: Smile. }
  - { title: Break, on_enter: [ { inject: { kind: kill, service: web, countdown: 0s } } ] }
  - { title: Last }
`;

describe('chapter play --serve', function () {
  this.timeout(120_000);
  const makeFolder = foldersOfATest();
  let playing: Started | null = null;

  afterEach(async () => {
    playing?.child.kill('SIGTERM');
    await playing?.ended;
    playing = null;
  });

  async function serve(): Promise<{ cwd: string; url: string }> {
    const cwd = makeFolder({ 'gameday.yaml': await processStory(STORY) }).path;
    playing = await startUntil(
      /page: \S+/,
      ['chapter', 'play', '--auto', '--pause', '10m', '--serve', '127.0.0.1:0'],
      { cwd },
    );
    const [, url = ''] = /page: (\S+)/.exec(playing.output()) ?? [];
    return { cwd, url };
  }

  /** What was sent, as it comes. */
  async function follow(url: string) {
    const answer = await fetch(`${url}events`);
    const seen = { text: '', isOver: false, isClosed: false };
    const ended = (async () => {
      const decoder = new TextDecoder();
      for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>)
        seen.text += decoder.decode(piece, { stream: true });
    })().then(
      () => {
        seen.isClosed = true;
      },
      () => {
        seen.isClosed = true;
      },
    );
    const shown = () => {
      const last = seen.text.split('\n\n').findLast((each) => each.startsWith('event: lines'));
      const lines = JSON.parse(last?.split('data: ')[1] ?? '[]') as Line[];
      return lines.map((each) => textOf(each).trimEnd()).join('\n');
    };
    return { type: answer.headers.get('content-type'), seen, shown, ended };
  }

  it('follows the run, whoever moves it, without notes and keys, and closes with it', async () => {
    const { cwd, url } = await serve();
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{24}\/$/);
    const page = await fetch(url);
    expect(page.status).to.equal(200);
    expect(page.headers.get('content-security-policy')).to.contain("default-src 'none'");
    expect(await page.text()).to.contain("new EventSource('events')");
    const followed = await follow(url);
    expect(followed.type).to.equal('text/event-stream');
    await until('the first chapter', () => followed.shown().includes('[1/3] One'));
    expect(followed.shown()).to.contain('Hello everybody.');
    await expectExit(0, ['story', 'note', 'pager went off'], { cwd });
    await expectExit(0, ['chapter', 'next'], { cwd });
    await until('the fault', () => followed.shown().includes('LIVE f1: kill web'));
    expect(followed.shown()).to.match(/\[2\/3\] Break/);
    expect(followed.seen.text).not.to.match(/Smile|pager went off|SPACE next/);
    await expectExit(0, ['fault', 'halt', '--reason', 'customers called'], { cwd });
    const sign = 'HALTED: nothing is injected until `gameday fault resume`. By ';
    await until('the sign', () => followed.shown().includes(sign));
    expect(followed.seen.text).not.to.contain('customers called');
    await gameday(['chapter', 'reset'], { cwd });
    await until('the end', () => followed.seen.isClosed);
    expect(followed.seen.text).to.contain('event: over');
    await until('the port to be closed', () =>
      fetch(url).then(
        () => false,
        () => true,
      ),
    );
  });

  it('shows nothing without its token, and takes nothing', async () => {
    const { url } = await serve();
    const { origin } = new URL(url);
    for (const path of [
      '/',
      '/events',
      '/favicon.ico',
      `/${'A'.repeat(24)}/`,
      `/${'A'.repeat(24)}/events`,
    ])
      expect((await fetch(origin + path)).status, path).to.equal(404);
    expect((await fetch(`${url}other`)).status).to.equal(404);
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await fetch(url, { method })).status, method).to.equal(405);
  });

  it('ends with the command that serves it', async () => {
    const { url } = await serve();
    const followed = await follow(url);
    playing?.child.kill('SIGTERM');
    expect((await playing?.ended)?.code).to.equal(143);
    await until('the end', () => followed.seen.isClosed);
    expect(followed.seen.text, 'the run goes on').not.to.contain('event: over');
  });

  it('refuses an address that it cannot have', async () => {
    const cwd = makeFolder({ 'gameday.yaml': await processStory(STORY) }).path;
    for (const address of ['8080x', '127.0.0.1:99999', '192.0.2.1:0']) {
      const refused = await gameday(['chapter', 'play', '--auto', '--serve', address], { cwd });
      expect(refused.code, address).to.equal(2);
      expect(refused.stderr).to.contain(address);
    }
  });
});
