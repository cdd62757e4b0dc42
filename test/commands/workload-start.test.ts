/** What the start of a load waits for: a set-up, and a rate that still changes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type HttpServer, startHttpServer } from '../workload/servers.ts';
import {
  EIGHT,
  events,
  expectExit,
  type Folder,
  makeFolder,
  processStory,
  refusalOf,
  startUntil,
  until,
} from './cli.ts';

describe('the start of a workload', () => {
  let folder: Folder;
  let server: HttpServer;
  let seen: string[];
  const at = () => ({ cwd: folder.path });
  const inRun = (name: string) => readFileSync(join(folder.path, '.gameday/runs/r1', name), 'utf8');

  beforeEach(async () => {
    seen = [];
    server = await startHttpServer();
    server.onRequest = (method, url) => {
      server.behave(url.startsWith('/bad') ? 'error' : url.startsWith('/slow') ? 'slow' : 'well');
      seen.push(`${method} ${url}`);
    };
  });
  afterEach(async () => {
    await folder?.cleanup();
    await server.close();
  });

  async function makeStory(workload: string): Promise<void> {
    folder = makeFolder({ 'gameday.yaml': await processStory(EIGHT, `workload: ${workload}`) });
  }

  it('waits until the rate stands still, says so, and compares with that alone', async () => {
    await makeStory(
      `{ kind: http, url: "${server.url}", rate: 20/s, ramp: [{ to: 120/s, over: 4s }] }`,
    );
    const { stdout, stderr } = await expectExit(0, ['workload', 'start'], at());
    expect(stderr).to.match(/http workload: the rate changes for \ds more, \d+ ops\/s now/);
    const [, rate] = /^http workload: (\d+) ops\/s/.exec(stdout) ?? [];
    expect(Number(rate), stdout).to.be.within(90, 150);
    const lines = inRun('samples.ndjson').split('\n').filter(Boolean);
    const marks = lines.slice(1).map((line) => JSON.parse(line).ramping === true);
    expect(marks.lastIndexOf(true)).to.be.below(marks.lastIndexOf(false));
    expect(marks.filter(Boolean).length).to.be.at.least(8);
  });

  it('loads the data first, once, also when the watchdog has to be started again', async () => {
    await makeStory(
      `{ kind: http, url: "${server.url}", method: GET, path: "/read/{{key}}", rate: 50/s, keys: 40, setup: [{ method: DELETE, path: /all }, { method: PUT, path: "/k/{{key}}", body: "{{value}}" }] }`,
    );
    await expectExit(0, ['workload', 'start'], at());
    const setUp = () => seen.filter((line) => !line.startsWith('GET /read/'));
    expect(setUp()).to.have.length(41);
    expect(seen.findIndex((line) => line.startsWith('GET /read/'))).to.equal(41);
    process.kill(JSON.parse(inRun('watchdog.json')).pid, 'SIGKILL');
    const before = seen.length;
    await expectExit(0, ['chapter', 'next'], at());
    await until('the load again', () => seen.length > before + 50);
    expect(setUp()).to.have.length(41);
    expect(inRun('watchdog.log'))
      .to.match(/set-up 2 of 2 \(PUT \/k\/\{\{key\}\}\): 40 keys/)
      .and.match(/started again, where it stood/);
  });

  it('is refused when the set-up fails, names the operation, and leaves no load behind', async () => {
    await makeStory(
      `{ kind: http, url: "${server.url}", setup: [{ path: /good }, { method: PUT, path: /bad }] }`,
    );
    const refusal = refusalOf(await expectExit(4, ['workload', 'start', '--json'], at()));
    expect(refusal).to.deep.include({
      code: 'setup_failed',
      message: 'The workload was not started: set-up 2 of 2 (PUT /bad) failed: status 503.',
    });
    expect(seen).to.deep.equal(['GET /good', 'PUT /bad']);
    expect(events(folder.path).at(-1)).to.include({ type: 'workload.stopped' });
    // What was wrong is right now.
    server.onRequest = (method, url) => {
      server.behave('well');
      seen.push(`${method} ${url}`);
    };
    const again = await expectExit(0, ['workload', 'start'], at());
    expect(again.stdout).to.match(/^http workload: \d+ ops\/s/);
  });

  it('can be interrupted in the set-up, which then ends', async () => {
    await makeStory(
      `{ kind: http, url: "${server.url}", connections: 2, keys: 100000, setup: [{ path: "/slow/{{key}}" }] }`,
    );
    const started = await startUntil(
      /set-up 1 of 1 \(GET \/slow\/\{\{key\}\}\): \d+ of 100000 keys/,
      ['workload', 'start'],
      at(),
    );
    started.child.kill('SIGINT');
    expect((await started.ended).code).to.equal(130);
    expect(events(folder.path).at(-1)).to.include({ type: 'workload.stopped' });
    await until('the end of the set-up', () => /given up/.test(inRun('watchdog.log')));
  });

  it('runs the set-up of a command load to its end first', async () => {
    await makeStory(
      `{ kind: command, shell: "while :; do cat loaded; sleep 0.1; done", pattern: "([0-9]+) ops/s", setup: { shell: "echo 77 ops/s > loaded" } }`,
    );
    const { stdout } = await expectExit(0, ['workload', 'start'], at());
    expect(stdout).to.match(/^command workload: \d+ ops\/s/);
    expect(inRun('watchdog.log')).to.match(/set-up \(a shell line\)/);
    await expectExit(0, ['workload', 'stop'], at());
  });

  it('is refused when the program of a command load ends with an error', async () => {
    await makeStory(
      `{ kind: command, command: [echo, 1 ops], pattern: "([0-9]+) ops", setup: { command: [sh, -c, "exit 3 # secret"] } }`,
    );
    const { stderr } = await expectExit(4, ['workload', 'start'], at());
    expect(stderr).to.match(/set-up \(sh\) ended with exit code 3/);
    for (const text of [stderr, inRun('watchdog.log'), inRun('journal.ndjson')])
      expect(text).not.to.include('secret');
  });

  it('is a chapter that waits', async () => {
    folder = makeFolder({
      'gameday.yaml': await processStory(
        '  - { title: Load, on_enter: [ { workload: start } ] }',
        `workload: { kind: http, url: "${server.url}", rate: 10/s, ramp: [{ to: 100/s, over: 3s }], setup: [{ path: "/k/{{key}}" }], keys: 10 }`,
      ),
    });
    const { stderr } = await expectExit(0, ['chapter', 'next'], at());
    expect(stderr)
      .to.match(/the rate changes for/)
      .and.match(/✔ http workload: \d+ ops\/s/);
    expect(seen.filter((line) => line.startsWith('GET /k/'))).to.have.length(10);
  });
});
