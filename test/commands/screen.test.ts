/** The presenter's screen in a real terminal, with real keys, on the process engine. What is expected is what is seen. */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, before, describe, it } from 'mocha';
import { WHOLE_SCREEN } from '../../src/view/screen/terminal.ts';
import { hasTmux, Terminal } from '../view/terminal.ts';
import {
  BIN,
  events,
  expectExit,
  foldersOfATest,
  gameday,
  pids,
  processStory,
  start,
  startUntil,
  until,
} from './cli.ts';

const STORY = `
  - { title: One, narration: Hello everybody., notes: Smile. }
  - { title: Slow, on_enter: [ { wait: 2s } ], blocks_advance: true }
  - title: Break
    on_enter: [ { inject: { kind: kill, service: web, pick: random, countdown: 3s } } ]
    blocks_advance: true
  - { title: Mend, on_enter: [ { recover: all } ], auto_advance: true }
  - { title: Last }
`;
const WIDE = { columns: 80, rows: 24 };
/** Longer than keys are ignored after a move. */
const SETTLED_MS = 900;

describe('chapter play in a terminal', function () {
  this.timeout(90_000);
  const makeFolder = foldersOfATest();
  const terminals: Terminal[] = [];

  before(function () {
    if (!hasTmux) this.skip();
  });
  afterEach(async () => {
    for (const terminal of terminals.splice(0)) await terminal.close();
  });

  async function makeStory(): Promise<string> {
    return makeFolder({ 'gameday.yaml': await processStory(STORY) }).path;
  }

  const command = (cwd: string, args = '', node = '', id = 'chapter play') =>
    `cd '${cwd}'; stty -g > before; sh -c 'echo $$ > pid; exec "${process.execPath}" ${node} "${BIN}" ${id} ${args}'; code=$?; stty -g > after; (exit $code)`;

  async function open(
    cwd: string,
    args = '',
    size = WIDE,
    node = '',
    id = 'chapter play',
  ): Promise<Terminal> {
    const terminal = new Terminal();
    terminals.push(terminal);
    await terminal.start(command(cwd, args, node, id), size);
    return terminal;
  }

  /** Moves on by one chapter and waits until it is entered. */
  async function next(terminal: Terminal, title: RegExp): Promise<void> {
    await sleep(SETTLED_MS);
    await terminal.press('Space');
    await terminal.until(title);
  }

  const standsAt = async (cwd: string): Promise<number> =>
    (await expectExit(0, ['chapter', 'list', '--json'], { cwd })).json.current?.number ?? 0;
  const pidOf = (cwd: string) => Number(readFileSync(join(cwd, 'pid'), 'utf8'));

  async function expectGivenBack(terminal: Terminal, cwd: string): Promise<void> {
    expect(await terminal.isAlternate()).to.equal(false);
    expect(await terminal.cursorIsVisible()).to.equal(true);
    const settings = (name: string) => readFileSync(join(cwd, name), 'utf8');
    expect(settings('after')).to.equal(settings('before'));
  }

  it('enters a chapter a key, ignores keys while one blocks, and gives the terminal back', async () => {
    const cwd = await makeStory();
    const terminal = await open(cwd);
    expect(await terminal.until(/SPACE begins/)).to.match(/^ shop/m);
    expect(existsSync(join(cwd, '.gameday'))).to.equal(false);
    await next(terminal, /\[1\/5\] One\nHello everybody\./);
    await terminal.until(/no fault is live/);
    await next(terminal, /▶ wait 2s/);
    for (const key of ['Space', 'Enter', 'Right', 'b', 'q']) await terminal.press(key);
    await terminal.until(/"Slow" blocks until its actions have ended: this key was ignored/);
    await terminal.until(/✔ waited 2s/);
    await sleep(SETTLED_MS);
    expect(await standsAt(cwd)).to.equal(2);
    await terminal.press('p');
    await terminal.until(/Presenter's notes/);
    await terminal.press('?');
    await terminal.until(/go back one chapter, recovering its faults/);
    await terminal.press('q');
    const end = await terminal.ended();
    expect(end).to.match(/Run r1 stands at \[2\/5\] Slow/);
    expect(end).to.match(/No fault is live\.\nended with 0$/);
    await expectGivenBack(terminal, cwd);
  });

  it('asks before something is broken; a countdown is seen, cancelled, and changes nothing', async () => {
    const cwd = await makeStory();
    for (let count = 0; count < 2; count++) await expectExit(0, ['chapter', 'next'], { cwd });
    const before = pids(cwd);
    const terminal = await open(cwd);
    await terminal.until(/\[2\/5\] Slow/);
    await next(terminal, /"Break" breaks something: kill one random instance of web.*\n?.*Go on\?/);
    await terminal.press('Space');
    await terminal.until(/Nothing was done/);
    for (const cancel of ['Escape', 'C-c']) {
      await next(terminal, /Go on\?/);
      await terminal.press('y');
      await terminal.until(/In [123]s: kill web-\d {3}ESC cancels\n +█/);
      await terminal.press(cancel);
      await terminal.until(/Countdown cancelled: nothing was changed/);
      expect(await standsAt(cwd)).to.equal(2);
    }
    expect(events(cwd).filter(({ type }) => type.startsWith('fault.'))).to.deep.equal([]);
    expect(pids(cwd)).to.deep.equal(before);
    await sleep(100);
    await terminal.press('C-c');
    expect(await terminal.ended()).to.match(/Ended by Ctrl-C.*\n.*fault list.*\nended with 130$/);
    await expectGivenBack(terminal, cwd);
  });

  it('breaks, diagnoses, recovers, steps back; without a question where --yes is given', async () => {
    const cwd = await makeStory();
    for (let count = 0; count < 2; count++) await expectExit(0, ['chapter', 'next'], { cwd });
    const terminal = await open(cwd, '--yes --countdown 0');
    await terminal.until(/\[2\/5\] Slow/);
    await next(terminal, /LIVE f1: kill web-\d/);
    await terminal.until(/✖ web-\d +exited.* f1/);
    await terminal.press('d');
    await terminal.until(/Diagnosis(.*\n)+f1: kill web-\d +injected, live for/);
    await terminal.press('d');
    await sleep(SETTLED_MS);
    await terminal.press('r');
    await terminal.until(/f1 recovered in/);
    await terminal.until(/no fault is live/);
    await sleep(SETTLED_MS);
    await terminal.press('t');
    await terminal.until(/LIVE f2: kill/);
    await sleep(SETTLED_MS);
    await terminal.press('b');
    await terminal.until(/back from \[3\/5\] Break/);
    expect(await standsAt(cwd)).to.equal(2);
    await terminal.until(/no fault is live/);
    await sleep(SETTLED_MS);
    await terminal.press('Space');
    await terminal.until(/LIVE f3/);
    await terminal.until(/SPACE next/);
    await sleep(100);
    await terminal.press('q');
    expect(await terminal.ended()).to.match(
      /Still live: f3: kill web-\d\. Recover with `gameday fault recover`/,
    );
  });

  it('halts after one question, also in the midst of a countdown; nothing is injected then', async () => {
    const cwd = await makeStory();
    await expectExit(0, ['chapter', 'next'], { cwd });
    await expectExit(0, ['chapter', 'next'], { cwd });
    const terminal = await open(cwd);
    await terminal.until(/\[2\/5\] Slow/);
    await sleep(SETTLED_MS);
    await terminal.press('Space');
    await terminal.until(/Go on\? y: yes/);
    await terminal.press('y');
    await terminal.until(/ESC cancels/);
    await terminal.press('h');
    await terminal.until(/Halt: recover everything at once/);
    await terminal.press('y');
    await terminal.until(/Halted: no fault is live/);
    expect(existsSync(join(cwd, '.gameday', 'HALT'))).to.equal(true);
    await sleep(4000);
    expect(events(cwd).map(({ type }) => type)).not.to.include('fault.injecting');
    // The sign stays when the message goes.
    await terminal.press('?');
    const sign = /^ shop.*\nHALTED: nothing is injected until `gameday fault resume`\. By/;
    expect(await terminal.until(/── Keys/))
      .to.match(sign)
      .and.not.include('Halted: no fault');
    await terminal.press('q');
    await terminal.ended();
    expect((await gameday(['fault', 'inject', 'kill', 'web', '--yes'], { cwd })).code).to.equal(4);
    await expectExit(0, ['fault', 'resume'], { cwd });
    await expectExit(0, ['chapter', 'next'], { cwd });
    const again = await open(cwd, '--yes');
    await again.until(/LIVE f1: kill web/);
    await again.press('h');
    await again.until(/Halted: no fault is live/);
    await again.until(sign);
    await expectExit(0, ['fault', 'resume'], { cwd });
    await again.until(/^ shop.*\n── Chapter/);
    expect(events(cwd).map(({ type }) => type)).to.include.members([
      'run.halted',
      'fault.recovered',
    ]);
    await again.press('q');
    await again.ended();
  });

  it('a note is written while another command holds the run, and is seen', async () => {
    const cwd = await makeStory();
    await expectExit(0, ['chapter', 'next'], { cwd });
    const terminal = await open(cwd);
    await terminal.until(/\[1\/5\] One/);
    const other = await startUntil(/wait 2s/i, ['chapter', 'next'], { cwd });
    await terminal.press('n');
    await terminal.until(/Note \(ENTER writes it/);
    await terminal.press('pager went off 全');
    await terminal.press('Enter');
    await terminal.until(/✎ \S+: pager went off 全/);
    expect(other.child.exitCode).to.equal(null);
    await other.ended;
    await expectExit(0, ['story', 'note', 'from elsewhere', '--author', 'ann'], { cwd });
    await terminal.until(/✎ ann: from elsewhere/);
    const { json } = await expectExit(0, ['chapter', 'list', '--json'], { cwd });
    expect(json.notes.map(({ text }: any) => text)).to.deep.equal([
      'pager went off 全',
      'from elsewhere',
    ]);
  });

  it('shares the run: what another shell does moves it, two screens show the same, and a key is not doubled', async () => {
    const cwd = await makeStory();
    const [one, two] = [await open(cwd), await open(cwd, '', { columns: 120, rows: 40 })];
    await Promise.all([one.until(/SPACE begins/), two.until(/SPACE begins/)]);
    await expectExit(0, ['chapter', 'next'], { cwd });
    await Promise.all([one.until(/\[1\/5\] One/), two.until(/\[1\/5\] One/)]);
    await next(one, /▶ wait 2s/);
    await two.until(/`chapter play` \(pid \d+\) is at work/);
    await two.press('Space');
    await one.until(/✔ waited 2s/);
    await two.until(/waited 2s/);
    expect(await standsAt(cwd)).to.equal(2);
    await expectExit(0, ['chapter', 'back'], { cwd });
    await Promise.all([one.until(/\[1\/5\] One/), two.until(/\[1\/5\] One/)]);
    for (const terminal of [one, two]) await terminal.press('q');
    await Promise.all([one.ended(), two.ended()]);
  });

  it('an audience sees the run and its countdown, and can do nothing to it', async () => {
    const cwd = await makeStory();
    for (let count = 0; count < 2; count++) await expectExit(0, ['chapter', 'next'], { cwd });
    await expectExit(0, ['story', 'note', 'between us'], { cwd });
    const terminal = await open(cwd, '--audience', { columns: 120, rows: 40 });
    const first = await terminal.until(/\[2\/5\] Slow/);
    expect(first).to.not.match(/between us|SPACE|quit/);
    for (const key of ['Space', 'b', 'r', 'n', 'p']) await terminal.press(key);
    const other = start(['chapter', 'next', '--countdown', '4s'], { cwd });
    await terminal.until(/In [234]s: kill web-\d/);
    await terminal.until(/█████/);
    other.child.kill('SIGINT');
    expect((await other.ended).code).to.equal(130);
    await terminal.until(/\[3\/5\] Break cancelled/);
    expect(existsSync(join(cwd, '.gameday/runs/r1/countdown.json'))).to.equal(false);
    expect(await standsAt(cwd)).to.equal(2);
    expect(await terminal.screen()).to.not.match(/Note|between us/);
    await terminal.press('q');
    expect(await terminal.ended()).to.match(/ended with 0$/);
  });

  it('shows who leads as the program of the story says, and the same to those who only look', async () => {
    const leader = [process.execPath, '-p', 'require("fs").readFileSync("leader", "utf8")'];
    const story = `${await processStory(STORY)}\nleader: [ { of: [web], command: ${JSON.stringify(leader)} } ]\n`;
    const cwd = makeFolder({ 'gameday.yaml': story, leader: 'web-2' }).path;
    await expectExit(0, ['chapter', 'next'], { cwd });
    const onlyLooks = await open(cwd, '--audience', { columns: 120, rows: 30 });
    await onlyLooks.until(/● web-2 +running/);
    await sleep(1000);
    expect(await onlyLooks.screen()).to.not.match(/leads|leader/);
    const plays = await open(cwd);
    for (const terminal of [plays, onlyLooks]) {
      const screen = await terminal.until(/● web-2 +running[\w, ]* {2}leads/);
      expect(screen.match(/leads/g)).to.have.length(1);
    }
    writeFileSync(join(cwd, 'leader'), 'web-1');
    for (const terminal of [plays, onlyLooks])
      await terminal.until(/web-1 +running[\w, ]* {2}leads/);
    writeFileSync(join(cwd, 'leader'), 'nobody');
    await onlyLooks.until(/\? The leader of web is nobody, which is none of/);
    expect(await onlyLooks.screen()).to.not.match(/leads/);
  });

  it('`workload watch` draws the workload until it ends; `--plain` writes lines', async () => {
    const { path: cwd } = makeFolder({
      'gameday.yaml': await processStory(STORY, 'workload: { kind: simulated, baseline: 500 }'),
    });
    await expectExit(0, ['workload', 'start'], { cwd });
    const terminal = await open(cwd, '', WIDE, '', 'workload watch');
    await terminal.until(
      /── Workload: simulated, not measured ─+\n(.*█.*\n){5}500 ops\/s of 500, a simulated curve/,
    );
    await terminal.until(/█/);
    const timed = await open(cwd, '--for 1s', WIDE, '', 'workload watch');
    expect(await timed.ended()).to.match(/ended with 0$/);
    const plain = await open(cwd, '--plain --for 2s', WIDE, '', 'workload watch');
    expect(await plain.ended()).to.match(/simulated, not measured: 500 of 500 ops\/s/);
    await expectExit(0, ['workload', 'stop'], { cwd });
    expect(await terminal.ended()).to.match(/ended with 0$/);
    await expectGivenBack(terminal, cwd);
  });

  it('`fault list --watch` draws the stack and its faults, and lists them in the end', async () => {
    const cwd = await makeStory();
    const inject = ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'];
    await expectExit(0, inject, { cwd });
    const terminal = await open(cwd, '--watch', WIDE, '', 'fault list');
    await terminal.until(/✖ web-2 +exited.* f1/);
    await terminal.until(/f1 kill web-2 for/);
    await expectExit(0, ['fault', 'recover'], { cwd });
    await terminal.until(/● web-2 +running, healthy/);
    expect(await terminal.screen()).to.not.match(/f1/);
    await terminal.press('q');
    expect(await terminal.ended()).to.match(/No fault is live\.\nended with 0$/);
    const { json } = await gameday(['fault', 'list', '--watch', '--json'], { cwd });
    expect(json.error).to.deep.include({ code: 'usage', next: 'fault list --json' });
  });

  it('is loaded by no other command', () => {
    const src = fileURLToPath(new URL('../../src/', import.meta.url));
    const seen = new Set<string>();
    const follow = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const imports = readFileSync(file, 'utf8').matchAll(
        /^(?:import|export)(?! type)[^;]*?from '(\.[^']+)'/gm,
      );
      for (const [, path = ''] of imports) follow(join(dirname(file), path));
    };
    const commands = globSync('commands/*/*.ts', { cwd: src });
    expect(commands.length).to.be.greaterThan(15);
    for (const command of commands) follow(join(src, command));
    const draws = (file: string) => readFileSync(file, 'utf8').includes('SPACE next');
    expect(seen.size).to.be.greaterThan(100);
    expect([...seen].filter(draws)).to.deep.equal([]);
    const all = globSync('**/*.ts', { cwd: src }).map((name) => join(src, name));
    expect(all.filter(draws)).to.have.length(1);
  });

  it('finds a chapter and only looks at it', async () => {
    const cwd = await makeStory();
    await expectExit(0, ['chapter', 'next'], { cwd });
    const terminal = await open(cwd);
    await terminal.until(/\[1\/5\] One/);
    await terminal.press('/');
    await terminal.press('las');
    await terminal.until(/\[5\/5\] Last \(only looked at; the run stands at 1\)/);
    await terminal.press('Escape');
    await terminal.until(/\[1\/5\] One\nHello/);
    expect(await standsAt(cwd)).to.equal(1);
  });

  it('draws anew after a change of size, and fits it', async () => {
    const cwd = await makeStory();
    await expectExit(0, ['chapter', 'next'], { cwd });
    const terminal = await open(cwd);
    await terminal.until(/── Stack ─+ {2}── Workload/);
    await terminal.resize(200, 60);
    await terminal.until(/── Chapter ─{80,} {2}── Stack ─{50,}/);
    await terminal.resize(40, 14);
    const small = await terminal.until(/^── Chapter ─{29}$/m);
    expect(small).to.match(/\[1\/5\] One/);
    await terminal.until(/\? keys {3}q quit/);
    await terminal.resize(80, 24);
    const screen = await terminal.until(/── Stack ─+ {2}── Workload/);
    expect(screen.split('\n').length).to.be.at.most(24);
  });

  it('is drawn anew over what node writes across it, and leaves nothing where there is no alternate screen', async () => {
    const cwd = await makeStory();
    await expectExit(0, ['chapter', 'next'], { cwd });
    writeFileSync(
      join(cwd, 'warn.mjs'),
      'process.on("SIGUSR2", () => process.emitWarning("written across"));',
    );
    const terminal = new Terminal();
    terminals.push(terminal);
    const whole = command(cwd, '', '--import ./warn.mjs');
    await terminal.start(whole, WIDE, { alternate: false });
    // Until the engine has been asked, what is shown of an instance was last seen by somebody else.
    const drawn = await terminal.until(/web-3 +running, healthy *$/m);
    process.kill(pidOf(cwd), 'SIGUSR2');
    await until('the warning', () => terminal.written().includes('written across'));
    const belowHeader = (screen: string) => screen.slice(screen.indexOf('\n'));
    await until(
      'the same picture again',
      async () => belowHeader(await terminal.screen({ visible: true })) === belowHeader(drawn),
    );
    await terminal.press('q');
    await terminal.ended();
    expect(await terminal.screen({ visible: true })).to.match(
      /^Run r1 stands at \[1\/5\] One;.*\nNo fault is live\.\nended with 0$/,
    );
    expect(await terminal.cursorIsVisible()).to.equal(true);
  });

  it('keeps what it shows with --record, as a cast that plays to the same screen', async () => {
    const cwd = await makeStory();
    const terminal = await open(cwd, '--record show.cast');
    await terminal.until(/SPACE begins/);
    await next(terminal, /Hello everybody/);
    await terminal.resize(100, 30);
    await until('the change of size', () =>
      readFileSync(join(cwd, 'show.cast'), 'utf8').includes('"r"'),
    );
    await terminal.until(/Hello everybody/);
    await terminal.press('q');
    await terminal.ended();
    const [header, ...lines] = readFileSync(join(cwd, 'show.cast'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each));
    expect(header).to.include({ version: 2, width: 80, height: 24 });
    const times = lines.map(([at]) => at);
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    expect(lines.filter(([, kind]) => kind === 'r').at(-1)?.[2]).to.equal('100x30');
    const written = lines.flatMap(([, kind, text]) => (kind === 'o' ? text : [])).join('');
    const player = new Terminal();
    terminals.push(player);
    writeFileSync(join(cwd, 'written'), written.slice(0, written.lastIndexOf(WHOLE_SCREEN.give)));
    await player.start(`cat '${join(cwd, 'written')}'; sleep 60`, { columns: 100, rows: 30 });
    expect(await player.until(/Hello everybody/)).to.match(/\[1\/5\] One/);
    const again = await gameday(['chapter', 'play', '--record', 'show.cast'], { cwd });
    expect(again.code, 'there is no terminal').to.equal(2);
    const refused = await open(cwd, '--record show.cast');
    expect(await refused.ended()).to.match(/is\s+there\s+already[\s\S]*ended with 2$/);
  });

  it('is suspended by Ctrl-Z and comes back with fg', async () => {
    const cwd = await makeStory();
    await expectExit(0, ['chapter', 'next'], { cwd });
    const terminal = new Terminal();
    terminals.push(terminal);
    await terminal.start(`cd '${cwd}'; env PS1='ready> ' bash --norc --noprofile -i`, WIDE);
    await terminal.until(/ready>/);
    await terminal.press(
      `stty -g > before; '${process.execPath}' '${BIN}' chapter play; stty -g > after`,
    );
    await terminal.press('Enter');
    for (let round = 0; round < 2; round++) {
      await terminal.until(/── Events/);
      expect(await terminal.isAlternate()).to.equal(true);
      await terminal.press('C-z');
      await terminal.until(/Stopped.*\n(.*\n)*ready>$/);
      expect(await terminal.isAlternate()).to.equal(false);
      expect(await terminal.cursorIsVisible()).to.equal(true);
      await terminal.press('echo still $((40+2))');
      await terminal.press('Enter');
      await terminal.until(/still 42/);
      await terminal.press('clear; fg');
      await terminal.press('Enter');
    }
    await terminal.until(/\[1\/5\] One\nHello everybody\./);
    await terminal.press('q');
    await terminal.until(/No fault is live\./);
    expect(await terminal.isAlternate()).to.equal(false);
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGUSR2', 1],
  ] as const) {
    const isCrash = signal === 'SIGUSR2';
    it(`gives the terminal back after ${isCrash ? 'a crash' : signal}`, async () => {
      const cwd = await makeStory();
      await expectExit(0, ['chapter', 'next'], { cwd });
      writeFileSync(
        join(cwd, 'crash.mjs'),
        'process.on("SIGUSR2", () => { throw new Error("crashed on purpose"); });',
      );
      const terminal = await open(cwd, '', WIDE, isCrash ? '--import ./crash.mjs' : '');
      await terminal.until(/── Events/);
      process.kill(pidOf(cwd), signal);
      const end = await terminal.ended();
      expect(end).to.match(new RegExp(`ended with ${code}$`));
      if (isCrash) expect(end).to.include('crashed on purpose');
      await expectGivenBack(terminal, cwd);
    });
  }

  it('killed in mid-fault leaves a run that another screen goes on with, and a terminal that `reset; tput rmcup` mends', async () => {
    const cwd = await makeStory();
    for (let count = 0; count < 2; count++) await expectExit(0, ['chapter', 'next'], { cwd });
    const terminal = new Terminal();
    terminals.push(terminal);
    const played = command(cwd, '--yes --countdown 0');
    await terminal.start(`${played}; reset; tput rmcup; stty -a > mended`, WIDE);
    await terminal.until(/\[2\/5\] Slow/);
    await next(terminal, /LIVE f1/);
    process.kill(pidOf(cwd), 'SIGKILL');
    await terminal.ended();
    expect(await terminal.isAlternate()).to.equal(false);
    expect(await terminal.cursorIsVisible()).to.equal(true);
    expect(readFileSync(join(cwd, 'mended'), 'utf8')).to.match(/ icanon[\s\S]* echo /);
    await until(
      'the end of the screen',
      async () => (await gameday(['chapter', 'list'], { cwd })).code === 0,
    );
    const { json } = await expectExit(0, ['fault', 'list', '--json'], { cwd });
    expect(json.faults.map(({ id }: any) => id)).to.deep.equal(['f1']);
    const other = await open(cwd);
    await other.until(/LIVE f1: kill web-\d/);
    await other.press('r');
    await other.until(/no fault is live/);
  });

  it('line by line with --plain, by the same keys and without escape sequences that draw', async () => {
    const cwd = await makeStory();
    const terminal = await open(cwd, '--plain --yes');
    await terminal.until(/SPACE enters the next chapter/);
    await next(terminal, /\[1\/5\] One\nHello everybody\./);
    await terminal.resize(100, 30);
    await next(terminal, /✔ waited 2s/);
    await terminal.press('n');
    await terminal.until(/Note, then ENTER:$/);
    await terminal.press('seen it');
    await terminal.press('Enter');
    await terminal.until(/✎ \S+: seen it/);
    await next(terminal, /3, ESC cancels/);
    await terminal.press('Escape');
    await terminal.until(/Countdown cancelled: nothing was changed/);
    await sleep(100);
    await terminal.press('q');
    const told = await terminal.ended();
    expect(told).to.match(/ended with 0$/);
    for (const once of [/\[1\/5\] One/g, /waited 2s/g])
      expect(told.match(once), `${once}`).to.have.length(1);
    expect(terminal.written()).to.not.include('\u001b[2J').and.not.include('\u001b[?1049h');
    await expectGivenBack(terminal, cwd);
  });

  it('plays by itself with --auto, and off a terminal', async () => {
    const cwd = await makeStory();
    const terminal = await open(cwd, '--auto --pause 0s --countdown 0', { columns: 120, rows: 60 });
    expect(await terminal.ended()).to.match(
      /\[5\/5\] Last \(the end of the story\)\nended with 0$/,
    );
    const audience = await gameday(['chapter', 'play', '--audience', '--pause', '0s'], { cwd });
    expect(audience.code, 'who only looks never plays').to.equal(2);
    expect(audience.stderr).to.contain('it never plays one');
    const off = start(['chapter', 'play', '--pause', '0s'], { cwd });
    expect((await off.ended).code).to.equal(3);
  });
});
