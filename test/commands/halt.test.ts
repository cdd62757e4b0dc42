/** `fault halt` and `fault resume` on real processes: from another shell, while a command holds the run, by hand, and through crashes. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  events,
  expectExit,
  type Folder,
  makeFolder,
  pids,
  processStory,
  start,
  startUntil,
  until,
} from './cli.ts';

const NOW = ['--countdown', '0'];
const inject = (...args: string[]) => ['fault', 'inject', ...args];
const CHAPTERS = `
  - { title: Break, on_enter: [ { inject: { kind: pause, service: web-2, countdown: 0s } }, { wait: 10m } ] }
  - { title: Next }
`;

describe('fault halt', () => {
  let folder: Folder;
  let whole: Record<string, number>;
  const at = () => ({ cwd: folder.path });
  const halt = () => join(folder.path, '.gameday', 'HALT');
  const of = (type: string) => events(folder.path).filter((event) => event.type === type);
  const isWhole = () => JSON.stringify(pids(folder.path)) === JSON.stringify(whole);

  beforeEach(async () => {
    folder = makeFolder({ 'gameday.yaml': await processStory(CHAPTERS) });
    await expectExit(0, inject('pause', 'keeper', ...NOW), at());
    await expectExit(0, ['fault', 'recover'], at());
    whole = pids(folder.path);
    expect(whole).to.have.all.keys('keeper-1', 'web-1', 'web-2', 'web-3');
  });
  afterEach(async () => {
    rmSync(halt(), { recursive: true, force: true });
    await folder.cleanup();
  });

  it('recovers everything while another shell counts down, and refuses until `fault resume`', async () => {
    await expectExit(0, inject('pause', 'web-2', ...NOW), at());
    const counting = await startUntil(
      /Injecting fault in/,
      inject('kill', 'web-1', '--countdown', '50s'),
      at(),
    );
    const { json } = await expectExit(
      0,
      ['fault', 'halt', '--reason', 'customers are calling', '--json'],
      at(),
    );
    expect(json.halted.reason).to.equal('customers are calling');
    expect(json.live_faults).to.deep.equal([]);
    expect(json.faults.map(({ id, outcome }: any) => [id, outcome])).to.deep.equal([
      ['f2', 'verified'],
    ]);
    expect(isWhole(), 'nobody was killed, and nobody is frozen').to.equal(true);
    const ended = await counting.ended;
    expect(ended.code).to.equal(4);
    expect(ended.stderr).to.match(/Countdown cancelled: nothing was changed/);
    expect(ended.stderr).to.match(/Halted by \S+ since 20\S+: customers are calling\./);

    for (const refused of [
      inject('kill', 'web-1', ...NOW),
      inject('kill', 'web-1', '--dry-run'),
      ['chapter', 'next'],
      ['chapter', 'next', '--dry-run'],
    ])
      await expectExit(4, refused, at());
    const { error } = (await expectExit(4, [...inject('kill', 'web-1'), '--json'], at())).json;
    expect(error).to.include({ code: 'halted', next: 'fault resume' });
    expect(error.message).to.include(`since ${json.halted.since}`);
    expect(isWhole()).to.equal(true);
    expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.match(
      /No fault is live\.\nHalted by .*customers are calling/,
    );
    const listed = (await expectExit(0, ['fault', 'list', '--json'], at())).json;
    expect(listed.halted).to.deep.equal(json.halted);

    const { resumed } = (await expectExit(0, ['fault', 'resume', '--json'], at())).json;
    expect(resumed).to.deep.equal(json.halted);
    expect((await expectExit(0, ['fault', 'resume'], at())).stdout).to.match(/Nothing was halted/);
    await expectExit(0, inject('pause', 'web-1', ...NOW), at());
    await expectExit(0, ['fault', 'recover'], at());
  });

  it('ends a chapter that waits, and what it broke', async () => {
    const chapter = start(['chapter', 'next'], at());
    await until('the fault', () => of('fault.injected').length === 2);
    expect((await expectExit(0, ['fault', 'halt'], at())).stdout).to.match(/f2 recovered/);
    expect((await chapter.ended).code).to.equal(4);
    expect(isWhole()).to.equal(true);
    expect(of('chapter.failed')[0]).to.include({ code: 'halted' });
    expect(of('run.halted')).to.have.length(1);
  });

  it('undoes at once what is broken also where the holder of the run is stopped, and calls it not proven', async () => {
    await expectExit(0, inject('pause', 'web-2', ...NOW), at());
    const stopped = await startUntil(
      /Injecting fault in/,
      inject('kill', 'web-1', '--countdown', '50s'),
      at(),
    );
    stopped.child.kill('SIGSTOP');
    try {
      const { error } = (await expectExit(9, ['fault', 'halt', '--within', '2s', '--json'], at()))
        .json;
      expect(error.code).to.equal('not_verified');
      expect(error.message).to.match(/everything was undone.* has held the run/);
      expect(isWhole()).to.equal(true);
    } finally {
      stopped.child.kill('SIGCONT');
    }
    expect((await stopped.ended).code).to.equal(4);
    expect(isWhole(), 'it injects nothing when it goes on').to.equal(true);
    expect((await expectExit(0, ['fault', 'list', '--json'], at())).json.faults).to.deep.equal([]);
  });

  it('by a file HALT that anybody made: the watchdog ends what it guards, without a command', async () => {
    await expectExit(0, inject('pause', 'web-2', '--duration', '10m', ...NOW), at());
    await expectExit(0, inject('pause', 'web-3', ...NOW), at());
    writeFileSync(halt(), '');
    await until('the watchdog to end both', () => of('fault.recovered').length === 3);
    expect(isWhole()).to.equal(true);
    expect(of('run.halted')[0]).to.deep.include({ by: 'watchdog', faults: ['f3', 'f2'] });
    const { error } = (await expectExit(4, [...inject('kill', 'web-1'), '--json'], at())).json;
    expect(error.code).to.equal('halted');
    expect(error.message).to.match(/^Halted by \S+ \(uid \d+\) since 20/);
    await expectExit(0, ['fault', 'resume'], at());
    expect(existsSync(halt())).to.equal(false);
  });

  it('that was killed as it began is finished by whatever comes next', async () => {
    await expectExit(0, inject('pause', 'web-2', ...NOW), at());
    const killed = start(['fault', 'halt'], at());
    await until('the file', () => existsSync(halt()));
    killed.child.kill('SIGKILL');
    await killed.ended;
    await expectExit(4, inject('kill', 'web-1', ...NOW), at());
    expect(isWhole()).to.equal(true);
    expect((await expectExit(0, ['fault', 'halt', '--json'], at())).json.live_faults).to.deep.equal(
      [],
    );
  });

  it('halts where nothing has begun, and nothing begins', async () => {
    const empty = makeFolder({ Procfile: 'web: sleep 600\n' });
    try {
      const there = { cwd: empty.path };
      await expectExit(0, ['fault', 'halt'], there);
      await expectExit(4, inject('kill', 'web', ...NOW), there);
      expect(existsSync(join(empty.path, '.gameday', 'runs'))).to.equal(false);
      expect(pids(empty.path)).to.deep.equal({});
      await expectExit(0, ['fault', 'resume'], there);
    } finally {
      await empty.cleanup();
    }
  });
});
