/** Signals at the points where a person presses Ctrl-C: before anything is broken, and while something is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { hasTmux, Terminal } from '../view/terminal.ts';
import {
  BIN,
  bash,
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

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const STORY = `
  - { title: Welcome }
  - title: Fault
    on_enter: [ { inject: { kind: kill, service: web-1, countdown: 50s } } ]
    blocks_advance: true
  - { title: Waits, on_enter: [ { inject: { kind: pause, service: web-2, countdown: 0s } }, { wait: 5m } ] }
`;

describe('a signal', () => {
  let folder: Folder;
  let whole: Record<string, number>;
  const at = () => ({ cwd: folder.path });
  const position = async () =>
    (await expectExit(0, ['chapter', 'list', '--json'], at())).json.current?.number ?? 0;

  before(async () => {
    folder = makeFolder({ 'gameday.yaml': await processStory(STORY) });
    await expectExit(0, ['chapter', 'next'], at());
    whole = pids(folder.path);
  });
  after(() => folder?.cleanup());

  for (const [signal, code] of Object.entries(CODES)) {
    it(`${signal} during the countdown of a chapter changes nothing, and ends with ${code}`, async () => {
      const running = await startUntil(/Injecting fault in 49/, ['chapter', 'next'], at());
      running.child.kill(signal as NodeJS.Signals);
      const ended = await running.ended;
      expect(ended.code, ended.stderr).to.equal(code);
      expect(ended.stdout).to.equal('');
      expect(ended.stderr)
        .to.include('Countdown cancelled: nothing was changed')
        .and.include(`Ended by ${signal}.`);
      expect(ended.stderr).not.to.include('Still live');
      expect(pids(folder.path)).to.deep.equal(whole);
      expect(await position(), 'no advance').to.equal(1);
      expect(events(folder.path).some((event) => event.type.startsWith('fault.'))).to.equal(false);
      expect(events(folder.path).at(-1).type).to.equal('chapter.cancelled');
    });
  }

  it('gives the same under --json, as one object', async () => {
    const before = events(folder.path).length;
    const running = start(['fault', 'inject', 'kill', 'web', '--countdown', '50s', '--json'], at());
    await until('the lock', () =>
      readFileSync(join(folder.path, '.gameday/holder.json'), 'utf8').includes('fault inject'),
    );
    running.child.kill('SIGTERM');
    const ended = await running.ended;
    expect(ended.code).to.equal(143);
    expect(ended.json).to.deep.equal({
      error: { code: 'terminated', message: 'Ended by SIGTERM.', next: 'fault list', exit: 143 },
    });
    expect(ended.stderr).to.equal('');
    expect(events(folder.path)).to.have.length(before);
    expect(pids(folder.path)).to.deep.equal(whole);
  });

  it('stops `chapter play` between chapters, and the same command goes on from there', async () => {
    const own = makeFolder({
      'gameday.yaml': await processStory('  - { title: One }\n  - { title: Two }\n'),
    });
    try {
      const running = await startUntil(/\[1\/2\] One/, ['chapter', 'play', '--pause', '5m'], {
        cwd: own.path,
      });
      await until('the chapter to be entered', () =>
        events(own.path).some((event) => event.type === 'chapter.entered'),
      );
      await until(
        'the lock to be free',
        () => readFileSync(join(own.path, '.gameday/holder.json'), 'utf8').trim() === '',
      );
      running.child.kill('SIGINT');
      expect((await running.ended).code).to.equal(130);
      expect(
        (await expectExit(0, ['chapter', 'play', '--pause', '0s'], { cwd: own.path })).stdout,
      ).to.match(/^\[2\/2\] Two/);
    } finally {
      await own.cleanup();
    }
  });

  it('during the wait of a recovery names what is still live', async () => {
    // A frozen neighbour cannot keep it waiting; a target whose health check fails can.
    const story = (await processStory('  - { title: Only }\n')).replace(
      'replicas: 3,',
      'replicas: 3, env: { BEHAVIOUR: well },',
    );
    const sick = makeFolder({ 'gameday.yaml': story });
    const cwd = { cwd: sick.path };
    try {
      await expectExit(0, ['fault', 'inject', 'kill', 'web-1', '--countdown', '0'], cwd);
      sick.write('gameday.yaml', story.replace('BEHAVIOUR: well', 'BEHAVIOUR: sick'));
      for (const [signal, code] of Object.entries(CODES)) {
        const running = await startUntil(/waiting/, ['fault', 'recover', '--within', '5m'], cwd);
        running.child.kill(signal as NodeJS.Signals);
        const ended = await running.ended;
        expect(ended.code, ended.stderr).to.equal(code);
        expect(ended.stderr)
          .to.match(/f1 is still live\n[\s\S]*Ended by/)
          .and.match(/Still live: f1: kill web-1\. Recover with `gameday fault recover`\./);
        expect((await expectExit(0, ['fault', 'list', '--json'], cwd)).json.faults).to.have.length(
          1,
        );
      }
      const { error } = (await expectExit(9, ['fault', 'recover', '--within', '1s', '--json'], cwd))
        .json;
      expect(error).to.include({ code: 'not_verified' });
      expect(error.live).to.deep.equal(['f1: kill web-1']);
      await expectExit(0, ['fault', 'recover', '--close', 'the test is over'], cwd);
    } finally {
      await sick.cleanup();
    }
  });
});

describe('a signal in the middle of a chapter that broke something', () => {
  it('names it, keeps the place, and the second signal ends at once', async () => {
    const folder = makeFolder({ 'gameday.yaml': await processStory(STORY) });
    const at = { cwd: folder.path };
    try {
      await expectExit(0, ['chapter', 'next'], at);
      const first = await startUntil(/Injecting fault in 50/, ['chapter', 'next'], at);
      for (const signal of ['SIGINT', 'SIGTERM'] as const) first.child.kill(signal);
      expect((await first.ended).code, 'whichever comes first').to.be.oneOf([130, 143]);
      await expectExit(0, ['chapter', 'next', '--countdown', '0'], at);
      const running = await startUntil(/• wait 5m/, ['chapter', 'next'], at);
      running.child.kill('SIGTERM');
      const ended = await running.ended;
      expect(ended.code, ended.stderr).to.equal(143);
      expect(ended.stderr).to.match(
        /Still live: f1: kill web-1, f2: pause web-2\. Recover with `gameday fault recover`\./,
      );
      const { current } = (await expectExit(0, ['chapter', 'list', '--json'], at)).json;
      expect(current).to.include({ number: 3, phase: 'failed' });
      await expectExit(0, ['fault', 'recover'], at);
      expect(Object.values(pids(folder.path)).filter((pid) => pid > 0)).to.have.length(4);
    } finally {
      await folder.cleanup();
    }
  });
});

describe('a countdown', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });

  before(() => {
    folder = makeFolder({ Procfile: 'web: sleep 600\n' });
  });
  after(() => folder?.cleanup());

  it('is not lost with stderr: it lasts as long, and can be cancelled', async () => {
    const begun = performance.now();
    const ended = await bash('gameday fault inject pause web --countdown 2s 2>&-', at());
    expect(ended.code, ended.stderr).to.equal(0);
    expect(performance.now() - begun).to.be.above(2000);
    await expectExit(0, ['fault', 'recover'], at());
    const holder = join(folder.path, '.gameday/holder.json');
    const running = bash(
      'gameday fault inject pause web --countdown 50s 2>&-; echo "ended with $?"',
      at(),
    );
    await until('the lock', () => readFileSync(holder, 'utf8').includes('fault inject'));
    process.kill(JSON.parse(readFileSync(holder, 'utf8')).pid, 'SIGINT');
    expect((await running).stdout).to.equal('ended with 130\n');
    expect((await expectExit(0, ['fault', 'list', '--json'], at())).json.faults).to.deep.equal([]);
  });

  it('is cancelled by Ctrl-C in a real terminal, which then shows that nothing was changed', async function () {
    if (!hasTmux) return this.skip();
    const terminal = new Terminal();
    try {
      const whole = pids(folder.path);
      await terminal.start(
        `cd '${folder.path}'; '${process.execPath}' '${BIN}' fault inject kill web --countdown 50s`,
        { columns: 110, rows: 30 },
      );
      await terminal.until(/Injecting fault in 49/);
      await terminal.press('C-c');
      const screen = await terminal.ended();
      expect(screen)
        .to.match(/ended with 130$/)
        .and.include('Countdown cancelled: nothing was changed');
      expect(await terminal.cursorIsVisible()).to.equal(true);
      expect(pids(folder.path)).to.deep.equal(whole);
    } finally {
      await terminal.close();
    }
  });

  it('in a real terminal ends with the kill, and Ctrl-C while it is asked whether to changes nothing', async function () {
    if (!hasTmux) return this.skip();
    const terminal = new Terminal();
    try {
      const whole = pids(folder.path);
      const gameday = `'${process.execPath}' '${BIN}'`;
      await terminal.start(
        `cd '${folder.path}'; ${gameday} fault inject kill web --all --overrule last_healthy --countdown 0; ${gameday} fault inject kill web --countdown 1s`,
        {
          columns: 110,
          rows: 30,
        },
      );
      await terminal.until(/Kill web-1 of [^ ]+\? \[y\/N\]/);
      expect(pids(folder.path)).to.deep.equal(whole);
      await terminal.press('C-c');
      const screen = await terminal.ended();
      expect(screen)
        .to.match(/Ended by SIGINT/)
        .and.match(/f\d: killed web-1 .*Recover with `gameday fault recover`/s);
      expect(pids(folder.path)).to.deep.equal({});
      await expectExit(0, ['fault', 'recover'], at());
    } finally {
      await terminal.close();
    }
  });
});
