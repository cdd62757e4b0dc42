/** `workload start --foreground`: load, watchdog and command are one process, and nothing is left when it ends, nor when it is killed. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
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
  type Started,
  start,
  until,
} from './cli.ts';
import {
  expectCountedOnce,
  expectWholeJournal,
  isRecovered,
  isRunning,
  killWatchdog,
  logOf,
  standbyPid,
  watchdogPid,
  windowsOf,
} from './watchdog.ts';

const FOREGROUND = ['workload', 'start', '--foreground'];
const inject = (...args: string[]) => ['fault', 'inject', ...args, '--countdown', '0'];

/** Processes of this folder's run that are a watchdog and nothing else, or a standby; Linux alone can tell. */
function detached(folder: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      return /^\d+$/.test(name) && words.includes('watchdog-main') && words.includes(folder)
        ? Number(name)
        : [];
    } catch {
      return [];
    }
  });
}

describe('workload start --foreground', function () {
  this.timeout(90_000);
  let folder: Folder;
  let server: HttpServer;
  let running: Started | null = null;
  const at = () => ({ cwd: folder.path });
  const isMeasuring = () => until('the first windows', () => windowsOf(folder.path).length > 12);
  const begin = async (...args: string[]) => {
    running = start([...FOREGROUND, ...args], at());
    await until('the load to be measured', () => /ops\/s .*failed/.test(running?.output() ?? ''));
    return running;
  };

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  beforeEach(async () => {
    server = await startHttpServer();
    const workload = `workload: { kind: http, url: "${server.url}", rate: 40/s }`;
    folder = makeFolder({
      'gameday.yaml': await processStory('  - { title: One }\n  - { title: Two }', workload),
    });
  });
  afterEach(async () => {
    await killWatchdog(folder.path);
    running?.child.kill('SIGKILL');
    await running?.ended;
    running = null;
    await folder.cleanup();
    await server.close();
  });

  it('measures until it is stopped from another shell, recovers what others inject, and leaves no process', async () => {
    const { ended, output, child } = await begin();
    expect(watchdogPid(folder.path), 'the watchdog is the command itself').to.equal(child.pid);
    await expectExit(0, inject('pause', 'web-1', '--duration', '1s'), at());
    await until('the recovery', () => isRecovered(folder.path, 'f1'));
    expect(events(folder.path).find((event) => event.type === 'fault.recovering')).to.include({
      by: 'watchdog',
    });
    expect(pids(folder.path)['web-1']).to.be.above(0);
    await expectExit(0, ['workload', 'stop', '--wait'], at());
    const done = await ended;
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stdout).to.match(
      /^http workload: \d+ operations in .* 0 failed.*; it was stopped from another shell\.\n$/,
    );
    expect(output()).to.match(/f1: its time is up\n[\s\S]*f1: recovered/);
    expect(detached(folder.path)).to.deep.equal([]);
    expectWholeJournal(folder.path);
    expectCountedOnce(windowsOf(folder.path), server.seen);
    expect(logOf(folder.path).match(/watches run/g), 'one watchdog in all').to.have.length(1);
  });

  it('ends after --for, with one object on stdout under --json', async () => {
    const done = await gameday([...FOREGROUND, '--for', '2s', '--json'], at());
    expect(done.code, done.stderr + done.stdout).to.equal(0);
    expect(done.stderr).to.equal('');
    expect(done.json).to.include({ run: 'r1', ended: 'its time was over' });
    expect(done.json.measured).to.include({ failed: 0 });
    const counted = windowsOf(folder.path).reduce((sum, { ok }) => sum + ok, 0);
    expect(done.json.measured.ok, 'the figures are those of the samples')
      .to.equal(counted)
      .and.be.within(41, 140); // 80 in 2 s, 200 if the time counted from when the start was recorded.
    expect(events(folder.path).at(-1)).to.include({
      type: 'workload.stopped',
      reason: 'its time was over',
    });
    expect(detached(folder.path)).to.deep.equal([]);
  });

  for (const [name, flags] of [
    ['--for', ['--for', '12s']],
    ['a stop', ['--for', '30s']],
  ] as const) {
    it(`guards after ${name} what is still live, and ends when that is recovered`, async () => {
      const { ended, output } = await begin(...flags);
      await expectExit(0, inject('pause', 'web-1', '--duration', '14s'), at());
      if (name === 'a stop') await expectExit(0, ['workload', 'stop'], at());
      await until('the end of the load', () =>
        events(folder.path).some(({ type }) => type === 'workload.stopped'),
      );
      await until('a word of it', () => /The load has ended; f1 still guarded/.test(output()));
      expect(isRecovered(folder.path, 'f1')).to.equal(false);
      const done = await ended;
      expect(done.code, done.stderr).to.equal(0);
      expect(done.stderr.match(/still guarded/g), 'said once').to.have.length(1);
      expect(done.stdout).to.include(
        name === 'a stop' ? 'it was stopped from another shell' : 'its time was over',
      );
      expect(isRecovered(folder.path, 'f1')).to.equal(true);
      expect(pids(folder.path)['web-1']).to.be.above(0);
    });
  }

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`on ${signal}: what it guards is undone and recorded, the load stopped, the figures said`, async () => {
      const { child, ended } = await begin();
      await expectExit(0, inject('pause', 'web-1', '--duration', '10m'), at());
      await expectExit(0, inject('pause', 'web-2'), at());
      child.kill(signal);
      const done = await ended;
      expect(done.code, done.stderr).to.equal(code);
      expect(done.stderr).to.include(`Ended by ${signal}.`);
      expect(done.stdout).to.match(
        new RegExp(`^http workload: \\d+ operations .*; ended by ${signal}\\.\\n$`),
      );
      expect(isRecovered(folder.path, 'f1'), 'with a limit').to.equal(true);
      expect(isRecovered(folder.path, 'f2'), 'without one').to.equal(false);
      expect(pids(folder.path)['web-1']).to.be.above(0);
      expect(pids(folder.path)['web-2']).to.be.below(0);
      expect(events(folder.path).find(({ type }) => type === 'workload.stopped')).to.include({
        reason: `ended by ${signal}`,
      });
      expect(detached(folder.path)).to.deep.equal([]);
      expectWholeJournal(folder.path);
    });
  }

  it('ends with the run', async () => {
    const { ended } = await begin();
    await expectExit(0, ['chapter', 'reset'], at());
    const done = await ended;
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stdout).to.include('operations in');
    expect(detached(folder.path)).to.deep.equal([]);
  });

  it('is refused where a watchdog in the background has something to do, and waits for one that has not', async () => {
    await expectExit(0, ['workload', 'start'], at());
    const refused = refusalOf(await expectExit(4, [...FOREGROUND, '--json'], at()));
    expect(refused).to.include({ code: 'watchdog_runs' });
    expect(refused.message)
      .to.include(`pid ${watchdogPid(folder.path)}`)
      .and.include('measures the workload');
    expect(refused.next).to.include('workload stop');
    await expectExit(0, ['workload', 'stop'], at());
    await expectExit(0, inject('pause', 'web-1', '--duration', '10m'), at());
    expect((await expectExit(4, [...FOREGROUND], at())).stderr).to.match(
      /guards f1[\s\S]*fault recover/,
    );
    await expectExit(0, ['fault', 'recover'], at());
    const before = watchdogPid(folder.path);
    const { child } = await begin();
    expect(watchdogPid(folder.path)).to.equal(child.pid).and.not.equal(before);
    expect(logOf(folder.path)).to.match(
      /watches run r1\n[\s\S]*ended: nothing is live[\s\S]*watches run r1/,
    );
  });

  const ends = () => events(folder.path).filter(({ type }) => type === 'workload.stopped');
  const GONE = 'the command that carried it was gone';

  it('killed by SIGKILL: its standby ends the load in the journal, keeps the limit, and ends', async () => {
    const { child, ended } = await begin();
    await expectExit(0, inject('pause', 'web-1', '--duration', '6s'), at());
    const standby = standbyPid(folder.path);
    expect(isRunning(standby), 'a standby').to.equal(true);
    child.kill('SIGKILL');
    await ended;
    const { seen } = server;
    await until('the standby in its place', () => watchdogPid(folder.path) === standby);
    await until('the end of the load in the journal', () => ends().length > 0);
    expect(ends()[0]).to.include({ reason: GONE });
    expect(isRecovered(folder.path, 'f1'), 'before its time').to.equal(false);
    await until('the recovery', () => isRecovered(folder.path, 'f1'));
    const first = (type: string) => events(folder.path).find((event) => event.type === type);
    const lateMs =
      Date.parse(first('fault.recovered')?.at) - Date.parse(first('fault.injecting')?.deadline);
    expect(lateMs, 'milliseconds after its limit').to.be.within(0, 5000);
    expect(pids(folder.path)['web-1']).to.be.above(0);
    await until('the end of all of them', () => detached(folder.path).length === 0);
    expect(server.seen - seen, 'operations after the kill').to.be.at.most(1);
    expect(ends(), 'once').to.have.length(1);
    expectWholeJournal(folder.path);
  });

  it('killed together with its standby: the next command ends the load in the journal, and begins its own', async () => {
    await begin();
    await killWatchdog(folder.path);
    await running?.ended;
    const done = await gameday([...FOREGROUND, '--for', '2s'], at());
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stdout).to.include('its time was over');
    expect(ends().map(({ reason }) => reason)).to.deep.equal([GONE, 'its time was over']);
    expect(detached(folder.path)).to.deep.equal([]);
    expectWholeJournal(folder.path);
  });

  it('takes the place of a watchdog that was killed', async () => {
    await expectExit(0, ['workload', 'start'], at());
    await expectExit(0, inject('pause', 'web-1', '--duration', '8s'), at());
    await killWatchdog(folder.path);
    const { child } = await begin();
    expect(watchdogPid(folder.path)).to.equal(child.pid);
    await until('the recovery', () => isRecovered(folder.path, 'f1'));
    expectCountedOnce(windowsOf(folder.path), server.seen);
    await isMeasuring();
  });
});
