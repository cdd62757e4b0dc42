/** The standby of a watchdog: either of the two may be killed at any time, and a limit holds. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  events,
  expectExit,
  type Folder,
  gameday,
  makeFolder,
  processStory,
  until,
} from './cli.ts';
import {
  expectWholeJournal,
  isRecovered,
  isRunning,
  killWatchdog,
  logOf,
  standbyPid,
  watchdogPid,
} from './watchdog.ts';

const CHAPTERS = '  - { title: One }\n  - { title: Two }';
/** As much as a standby may take. */
const MOST_KB = 40_000;
const PAUSE = ['fault', 'inject', 'pause', 'web-1', '--countdown', '0', '--duration'];

describe('standby of the watchdog', function () {
  this.timeout(60_000);
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const list = (...flags: string[]) => gameday(['fault', 'list', '--json', ...flags], at());

  beforeEach(async function () {
    if (process.platform !== 'linux') this.skip();
    folder = makeFolder({ 'gameday.yaml': await processStory(CHAPTERS) });
    await expectExit(0, ['chapter', 'next'], at());
  });
  afterEach(async () => {
    if (!folder) return;
    await killWatchdog(folder.path);
    await folder.cleanup();
  });

  it('takes its place when it is killed, has one itself, and the limit holds with no command; in the end both are gone', async () => {
    await expectExit(0, [...PAUSE, '5s'], at());
    const first = watchdogPid(folder.path) as number;
    const standby = standbyPid(folder.path) as number;
    const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${standby}/status`, 'utf8')) ?? [];
    expect(Number(kb), 'memory of the standby in kB').to.be.within(1, MOST_KB);
    process.kill(first, 'SIGKILL');
    await until('the standby in its place', () => watchdogPid(folder.path) === standby);
    await until('another standby', () => standbyPid(folder.path) !== null);
    expect(standbyPid(folder.path)).to.not.be.oneOf([first, standby]);
    expect((await list('--exit-code')).code).to.equal(0);
    await until('the recovery', () => isRecovered(folder.path, 'f1'));
    const recovered = events(folder.path).find(({ type }) => type === 'fault.recovered');
    const { deadline } = events(folder.path).find(({ type }) => type === 'fault.injecting');
    expect(Date.parse(recovered?.at ?? '') - Date.parse(deadline)).to.be.within(0, 5000);
    expectWholeJournal(folder.path);
    expect(logOf(folder.path)).to.include('takes the place of one that was killed');
    const last = standbyPid(folder.path);
    await until('the end of both', () => !isRunning(standby) && !isRunning(last));
  });

  it('is replaced when it is killed itself, and ends with a watchdog that is told to end', async () => {
    await expectExit(0, [...PAUSE, '5m'], at());
    const pid = watchdogPid(folder.path) as number;
    const first = standbyPid(folder.path) as number;
    process.kill(first, 'SIGKILL');
    const another = () => ![first, null].includes(standbyPid(folder.path));
    await until('another standby', another);
    const second = standbyPid(folder.path);
    expect(watchdogPid(folder.path), 'the same watchdog').to.equal(pid);
    expect(isRunning(pid) && isRunning(second)).to.equal(true);
    process.kill(pid, 'SIGTERM');
    await until('the end of both', () => !isRunning(pid) && !isRunning(second));
    expect(watchdogPid(folder.path), 'nobody took its place').to.equal(pid);
  });

  it('with both gone, a monitor sees it by the exit code of `fault list`, and the next command begins them again', async () => {
    await expectExit(0, [...PAUSE, '5m'], at());
    expect((await list('--exit-code')).code).to.equal(0);
    await killWatchdog(folder.path);
    const told = await list('--exit-code');
    expect(told.code).to.equal(4);
    expect(told.json).to.deep.include({ watchdog: 'gone', unguarded: ['f1'], overdue: [] });
    expect((await list()).code, 'without the flag').to.equal(0);
    const next = await expectExit(0, ['chapter', 'next'], at());
    expect(next.stderr).to.include('The watchdog of this run was gone; it runs again.');
    expect((await list('--exit-code')).code).to.equal(0);
    expect(isRunning(standbyPid(folder.path))).to.equal(true);
  });
});
