/** What breaks around the state: a torn or damaged journal, a folder that takes nothing, a clock set back. Nothing is lost for it. */

import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { ownFileSystem } from '../journal/processes.ts';
import {
  BIN,
  EIGHT,
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
import type { Ended } from './ended.ts';

const NOW = ['--countdown', '0'];

describe('bad input: the journal', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const run = () => join(folder.path, '.gameday', 'runs', 'r1');
  const journal = () => join(run(), 'journal.ndjson');

  before(async () => {
    folder = makeFolder({ 'gameday.yaml': await processStory(EIGHT) });
    await expectExit(0, ['fault', 'inject', 'pause', 'web-1', ...NOW], at());
    cpSync(run(), join(folder.path, 'whole'), { recursive: true });
  });
  after(async () => {
    restore();
    await folder?.cleanup();
  });

  function restore(): void {
    rmSync(run(), { recursive: true, force: true });
    cpSync(join(folder.path, 'whole'), run(), { recursive: true });
  }

  it('with a last line that was torn: a warning, and nothing lost', async () => {
    restore();
    appendFileSync(journal(), '{"v":1,"seq":99,"ty');
    const listed = await expectExit(0, ['fault', 'list'], at());
    expect(listed.stderr)
      .to.match(/journal\.ndjson/)
      .and.match(/last line/i);
    expect(listed.stdout).to.match(/^f1: pause web-1 {2}injected/);
    const more = await expectExit(0, ['fault', 'inject', 'pause', 'web-2', ...NOW], at());
    expect(more.stderr.match(/last line/gi), 'said once').to.have.length(1);
    expect(events(folder.path).at(-1)).to.include({ type: 'fault.injected', fault: 'f2' });
    expect((await expectExit(0, ['fault', 'list'], at())).stderr, 'and not again').to.equal('');
    await expectExit(0, ['fault', 'recover', 'f2'], at());
  });

  for (const [name, damage, code] of [
    [
      'with a damaged line',
      (line: string) => `${line.slice(0, 40)}#${line.slice(41, -3)}`,
      'journal_damaged',
    ],
    ['of a newer gameday', (line: string) => line.replace(/"v":\d+/, '"v":999'), 'journal_newer'],
  ] as const) {
    it(`${name}: stops everything with its line, and leaves the file alone`, async () => {
      restore();
      const lines = readFileSync(journal(), 'utf8').split('\n');
      lines[2] = damage(lines[2] as string);
      writeFileSync(journal(), lines.join('\n'));
      const before = pids(folder.path);
      for (const command of [
        ['fault', 'list'],
        ['fault', 'recover'],
        ['fault', 'inject', 'kill', 'web-2', ...NOW],
        ['chapter', 'next'],
      ]) {
        const said = await expectExit(4, command, at());
        expect(said.stderr, command.join(' '))
          .to.include(`${journal()}:3`)
          .and.match(/left as it is|left as it was/);
        const error = refusalOf(await expectExit(4, [...command, '--json'], at()));
        expect(error.code, command.join(' ')).to.equal(code);
      }
      expect(readFileSync(journal(), 'utf8')).to.equal(lines.join('\n'));
      expect(pids(folder.path)).to.deep.equal(before);
    });
  }
});

