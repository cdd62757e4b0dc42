/** `--events`: what happens, for other programs, while it happens. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  EIGHT,
  events,
  expectEnd,
  expectExit,
  foldersOfATest,
  pids,
  processStory,
  start,
  until,
} from './cli.ts';
import { eventLines, readEventLines } from './events.ts';

const KILL = ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'];

describe('--events', function () {
  this.timeout(120_000);
  const folder = foldersOfATest();
  const stack = async (chapters = EIGHT, extra = '') =>
    folder({ 'gameday.yaml': await processStory(chapters, extra) }).path;

  it('has each recorded event and the progress, command after command in one file, as the schema says', async () => {
    const cwd = await stack();
    const file = join(cwd, 'events.ndjson');
    const commands = [
      ['chapter', 'next'],
      ['chapter', 'next'],
      [...KILL, '--json'],
      ['fault', 'recover'],
      ['chapter', 'back'],
      ['chapter', 'reset'],
    ];
    for (const args of commands) await expectExit(0, [...args, '--events', file], { cwd });
    const lines = readEventLines(file);
    const recorded = lines.flatMap(({ type, event }) => (type === 'recorded' ? [event] : []));
    expect(recorded).to.deep.equal(events(cwd));
    expect(lines.filter(({ type }) => type === 'ended').map(({ exit }) => exit)).to.deep.equal(
      commands.map(() => 0),
    );
    expect(lines.at(-1)).to.include({ type: 'ended', exit: 0, error: null });
    expect(new Set(lines.map(({ run }) => run))).to.deep.equal(new Set(['r1']));
    const isStep = (id: string, phase: string) => (line: any) =>
      line.type === 'step' && line.id[0] === id && line.phase === phase;
    expect(lines.some(isStep('inject', 'done'))).to.equal(true);
    expect(lines.some(isStep('recover', 'done'))).to.equal(true);
    const live = lines.filter(({ type }) => type === 'released').map((line) => line.live);
    expect(live[2]).to.deep.equal([{ fault: 'f1', kind: 'kill', targets: ['web-2'] }]);
    expect(live[3]).to.deep.equal([]);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it('comes while it happens', async () => {
    const cwd = await stack();
    const file = join(cwd, 'events.ndjson');
    const { child, ended } = start(
      ['fault', 'inject', 'kill', 'web-1', '--countdown', '60s', '--events', file],
      { cwd },
    );
    await until(
      'the countdown',
      () => existsSync(file) && readEventLines(file).some(({ doing }) => doing?.do === 'countdown'),
    );
    child.kill('SIGINT');
    expect((await ended).code).to.equal(130);
    const [released, over] = readEventLines(file).slice(-2);
    expect(released.error).to.include({ code: 'interrupted', exit: 130 });
    expect(over).to.include({ type: 'ended', exit: 130 });
  });

  it('on stdout it is all there is; the progress stays on stderr, and there is no JSON beside it', async () => {
    const cwd = await stack();
    const ended = await expectEnd(0, ['chapter', 'play', '--pause', '0', '--events', '-'], {
      cwd,
    });
    const lines = eventLines(ended.stdout);
    expect(lines.filter(({ type }) => type === 'chapter')).to.have.length(8);
    expect(lines.at(-1)).to.include({ type: 'ended', exit: 0 });
    expect(ended.stderr).to.include('Demo Complete');
    const end = await expectEnd(3, ['chapter', 'next', '--events', '-'], { cwd });
    expect(eventLines(end.stdout).at(-1)).to.deep.include({ type: 'ended', exit: 3 });
    const two = await expectExit(2, ['chapter', 'next', '--events', '-', '--json'], { cwd });
    expect(two.json.error).to.include({ code: 'usage' });
  });

  it('a pipe has a reader of its own; without one nothing is broken, but what recovers goes on', async () => {
    const cwd = await stack();
    const pipe = join(cwd, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const before = await expectExit(0, ['chapter', 'next'], { cwd }).then(() => pids(cwd));
    const refused = await expectExit(2, [...KILL, '--events', pipe], { cwd });
    expect(refused.stderr).to.include('nobody reads this pipe').and.include('--events -');
    expect(pids(cwd)).to.deep.equal(before);

    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
    let read = '';
    reader.stdout.on('data', (text) => {
      read += text;
    });
    const over = new Promise((resolve) => reader.once('close', resolve));
    // A reader that has not opened its end yet is no reader.
    const tried = () => start([...KILL, '--events', pipe], { cwd }).ended;
    await until('the reader', async () => (await tried()).code === 0);
    await over;
    expect(eventLines(read).at(-1)).to.include({ type: 'ended', exit: 0 });

    const nowhere = join(cwd, 'no', 'such', 'folder');
    const recovered = await expectExit(0, ['fault', 'recover', '--events', nowhere], { cwd });
    expect(recovered.stderr).to.include('it cannot be written: ENOENT');
    expect(events(cwd).at(-1)).to.include({ type: 'fault.recovered', outcome: 'verified' });
  });

  it('a full disk costs lines, and nothing else', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const cwd = await stack();
    const ended = await expectExit(0, [...KILL, '--events', '/dev/full'], { cwd });
    expect(ended.stderr).to.include('no more events are written: ENOSPC');
    expect(events(cwd).at(-1)).to.include({ type: 'fault.injected' });
  });

  it('has no lines of programs and logs, and nothing that signs in', async () => {
    const cwd = await stack(
      `
  - title: Secrets
    narration: "See http://me:S3CRET@example.test/?token=S3CRET."
    on_enter:
      - run: { shell: "echo S3CRET; echo x S3CRET" }
      - run: { command: [echo, --password, S3CRET] }
      - probe: { http: "http://u:S3CRET@127.0.0.1:9/?t=S3CRET", headers: { Authorization: S3CRET }, retry_for: 0 }
`,
    );
    const file = join(cwd, 'events.ndjson');
    const ended = await expectExit(8, ['chapter', 'next', '--events', file], { cwd });
    expect(ended.stderr).to.include('x S3CRET');
    expect(readFileSync(file, 'utf8')).to.not.include('S3CRET');
    const output = readEventLines(file).find(({ evidence }) => evidence?.about === 'output');
    expect(output.evidence).to.deep.equal({ about: 'output', left_out: 2 });
    expect(readEventLines(file).at(-1).error).to.include({ code: 'deviated', exit: 8 });
  });
});
