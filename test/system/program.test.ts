/** Programs of the story, run for real: what they said, how they ended, and that nothing of them is left behind. */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { runProgram } from '../../src/system/program.ts';
import { eventually, rejection } from '../engine/contract.ts';

describe('runProgram', function () {
  this.timeout(30_000);
  let cwd: string;
  const options = () => ({ cwd, timeout_ms: 20_000 });

  before(() => {
    cwd = mkdtempSync(join(tmpdir(), 'gameday-program-'));
  });
  after(() => rmSync(cwd, { recursive: true, force: true }));

  it('hands arguments to the system as they are', async () => {
    const odd = ['$HOME', 'a  b', '', '*', "'", '"; echo x', 'ünï'];
    const result = await runProgram({ argv: ['printf', '<%s>', ...odd] }, options());
    expect(result).to.deep.equal({
      exit_code: 0,
      stdout: odd.map((each) => `<${each}>`).join(''),
      stderr: '',
    });
  });

  it('goes through a shell where the story says so', async () => {
    const result = await runProgram(
      { shell: 'printf "%s" "$((1 + 1))" | tr 2 3; echo no >&2; exit 7' },
      options(),
    );
    expect(result).to.deep.equal({ exit_code: 7, stdout: '3', stderr: 'no\n' });
  });

  it('runs in its folder, with our environment and what is set on top', async () => {
    const { stdout } = await runProgram(
      { shell: 'pwd -P; echo "$PATH"; echo "$EXTRA"' },
      { ...options(), env: { EXTRA: 'more' } },
    );
    const [folder, path, extra] = stdout.split('\n');
    expect(folder).to.match(new RegExp(`${cwd.split('/').at(-1)}$`));
    expect([path, extra]).to.deep.equal([process.env.PATH, 'more']);
  });

  it('has no stdin to wait for', async () => {
    expect(await runProgram({ argv: ['cat'] }, options())).to.deep.equal({
      exit_code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('says which signal ended it as a shell does', async () => {
    expect((await runProgram({ shell: 'kill -KILL $$' }, options())).exit_code).to.equal(137);
  });

  it('answers 127 for a program that does not exist', async () => {
    for (const argv of [['no-such-program-here'], ['./missing'], [''], []]) {
      const { exit_code, stderr } = await runProgram({ argv }, options());
      expect(exit_code).to.equal(127);
      expect(stderr).to.contain(`${argv[0] ?? ''}: command not found`);
    }
  });

  it('answers 126 for what cannot be run, and names a folder that is missing', async () => {
    writeFileSync(join(cwd, 'plain.txt'), 'text');
    chmodSync(join(cwd, 'plain.txt'), 0o644);
    expect(await runProgram({ argv: ['./plain.txt'] }, options())).to.include({ exit_code: 126 });
    const missing = join(cwd, 'nowhere');
    const result = await runProgram({ argv: ['true'] }, { ...options(), cwd: missing });
    expect(result).to.include({
      exit_code: 126,
      stderr: `gameday: true: its folder ${missing} does not exist\n`,
    });
    expect(
      (await runProgram({ argv: ['true', 'x'.repeat(4_000_000)] }, options())).exit_code,
    ).to.equal(126);
    expect((await runProgram({ argv: ['true', 'a\0b'] }, options())).exit_code).to.equal(126);
  });

  it('keeps the tail of what was said, in whole characters', async () => {
    const script =
      'for (let i = 0; i < 40000; i++) process.stdout.write("äöü" + i + "\\n"); process.stderr.write("€".repeat(60000) + "end")';
    const { stdout, stderr } = await runProgram(
      { argv: [process.execPath, '-e', script] },
      options(),
    );
    expect(stdout).to.match(/äöü39999\n$/);
    expect(Buffer.byteLength(stdout)).to.be.within(60_000, 65_536);
    expect(stderr).to.match(/^€+end$/);
    expect(Buffer.byteLength(stderr)).to.be.within(60_000, 65_536);
  });

  it('does not wait for a child that outlives it and holds the pipe open', async () => {
    const mark = randomUUID();
    try {
      const result = await runProgram(
        { shell: `sleep 600 & echo said` },
        { ...options(), env: { GAMEDAY_TEST: mark } },
      );
      expect(result).to.deep.equal({ exit_code: 0, stdout: 'said\n', stderr: '' });
      if (process.platform === 'linux') expect(marked(mark)).to.have.length(1);
    } finally {
      for (const pid of marked(mark)) process.kill(pid, 'SIGKILL');
    }
  });

  it('ends the whole group when the time is over', async () => {
    const mark = randomUUID();
    const result = await runProgram(
      { shell: 'echo begun; printf half >&2; sleep 600 & sleep 600' },
      { cwd, timeout_ms: 300, env: { GAMEDAY_TEST: mark } },
    );
    expect(result).to.deep.equal({
      exit_code: 124,
      stdout: 'begun\n',
      stderr: 'half\ngameday: ended after 300ms, its time limit\n',
    });
    await eventually('nothing of the group is left', () => marked(mark).length === 0);
  });

  it('kills what does not listen to SIGTERM, also when its leader did', async () => {
    const mark = randomUUID();
    const stubborn = `trap '' TERM; while :; do sleep 600; done`;
    const result = await runProgram(
      { shell: `(${stubborn}) & sleep 600` },
      { cwd, timeout_ms: 300, env: { GAMEDAY_TEST: mark } },
    );
    expect(result.exit_code).to.equal(124);
    await eventually('nothing of the group is left', () => marked(mark).length === 0);
  });

  it('ends the group and rejects with the reason of the signal', async () => {
    const mark = randomUUID();
    const controller = new AbortController();
    const reason = new Error('enough');
    const ended = rejection(
      runProgram(
        { shell: 'echo $$ > begun; sleep 600' },
        { ...options(), signal: controller.signal, env: { GAMEDAY_TEST: mark } },
      ),
    );
    await eventually(
      'it has begun',
      () => existsSync(join(cwd, 'begun')) && readFileSync(join(cwd, 'begun'), 'utf8') !== '',
    );
    controller.abort(reason);
    expect(await ended).to.equal(reason);
    await eventually('nothing of the group is left', () => marked(mark).length === 0);
    const before = readdirSync(cwd);
    expect(
      await rejection(
        runProgram({ shell: 'touch never' }, { ...options(), signal: controller.signal }),
      ),
    ).to.equal(reason);
    expect(readdirSync(cwd)).to.deep.equal(before);
  });

  it('takes a limit that is longer than a timer can be', async () => {
    expect(
      await runProgram({ shell: 'sleep 0.2; echo done' }, { cwd, timeout_ms: 3e9 }),
    ).to.include({ exit_code: 0, stdout: 'done\n' });
  });
});

/** Processes that live with this mark in their environment; Linux alone can tell. */
function marked(mark: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const isMarked = readFileSync(`/proc/${name}/environ`, 'latin1')
        .split('\0')
        .includes(`GAMEDAY_TEST=${mark}`);
      return isMarked ? Number(name) : [];
    } catch {
      return [];
    }
  });
}
