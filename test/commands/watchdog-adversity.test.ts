/** What can go wrong around a watchdog that guards a limit: it is stopped, the clock jumps, a port is taken, the disk is full. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ownFileSystem } from '../journal/processes.ts';
import { type HttpServer, startHttpServer } from '../workload/servers.ts';
import {
  events,
  expectExit,
  type Folder,
  gameday,
  makeFolder,
  pids,
  processStory,
  refusalOf,
  startProgram,
  until,
  wrapper,
} from './cli.ts';
import {
  expectCountedOnce,
  expectWholeJournal,
  isRecovered,
  killWatchdog,
  watchdogPid,
  windowsOf,
} from './watchdog.ts';

const CLOCK = fileURLToPath(new URL('./clock.mjs', import.meta.url));
const CHAPTERS = '  - { title: One }\n  - { title: Two }';
const NOW = ['--countdown', '0', '--overrule', 'last_healthy'];
const inject = (...args: string[]) => ['fault', 'inject', ...args, ...NOW];

describe('watchdog in adversity', function () {
  this.timeout(120_000);
  let folder: Folder;
  let server: HttpServer;
  const at = () => ({ cwd: folder.path });
  const event = (type: string, id: string) =>
    events(folder.path).find((each) => each.type === type && each.fault === id);
  const timeOf = (type: string, id: string) => Date.parse(event(type, id)?.at ?? '');

  beforeEach(async () => {
    server = await startHttpServer();
    const workload = `workload: { kind: http, url: "${server.url}", rate: 40/s }`;
    folder = makeFolder({ 'gameday.yaml': await processStory(CHAPTERS, workload) });
    await expectExit(0, ['chapter', 'next'], at());
  });
  afterEach(async () => {
    await killWatchdog(folder.path);
    await folder.cleanup();
    await server.close();
  });

  it('stopped (SIGSTOP) past a limit: commands say so, new limits are refused, `fault recover` mends; it goes on at once', async function () {
    if (process.platform !== 'linux') this.skip();
    await expectExit(0, ['workload', 'start'], at());
    await expectExit(0, inject('pause', 'web-1', '--duration', '12s'), at());
    await expectExit(0, inject('pause', 'web-3', '--duration', '12s'), at());
    const pid = watchdogPid(folder.path) as number;
    process.kill(pid, 'SIGSTOP');
    try {
      const stopped = new RegExp(`watchdog.*\\(pid ${pid}\\) is stopped.*kill -CONT ${pid}`);
      expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.match(stopped);
      expect((await expectExit(0, ['fault', 'list', '--json'], at())).json).to.include({
        watchdog: 'stopped',
      });
      const found = (await gameday(['story', 'doctor', '--json'], at())).json;
      expect(found.exit).to.equal(4);
      expect(found.findings.find(({ about }: any) => about === 'watchdog')).to.include({
        level: 'problem',
        code: 'watchdog_silent',
      });

      const refused = refusalOf(
        await expectExit(
          4,
          [...inject('pause', 'web-2', '--duration', '1m'), '--force', '--json'],
          at(),
        ),
      );
      expect(refused.code).to.equal('watchdog_silent');
      expect(refused.next).to.include(`kill -CONT ${pid}`);
      expect(pids(folder.path)['web-2'], 'nothing was broken').to.be.above(0);
      expect(event('fault.recovered', 'f3')).to.include({ outcome: 'never_happened' });

      // Nobody measures: the target is mended, and that is not called proven.
      const mended = await expectExit(9, ['fault', 'recover', 'f1'], at());
      expect(mended.stderr)
        .to.match(/the targets are well, and nobody measures the workload/)
        .and.match(stopped);
      expect(pids(folder.path)['web-1']).to.be.above(0);
      await until(
        'the limit to be over',
        () => Date.now() > Date.parse(event('fault.injecting', 'f2').deadline) + 500,
      );
      expect(pids(folder.path)['web-3'], 'nothing recovers by itself').to.be.below(0);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until(
      'both recoveries',
      () =>
        isRecovered(folder.path, 'f1') &&
        isRecovered(folder.path, 'f3') &&
        isRecovered(folder.path, 'f2'),
    );
    expect(event('fault.recovering', 'f2')).to.include({ by: 'watchdog' });
    expect(pids(folder.path)['web-3']).to.be.above(0);
    expect(watchdogPid(folder.path), 'the same one').to.equal(pid);
    expectWholeJournal(folder.path);
    expectCountedOnce(windowsOf(folder.path), server.seen);
  });

  for (const [name, backS] of [
    ['back', 3600],
    ['forward', -3600],
  ] as const) {
    it(`the clock set ${name} by an hour while a limit runs and a workload is measured: recovered in time`, async () => {
      const jump = join(folder.path, 'jump');
      const env = {
        NODE_OPTIONS: `--import=${CLOCK}`,
        JUMP_BACK_S: String(backS),
        JUMP_FILE: jump,
      };
      await expectExit(0, ['workload', 'start'], { ...at(), env });
      await expectExit(0, inject('pause', 'web-1', '--duration', '8s'), { ...at(), env });
      const begun = performance.now();
      writeFileSync(jump, '');
      await until(
        'the recovery',
        () =>
          pids(folder.path)['web-1'] !== undefined && (pids(folder.path)['web-1'] as number) > 0,
      );
      expect(
        performance.now() - begun,
        'milliseconds, where the limit is 8000 and the jump an hour',
      ).to.be.below(60_000);
      // Whoever reads next has the same clock, as on a machine whose clock was set.
      await until('the recovery on record', () => isRecovered(folder.path, 'f1'));
      expect((await expectExit(0, ['fault', 'list'], { ...at(), env })).stdout).to.equal(
        'No fault is live.\n',
      );
      await expectExit(0, ['workload', 'stop', '--wait'], { ...at(), env });
      expectWholeJournal(folder.path);
      const counted = windowsOf(folder.path).reduce((sum, { ok }) => sum + ok, 0);
      expect(counted).to.be.at.most(server.seen);
      expect(
        readFileSync(join(folder.path, '.gameday/runs/r1/samples.ndjson'), 'utf8').split('\n')
          .length,
        'measured on both sides of the jump',
      ).to.be.above(20);
    });
  }

  it('the port of the target taken by a stranger: said, tried again, recovered when it is free, the stranger untouched', async () => {
    const stranger = createServer((_request, response) => response.end('a stranger'));
    try {
      const port = Number(
        /port: (\d+)/.exec(readFileSync(join(folder.path, 'gameday.yaml'), 'utf8'))?.[1],
      );
      await expectExit(0, inject('kill', 'web-1', '--duration', '8s'), at());
      await new Promise<void>((resolve, reject) =>
        stranger.once('error', reject).listen(port, '127.0.0.1', resolve),
      );
      await until('a try that failed', () =>
        events(folder.path).some((each) => each.type === 'fault.unverified' && each.fault === 'f1'),
      );
      const listed = await expectExit(0, ['fault', 'list'], at());
      expect(listed.stdout).to.match(
        new RegExp(`^f1: kill web-1 {2}unverified.*web-1 cannot be started: port ${port} is taken`),
      );
      const found = (await gameday(['story', 'doctor', '--json'], at())).json.findings;
      expect(found.find(({ about }: any) => about === 'faults')).to.include({
        level: 'problem',
        code: 'not_verified',
        next: 'fault recover f1',
      });
      expect(found.find(({ about }: any) => about === 'watchdog log')).to.include({
        level: 'warning',
      });
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).to.equal('a stranger');
      expect(isRecovered(folder.path, 'f1')).to.equal(false);
    } finally {
      stranger.closeAllConnections();
      await new Promise((resolve) => stranger.close(resolve));
    }
    await until('the recovery', () => isRecovered(folder.path, 'f1'));
    expect(pids(folder.path)['web-1']).to.be.above(0);
    expectWholeJournal(folder.path);
  });

  it('the disk full while a limit runs out: undone in time, and recorded out of the reserve', async function () {
    if (!ownFileSystem(folder.path, 'size=1m', 'true &&')) return this.skip();
    const other = makeFolder({ 'story.txt': await processStory(CHAPTERS) });
    // The watchdog is in the file system of this script alone; it must have ended before the script does.
    const script = `
      mkdir "$0/disk" && mount -t tmpfs -o size=1m tmpfs "$0/disk" && cp "$0/story.txt" "$0/disk/gameday.yaml" && cd "$0/disk" || exit 99
      wait_for() { for try in $(seq 400); do eval "$1" && return 0; sleep 0.1; done; return 1; }
      gameday chapter next >/dev/null 2>&1; echo "begin: $?"
      gameday fault inject pause web-2 --countdown 0 --duration 8s >/dev/null 2>&1; echo "fault: $?"
      dd if=/dev/zero of=filler bs=4k 2>/dev/null
      wait_for 'grep -q fault.recovered .gameday/runs/r1/journal.ndjson' && echo recorded
      gameday fault list; echo "list: $?"
      rm filler
      gameday fault inject pause web-3 --countdown 0 >/dev/null 2>&1; echo "room: $?"
      cp .gameday/runs/r1/journal.ndjson "$0/journal"
      gameday chapter reset >/dev/null 2>&1; echo "reset: $?"
      wait_for '! pgrep -f "watchdog-main.*$0/disk" >/dev/null' && echo alone`;
    try {
      const own = process.getuid?.() === 0 ? ['-m'] : ['-rm'];
      const env = { PATH: `${wrapper()}:${process.env.PATH}` };
      const { stdout, stderr } = await startProgram(
        'unshare',
        [...own, 'bash', '-c', script, other.path],
        { cwd: '/', env },
      ).ended;
      expect(stdout, stderr).to.match(
        /^begin: 0\nfault: 0\nrecorded\nNo fault is live\.\nlist: 0\n/,
      );
      expect(stdout, stderr).to.match(/^list: 0\nroom: 0\nreset: 0\nalone\n$/m);
      const lines = readFileSync(join(other.path, 'journal'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const [injecting, recovered] = ['fault.injecting', 'fault.recovered'].map((type) =>
        lines.find((line) => line.type === type),
      );
      expect(recovered).to.include({ fault: 'f1', outcome: 'verified' });
      expect(
        Date.parse(recovered.at) - Date.parse(injecting.deadline),
        'milliseconds after the limit',
      ).to.be.below(20_000);
    } finally {
      if (existsSync(other.path)) await other.cleanup();
    }
  });

  it('is as good as its word: the limit is kept within a moment', async () => {
    await expectExit(0, inject('pause', 'web-1', '--duration', '2s'), at());
    await until('the recovery', () => isRecovered(folder.path, 'f1'));
    const lateMs = timeOf('fault.recovering', 'f1') - timeOf('fault.injecting', 'f1') - 2000;
    expect(lateMs, 'never early').to.be.at.least(-5);
  });
});
