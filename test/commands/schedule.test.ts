/** Faults that come again and again, on real processes: kept by the watchdog, also when that is killed in the middle of it. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  events,
  expectExit,
  type Folder,
  makeFolder,
  pids,
  processStory,
  startUntil,
  until,
} from './cli.ts';
import { expectWholeJournal, killWatchdog, standbyPid, watchdogPid } from './watchdog.ts';

const SOAK = `
  - title: Soak
    blocks_advance: true
    hypothesis: [ { recovers_within: 5s }, { only: [web] } ]
    on_enter:
      - inject: { kind: pause, service: web, countdown: 0s, repeat: { every: 1200ms ± 100ms, for: 6s } }
  - { title: Over }
`;

const NEXT = ['chapter', 'next', '--wait'];

describe('a fault that comes again and again', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const of = (type: string) => events(folder.path).filter((event) => event.type === type);
  /** A frozen one has a minus in front. */
  const expectAllRun = () => {
    const all = Object.values(pids(folder.path));
    expect(all).to.have.length(4);
    for (const pid of all) expect(pid).to.be.above(0);
  };
  const turns = () => of('fault.injecting').length;
  /** Each fault of the schedule is over before the next begins, and the next hits another one. */
  const expectNeverTwo = () => {
    const hit = of('fault.injecting').filter(({ schedule }) => schedule === 's1');
    const over = of('fault.recovered');
    for (const [index, { fault, effects }] of hit.slice(0, -1).entries()) {
      const next = hit[index + 1];
      expect(over.find((event) => event.fault === fault)?.seq, fault).to.be.below(next.seq);
      expect(next.effects[0].target.number).not.to.equal(effects[0].target.number);
    }
  };
  const inject = (...args: string[]) =>
    expectExit(0, ['fault', 'inject', 'pause', 'web', '--countdown', '0', ...args], at());

  beforeEach(async () => {
    folder = makeFolder({ 'gameday.yaml': await processStory(SOAK) });
  });
  afterEach(() => folder?.cleanup());

  it('goes on after its watchdog was killed, by the standby, then with the next command, and a recovery ends it', async () => {
    const begun = await inject('--every', '1500ms', '--for', '10m', '--seed', '5');
    expect(begun.stdout).to.match(
      /Ends by itself after 7[45]\dms\.\ns1: pause web every 1\.5s for 10m: /,
    );
    expect(begun.stdout).to.include('fault recover s1` ends it');
    await until('the second turn', () => turns() >= 2);
    const { json } = await expectExit(0, ['fault', 'list', '--json'], at());
    expect(json.schedules).to.have.length(1);
    expect(json.schedules[0]).to.deep.include({ id: 's1', every_ms: 1500, ended: null });
    const standby = standbyPid(folder.path);
    process.kill(watchdogPid(folder.path) as number, 'SIGKILL');
    await until('the standby in its place', () => watchdogPid(folder.path) === standby);
    const before = turns();
    await until('another turn, with no command', () => turns() > before);
    const dead = watchdogPid(folder.path);
    await killWatchdog(folder.path);
    const left = turns();
    const gone = await expectExit(0, ['fault', 'list'], at());
    expect(gone.stdout).to.match(/s1: pause web every 1\.5s for 10m {2}\d+ turns/);
    expect(gone.stdout).to.include('The watchdog of this run is gone');
    const next = await expectExit(
      0,
      ['fault', 'inject', 'pause', 'keeper', '--countdown', '0', '--duration', '500ms', '--force'],
      at(),
    );
    expect(next.stderr).to.match(/The watchdog of this run was gone; it runs again\. s1: the next/);
    await until('another turn', () => turns() > left + 1);
    expect(watchdogPid(folder.path)).not.to.equal(dead);
    const { stdout } = await expectExit(0, ['fault', 'recover', 's1'], at());
    expect(stdout).to.match(/The schedule s1 has ended\. s1: \d+ × pause at \d+ turns over /);
    expect(of('schedule.ended')).to.have.length(1);
    expect(of('schedule.ended')[0]).to.include({ because: 'recovered', by: 'command' });
    expectNeverTwo();
    expectWholeJournal(folder.path);
    const listed = (await expectExit(0, ['fault', 'list', '--all', '--json'], at())).json;
    expect(listed.schedules[0].verdict).to.match(/; all recovered, the slowest in /);
    await expectExit(0, ['fault', 'recover'], at());
    expectAllRun();
  });

  it('is ended by a halt', async () => {
    await inject('--every', '1500ms', '--for', '10m');
    const { stdout } = await expectExit(0, ['fault', 'halt'], at());
    expect(stdout).to.include('The schedule s1 has ended.');
    expect(of('schedule.ended')[0]).to.include({ because: 'halted' });
    expectAllRun();
  });

  it('is refused where its faults would overlap, and where the first hits nothing', async () => {
    const [wrong, nothing] = await Promise.all([
      expectExit(
        2,
        ['fault', 'inject', 'pause', 'web', '--every', '2s±1s', '--for', '9s', '--duration', '1s'],
        at(),
      ),
      expectExit(5, ['fault', 'inject', 'pause', 'webb', '--every', '2s', '--for', '9s'], at()),
    ]);
    expect(wrong.stderr).to.include('its duration must be shorter');
    expect(nothing.stderr).to.include('No service is called "webb"');
    const { json } = await expectExit(0, ['fault', 'list', '--all', '--json'], at());
    expect(json.schedules).to.deep.equal([]);
  });

  it('keeps its chapter blocked: `chapter next` is refused, with --wait it waits and holds nothing, and Ctrl-C ends the waiting alone', async () => {
    folder.write('gameday.yaml', await processStory(SOAK.replace('for: 6s', 'for: 20s')));
    await expectExit(0, ['chapter', 'next'], at());
    await expectExit(4, ['chapter', 'next'], at());
    const waiting = await startUntil(/Waiting until the schedule s1/, NEXT, at());
    const taken = turns();
    await until('another turn', () => turns() > taken);
    waiting.child.kill('SIGINT');
    expect((await waiting.ended).code).to.equal(130);
    const { json } = await expectExit(0, ['fault', 'list', '--json'], at());
    expect(json.schedules[0]).to.include({ id: 's1', ended: null });
    const { stdout } = await expectExit(0, NEXT, at());
    expect(stdout).to.include('[2/2] Over');
    expect(of('schedule.ended')[0]).to.include({ because: 'time' });
    expect(of('fault.recovered')).to.have.length(turns());
  });

  it('is waited for by `chapter play`, which ends with what the chapter expected of all of them', async () => {
    const { stdout, stderr } = await expectExit(
      0,
      ['chapter', 'play', '--auto', '--pause', '0'],
      at(),
    );
    expect(stderr).to.match(/Waiting until the schedule s1 is over: /);
    expect(stdout).to.include('[2/2] Over');
    const all = events(folder.path);
    const faults = all.filter(({ type }) => type === 'fault.injecting');
    expect(faults.length).to.be.within(2, 6);
    const types = all.map(({ type }) => type);
    expect(types.lastIndexOf('chapter.entering')).to.be.above(types.indexOf('schedule.ended'));
    const [checked] = all.filter(({ type }) => type === 'hypothesis.checked');
    const [recovers, only] = checked.items;
    expect(recovers).to.deep.include({ expect: 'recovers_within', state: 'met' });
    // On a machine that is held up the instances may not have been looked at all the time.
    expect(only.state).not.to.equal('deviated');
  });
});
