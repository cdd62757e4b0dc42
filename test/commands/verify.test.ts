/** `verify` with a real redis that keeps nothing: what it acknowledged and lost is counted, and what cannot be read is no loss. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { freePorts } from '../free-ports.ts';
import { events, expectExit, type Folder, gameday, makeFolder, pids, until } from './cli.ts';
import { killWatchdog } from './watchdog.ts';

describe('verify', function () {
  this.timeout(180_000);
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const run = (code: number, ...args: string[]) => expectExit(code, args, at());
  const runFile = (name: string) => join(folder.path, '.gameday/runs/r1', name);
  const watchdog = () => JSON.parse(readFileSync(runFile('watchdog.json'), 'utf8')).pid as number;

  before(function () {
    if (spawnSync('redis-server', ['--version']).status === 0) return;
    if (process.env.GAMEDAY_REQUIRE_DOCKER)
      throw new Error('there is no redis-server on this machine');
    this.skip();
  });

  async function tell(persistence: string[]): Promise<void> {
    const port = await freePorts(1);
    const story = {
      name: 'forgetful',
      engine: 'process',
      services: {
        redis: {
          command: [
            'redis-server',
            '--port',
            String(port),
            '--bind',
            '127.0.0.1',
            '--save',
            '',
            ...persistence,
          ],
          port,
          health: { tcp: true },
        },
      },
      workload: {
        kind: 'redis',
        url: `redis://127.0.0.1:${port}`,
        command: ['SET', 'k{{key}}', '{{value}}'],
        verify: { read: { command: ['GET', 'k{{key}}'] }, within: '500ms' },
        timeout: '1s',
        rate: '200/s',
      },
      chapters: [
        { title: 'Load', on_enter: [{ workload: 'start' }] },
        {
          title: 'Death',
          on_enter: [
            { inject: { kind: 'kill', service: 'redis', countdown: 0 } },
            { recover: 'all' },
          ],
        },
        { title: 'End', on_enter: [{ workload: 'stop' }] },
      ],
    };
    folder.write('gameday.yaml', JSON.stringify(story));
  }

  beforeEach(async () => {
    folder = makeFolder();
    await tell(['--appendonly', 'no']);
  });
  afterEach(async () => {
    if (!folder) return;
    await gameday(['chapter', 'reset', '--wait'], at());
    await folder.cleanup();
  });

  it('says that all is there where nothing happened, in words, in JSON and in the journal', async () => {
    await run(0, 'workload', 'start');
    const stopped = await run(0, 'workload', 'stop', '--json');
    const { verified } = stopped.json;
    expect(verified.acknowledged).to.be.greaterThan(100).and.equal(verified.keys);
    for (const what of ['lost', 'stale', 'foreign', 'unreadable'])
      expect(verified[what], what).to.deep.equal({ count: 0, keys: [] });
    expect(verified.incomplete).to.equal(false);
    expect(events(folder.path).at(-1)).to.deep.include({ type: 'workload.verified', verified });
    await run(0, 'workload', 'start');
    const words = await run(0, 'workload', 'stop');
    expect(words.stdout).to.match(
      /^workload stopped: workload stop; [\d,]+ acknowledged writes on [\d,]+ keys read back: all there\n$/,
    );
  });

  it('ends with exit code 8 where a redis without persistence forgot what it had acknowledged, and names it', async () => {
    await run(0, 'chapter', 'next');
    await run(0, 'chapter', 'next');
    const failed = await run(8, 'chapter', 'next', '--json');
    const { error } = failed.json;
    expect(error).to.include({ code: 'deviated', exit: 8 });
    expect(error.message).to.match(
      /[\d,]+ acknowledged writes on [\d,]+ keys read back: [\d,]+ lost \(0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and [\d,]+ more\)\.$/,
    );
    const { verified } = error.data;
    expect(verified.lost.count).to.be.greaterThan(100).and.below(verified.keys);
    expect([verified.stale.count, verified.foreign.count, verified.unreadable.count]).to.deep.equal(
      [0, 0, 0],
    );
    const types = events(folder.path).map(({ type }) => type);
    expect(types.slice(-3)).to.deep.equal([
      'workload.stopped',
      'workload.verified',
      'chapter.failed',
    ]);
    expect((await run(0, 'workload', 'stop')).stdout, 'the load has stopped').to.equal(
      'No workload is running.\n',
    );
    expect((await run(0, 'chapter', 'retry')).stdout, 'and the way on is free').to.include(
      '[3/3] End',
    );
  });

  it('finds all of it where redis has an append-only file', async () => {
    await tell(['--appendonly', 'yes', '--dir', folder.path]);
    await run(0, 'chapter', 'next');
    await run(0, 'chapter', 'next');
    const ended = await run(0, 'chapter', 'next', '--json');
    const { verified } = ended.json;
    expect(verified.acknowledged).to.be.greaterThan(100);
    for (const what of ['lost', 'stale', 'foreign', 'unreadable'])
      expect(verified[what], what).to.deep.equal({ count: 0, keys: [] });
  });

  it('calls nothing lost that it cannot read, and does not fail for it', async () => {
    await run(0, 'workload', 'start');
    await run(0, 'fault', 'inject', 'kill', 'redis', '--countdown', '0');
    const { verified } = (await run(0, 'workload', 'stop', '--json')).json;
    expect(verified.unreadable.count).to.equal(verified.keys);
    expect(verified.keys).to.be.greaterThan(100);
    expect([verified.lost.count, verified.stale.count]).to.deep.equal([0, 0]);
  });

  it('is done by `chapter reset`, too, which ends the run and the stack all the same', async () => {
    await run(0, 'chapter', 'next');
    await run(0, 'chapter', 'next');
    const reset = await run(8, 'chapter', 'reset', '--json');
    expect(reset.json.error.data.verified.lost.count).to.be.greaterThan(100);
    expect(events(folder.path).at(-1)).to.include({ type: 'run.finished' });
    expect(pids(folder.path)).to.deep.equal({});
  });

  it('does not count as verified what a killed watchdog had written', async () => {
    await run(0, 'workload', 'start');
    const dead = watchdog();
    await killWatchdog(folder.path);
    await run(0, 'chapter', 'next');
    const openBook = () => JSON.parse(readFileSync(runFile('read-back.json'), 'utf8'));
    await until('another book', () => openBook().pid !== dead);
    const stopped = await run(0, 'workload', 'stop');
    expect(stopped.stdout).to.match(/; writes before \d\d:\d\d:\d\d are not verified\n$/);
    expect(events(folder.path).at(-1).verified).to.deep.include({
      incomplete: true,
      since: openBook().since,
      lost: { count: 0, keys: [] },
    });

    await run(0, 'workload', 'start');
    await killWatchdog(folder.path);
    expect((await run(0, 'workload', 'stop')).stdout).to.match(
      /(are not verified|what it wrote is not verified: the watchdog that knew what was acknowledged is gone)\n$/,
    );
  });
});
