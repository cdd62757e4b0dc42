/** Moving through a story: looking, going back, trying again, going on by itself, and what blocks the way. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import {
  changed,
  events,
  expectExit,
  type Folder,
  gameday,
  makeFolder,
  pids,
  processStory,
  startUntil,
} from './cli.ts';

describe('moving through a story', () => {
  const MOVES = `
  - { title: Plain, narration: A title and a text make a chapter., notes: For the presenter alone. }
  - title: Two Faults
    on_enter:
      - inject: { kind: kill, service: web-1, countdown: 0s }
      - inject: { kind: pause, service: web-2, countdown: 0s }
  - { title: Marked, on_enter: [ { run: [sh, -c, 'echo once >> marks'] } ], auto_advance: true }
  - { title: In Between, on_enter: [ { run: [sh, -c, 'echo between >> marks'] } ], auto_advance: true }
  - { title: After, on_enter: [ { run: [sh, -c, 'echo after >> marks; test ! -e broken'] } ], blocks_advance: true }
  - { title: Last }
`;
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const marks = () => readFileSync(join(folder.path, 'marks'), 'utf8').split('\n').filter(Boolean);

  before(async () => {
    folder = makeFolder({ 'gameday.yaml': await processStory(MOVES) });
  });
  after(() => folder?.cleanup());

  it('shows a chapter without running anything of it', async () => {
    const shown = await expectExit(0, ['chapter', 'show', 'two-faults'], at());
    expect(shown.stdout)
      .to.match(/^\[2\/6\] Two Faults/)
      .and.match(/kill one random instance of web-1/);
    expect((await expectExit(0, ['chapter', 'show', '3'], at())).stdout).to.match(
      /^\[3\/6\] Marked \(advances by itself\)/,
    );
    expect((await expectExit(0, ['chapter', 'show'], at())).stdout)
      .to.match(/^\[1\/6\] Plain\nA title and a text/)
      .and.not.include('presenter');
    expect((await expectExit(0, ['chapter', 'show', 'plain', '--notes'], at())).stdout).to.include(
      'For the presenter alone.',
    );
    expect(
      (await expectExit(0, ['chapter', 'show', 'plain', '--json'], at())).json.chapter,
    ).not.to.have.property('notes');
    expect(existsSync(join(folder.path, '.gameday')), 'looking leaves no state behind').to.equal(
      false,
    );
  });

  it('names the nearest chapter when there is none of that name', async () => {
    const ended = await expectExit(2, ['chapter', 'show', 'two-fauls'], at());
    expect(ended.stderr)
      .to.include('has no chapter "two-fauls"')
      .and.include('`gameday chapter show two-faults`');
    expect((await expectExit(2, ['chapter', 'show', '7', '--json'], at())).json.error).to.include({
      code: 'unknown_chapter',
    });
  });

  it('refuses to go back or to try again before anything was entered', async () => {
    for (const verb of ['back', 'retry']) {
      expect((await expectExit(4, ['chapter', verb, '--json'], at())).json.error).to.include({
        code: 'no_run',
        next: 'chapter next',
      });
    }
  });

  it('undoes on the way back what the chapter broke, last in first out', async () => {
    await expectExit(0, ['chapter', 'next'], at());
    const whole = pids(folder.path);
    expect(
      (await expectExit(0, ['chapter', 'next', '--json'], at())).json.live_faults,
    ).to.have.length(2);
    const broken = pids(folder.path);
    expect(broken).not.to.have.property('web-1');
    expect(broken['web-2'], 'frozen').to.equal(-(whole['web-2'] as number));
    const back = await expectExit(0, ['chapter', 'back'], at());
    expect(back.stdout).to.equal('[1/6] Plain (next: Two Faults)\n');
    const now = pids(folder.path);
    expect(changed(whole, now)).to.deep.equal(['web-1']);
    expect(now).to.have.property('web-1').above(0);
    const undone = events(folder.path).flatMap((event) =>
      event.type === 'fault.recovered' ? event.fault : [],
    );
    expect(undone).to.deep.equal(['f2', 'f1']);
  });

  it('tries a chapter again after undoing what it broke', async () => {
    await expectExit(0, ['chapter', 'next'], at());
    const { json } = await expectExit(0, ['chapter', 'retry', '--json'], at());
    expect(json.live_faults.map((fault: any) => fault.id)).to.deep.equal(['f5', 'f6']);
    await expectExit(0, ['fault', 'recover'], at());
  });

  it('goes on by itself for as long as the chapters say so, each of them once', async () => {
    const ended = await expectExit(0, ['chapter', 'next'], at());
    expect(ended.stdout).to.equal('[5/6] After (next: Last)\n');
    expect(marks()).to.deep.equal(['once', 'between', 'after']);
  });

  it('never goes on twice, from two shells at once', async () => {
    for (let times = 0; times < 3; times++) await expectExit(0, ['chapter', 'back'], at());
    folder.write('marks', '');
    const [one, two] = await Promise.all([
      gameday(['chapter', 'next', '--wait'], at()),
      gameday(['chapter', 'next', '--wait'], at()),
    ]);
    expect([one.code, two.code], one.stderr + two.stderr).to.deep.equal([0, 0]);
    expect(marks(), 'each of the three once, whoever came first').to.deep.equal([
      'once',
      'between',
      'after',
    ]);
    expect([one.stdout, two.stdout].sort()).to.deep.equal([
      '[5/6] After (next: Last)\n',
      '[6/6] Last (the end of the story)\n',
    ]);
  });

  it('keeps a chapter that failed and blocks in the way, also of another shell, until it is tried again', async () => {
    await expectExit(0, ['chapter', 'reset'], at());
    folder.write('broken', '');
    for (let chapter = 1; chapter <= 2; chapter++) await expectExit(0, ['chapter', 'next'], at());
    await expectExit(0, ['fault', 'recover'], at());
    const failed = await expectExit(8, ['chapter', 'next'], at());
    expect(failed.stderr)
      .to.match(/ended with exit code 1/)
      .and.match(/`gameday chapter retry`/);
    const { error } = (await expectExit(4, ['chapter', 'next', '--json'], at())).json;
    expect(error).to.include({ code: 'chapter_blocks', next: 'chapter retry', exit: 4 });
    expect(error.message).to.match(/"After" blocks the way.*exit code 1/);
    rmSync(join(folder.path, 'broken'));
    expect((await expectExit(0, ['chapter', 'retry'], at())).stdout).to.equal(
      '[5/6] After (next: Last)\n',
    );
    await expectExit(0, ['chapter', 'next'], at());
  });

  it('plays the whole without a key', async () => {
    await expectExit(0, ['chapter', 'reset'], at());
    const ended = await gameday(['chapter', 'play', '--pause', '0s', '--json'], at());
    expect(ended.code, ended.stdout).to.equal(0);
    expect(ended.json).to.include({ end_of_story: true });
    expect(ended.json.live_faults, 'this story leaves its two faults to the user').to.have.length(
      2,
    );
    expect(
      (await expectExit(3, ['chapter', 'play', '--pause', '0s', '--json'], at())).json.error.code,
    ).to.equal('end_of_story');
  });

  it('does not pass a blocking chapter whose fault is under way in another shell', async () => {
    const story = await processStory(`
  - title: Slow
    on_enter: [ { inject: { kind: kill, service: web, countdown: 30s } } ]
    blocks_advance: true
  - { title: Next }
`);
    const other = makeFolder({ 'gameday.yaml': story });
    try {
      const first = await startUntil(/Injecting fault in 30/, ['chapter', 'next'], {
        cwd: other.path,
      });
      const { json } = await expectExit(4, ['chapter', 'next', '--json'], { cwd: other.path });
      expect(json.error).to.include({ code: 'run_busy' });
      first.child.kill('SIGKILL');
      await first.ended;
      const after = await expectExit(4, ['chapter', 'next', '--json'], { cwd: other.path });
      expect(after.json.error).to.include({ code: 'chapter_blocks', next: 'chapter retry' });
      expect(
        (
          await expectExit(0, ['chapter', 'retry', '--countdown', '0', '--json'], {
            cwd: other.path,
          })
        ).json.live_faults,
      ).to.have.length(1);
      expect((await expectExit(0, ['chapter', 'next'], { cwd: other.path })).stdout).to.match(
        /^\[2\/2\] Next/,
      );
    } finally {
      await other.cleanup();
    }
  });
});