describe('bad input: a state folder that takes nothing', () => {
  it('read-only: the fault is refused before it happens, and looking still works', async function () {
    const folder = makeFolder({ 'gameday.yaml': await processStory(EIGHT) });
    const source = makeFolder();
    try {
      await expectExit(0, ['chapter', 'next'], { cwd: folder.path });
      const whole = pids(folder.path);
      let shielded: (args: string[]) => Promise<Ended>;
      if (process.getuid?.() === 0) {
        const around = ownFileSystem(source.path, 'size=16m', 'true &&');
        if (!around) return this.skip();
        // A read-only view of the same folder, for this one process.
        const script =
          'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec "$@"';
        shielded = (args) =>
          startProgram(
            'unshare',
            ['-m', 'sh', '-c', script, folder.path, process.execPath, BIN, ...args],
            { cwd: '/' },
          ).ended;
      } else {
        chmodSync(join(folder.path, '.gameday'), 0o500);
        chmodSync(join(folder.path, '.gameday/runs/r1/journal.ndjson'), 0o400);
        shielded = (args) => gameday(args, { cwd: folder.path });
      }
      const refused = await shielded(['fault', 'inject', 'kill', 'web-1', ...NOW, '--json']);
      expect(refused.code, refused.stderr).to.equal(4);
      expect(refusalOf(refused)).to.include({ code: 'state_unwritable' });
      expect(refused.json.error.message).to.match(/read-only|permission denied/);
      expect((await shielded(['fault', 'list'])).stdout).to.equal('No fault is live.\n');
      expect((await shielded(['chapter', 'list'])).code).to.equal(0);
      expect(pids(folder.path)).to.deep.equal(whole);
    } finally {
      if (existsSync(join(folder.path, '.gameday')))
        chmodSync(join(folder.path, '.gameday'), 0o700);
      if (existsSync(join(folder.path, '.gameday/runs/r1')))
        chmodSync(join(folder.path, '.gameday/runs/r1/journal.ndjson'), 0o600);
      await folder.cleanup();
      await source.cleanup();
    }
  });

  it('on a full disk: no new fault, what runs keeps running, and what is broken is mended', async function () {
    const story = await processStory(EIGHT);
    const first = Number(/port: (\d+)/.exec(story)?.[1]);
    const folder = makeFolder({ 'story.txt': story });
    const script = `
      mkdir "$0/disk" && mount -t tmpfs -o size=1m tmpfs "$0/disk" && cp "$0/story.txt" "$0/disk/gameday.yaml" && cd "$0/disk" || exit 99
      answers() { timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1; printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3; grep -q 200 <&3" 2>/dev/null; }
      up() { for number in 0 1 2; do answers $((${first} + number)) && printf '%s ' $((number + 1)); done; }
      gameday chapter next >/dev/null 2>&1; echo "begin: $?"
      gameday fault inject pause web-2 --countdown 0 >/dev/null 2>&1; echo "before: $? up $(up)"
      dd if=/dev/zero of=filler bs=4k 2>/dev/null
      # What was handed out of the disk already has a little room: so many small faults fit, and each of them can be undone.
      for try in 1 2 3 4 5 6 7 8 9; do
        gameday fault inject pause web-3 --countdown 0 >/dev/null 2>&1 || break
        gameday fault recover f$((try + 1)) >/dev/null 2>&1 || echo "not undone: f$((try + 1))"
      done
      gameday fault inject kill web-1 --countdown 0 --json 2>/dev/null; echo "full: $? up $(up)"
      gameday fault list; echo "list: $?"
      gameday fault recover >/dev/null 2>&1; echo "recover: $? up $(up)"
      rm filler
      gameday fault inject kill web-1 --countdown 0 >/dev/null 2>&1; echo "room: $? up $(up)"
      gameday chapter reset >/dev/null 2>&1; echo "reset: $? up $(up)"`;
    try {
      const own = process.getuid?.() === 0 ? ['-m'] : ['-rm'];
      if (!ownFileSystem(folder.path, 'size=1m', 'true &&')) return this.skip();
      const ended = await startProgram('unshare', [...own, 'bash', '-c', script, folder.path], {
        cwd: '/',
        env: { PATH: `${wrapper()}:${process.env.PATH}` },
      }).ended;
      expect(ended.stdout, ended.stderr).to.match(/^begin: 0\nbefore: 0 up 1 3 \n/);
      const refused = JSON.parse(/^\{.*\}$/m.exec(ended.stdout)?.[0] ?? '{}').error;
      expect(refused, ended.stdout).to.deep.include({
        code: 'state_unwritable',
        exit: 4,
        live: ['f1: pause web-2'],
      });
      expect(refused.message).to.include('the disk is full');
      expect(ended.stdout)
        .to.match(/^full: 4 up 1 3 $/m)
        .and.match(/^f1: pause web-2 .*\nlist: 0$/m);
      expect(ended.stdout)
        .to.match(/^recover: 0 up 1 2 3 $/m)
        .and.match(/^room: 0 up 2 3 $/m)
        .and.match(/^reset: 0 up $/m);
      expect(ended.stdout).not.to.include('not undone');
    } finally {
      await folder.cleanup();
    }
  });
});

describe('bad input: a clock that jumps back', () => {
  const CLOCK = fileURLToPath(new URL('./clock.mjs', import.meta.url));
  const back = { NODE_OPTIONS: `--import=${CLOCK}`, JUMP_BACK_S: '7200' };
  let folder: Folder;

  before(async () => {
    folder = makeFolder({ 'gameday.yaml': await processStory(EIGHT) });
    await expectExit(0, ['chapter', 'next'], { cwd: folder.path });
  });
  after(() => folder?.cleanup());

  it('between inject and recover: the list is true, and the recovery is verified', async () => {
    await expectExit(0, ['fault', 'inject', 'kill', 'web-1', ...NOW], { cwd: folder.path });
    const at = { cwd: folder.path, env: back };
    const listed = await expectExit(0, ['fault', 'list', '--json'], at);
    expect(listed.json.faults[0].drift[0].finding).to.equal('in_force');
    expect((await expectExit(0, ['fault', 'list'], at)).stdout).to.match(/live for 0/);
    expect(
      (await expectExit(0, ['fault', 'recover', '--json'], at)).json.live_faults,
    ).to.deep.equal([]);
    expect(pids(folder.path)).to.have.property('web-1');
    expect(events(folder.path).map((event) => event.seq)).to.deep.equal(
      events(folder.path).map((_, index) => index + 1),
    );
  });

  it('while the watchdog guards a fault: the fault lasts no longer for it', async () => {
    const env = { ...back, AFTER_MS: '1200' };
    await expectExit(0, ['fault', 'inject', 'pause', 'web-2', ...NOW, '--duration', '2s'], {
      cwd: folder.path,
      env,
    });
    await until('the recovery', () =>
      events(folder.path).some((event) => event.type === 'fault.recovered' && event.fault === 'f2'),
    );
    expect(pids(folder.path)['web-2']).to.be.above(0);
  });
});
