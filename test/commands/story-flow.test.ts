/** The eight chapters as a user walks them: one process a step, and nothing but the state folder between them. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { EIGHT, events, expectExit, type Folder, freePorts, gameday, makeFolder, pids, processStory, startUntil } from './cli.ts';

const SECTIONS = ['Welcome', 'Cluster Health', 'Load Generation', 'Fault Injection', 'Detection', 'Diagnosis', 'Recovery', 'Demo Complete'];

/** What changed: the labels whose process is another one, or none. */
function changed(before: Record<string, number>, now: Record<string, number>): string[] {
  return Object.keys(before).filter((label) => before[label] !== now[label]);
}

describe('the eight chapters, from eight processes', () => {
  let folder: Folder;
  let whole: Record<string, number>;
  let victim = '';
  const at = () => ({ cwd: folder.path });

  before(async () => {
    folder = makeFolder({ 'gameday.yaml': await processStory(EIGHT, 'workload: { kind: simulated, baseline: 5000 }') });
  });
  after(() => folder?.cleanup());

  it('says where it stands on stdout, and narrates on stderr', async () => {
    const ended = await expectExit(0, ['chapter', 'next'], at());
    expect(ended.stdout).to.equal('[1/8] Welcome\n');
    expect(ended.stderr).to.include('Three nodes.');
    whole = pids(folder.path);
    expect(Object.keys(whole)).to.deep.equal(['keeper-1', 'web-1', 'web-2', 'web-3']);
  });

  it('shows every instance with its state and its health', async () => {
    const ended = await expectExit(0, ['chapter', 'next'], at());
    expect(ended.stdout).to.equal('[2/8] Cluster Health\n');
    for (const label of Object.keys(whole)) expect(ended.stderr).to.match(new RegExp(`${label} +running, healthy`));
  });

  it('prints one JSON object and nothing else with --json', async () => {
    const ended = await expectExit(0, ['chapter', 'next', '--json'], at());
    expect(ended.json).to.deep.equal({
      run: 'r1',
      chapter: { id: 'load-generation', title: 'Load Generation', number: 3, of: 8, phase: 'entered' },
      end_of_story: false,
      live_faults: [],
    });
    expect(ended.stderr).to.equal('');
  });

  it('labels a simulated workload as simulated, with the baseline that was set', async () => {
    const started = await expectExit(0, ['workload', 'start'], at());
    expect(started.stdout)
      .to.match(/simulated/)
      .and.match(/5000 ops\/s/);
    const stopped = await expectExit(0, ['workload', 'stop'], at());
    expect(stopped.stdout).to.match(/stopped/);
    const again = await expectExit(0, ['workload', 'start', '--baseline', '700', '--json'], at());
    expect(again.json.workload).to.deep.include({ kind: 'simulated', simulated: true, baseline: 700 });
    const idle = await expectExit(0, ['workload', 'start'], at());
    expect(idle.stdout).to.match(/runs already/);
  });

  it('kills exactly one, and says so in all places', async () => {
    const ended = await expectExit(0, ['chapter', 'next'], at());
    const hit = changed(whole, pids(folder.path));
    expect(hit).to.have.length(1);
    victim = hit[0] as string;
    expect(victim).to.match(/^web-/);
    expect(pids(folder.path)).not.to.have.property(victim);
    expect(ended.stdout).to.equal(`[4/8] Fault Injection (live: f1: kill ${victim})\n`);
    const { json } = await expectExit(0, ['fault', 'list', '--json'], at());
    expect(json.faults).to.have.length(1);
    expect(json.faults[0].targets[0]).to.include({ label: victim, service: 'web' });
    expect(json.faults[0].drift[0].finding).to.equal('in_force');
    expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.match(new RegExp(`^f1: kill ${victim}  injected, live for `));
  });

  it('says who noticed, and never takes the simulated workload for a measured one', async () => {
    const ended = await expectExit(0, ['chapter', 'next'], at());
    expect(ended.stdout).to.equal(`[5/8] Detection (live: f1: kill ${victim})\n`);
    expect(ended.stderr).to.match(new RegExp(`the engine saw ${victim} exit with code 137, .+ after the fault`));
    for (const line of ended.stderr.split('\n').filter((each) => /workload|ops\/s/.test(each))) expect(line).to.include('simulated');
    expect(ended.stderr)
      .to.include("the simulated workload's curve falls")
      .and.match(/noticed after .*, first by the engine/);
  });

  it('shows the evidence', async () => {
    const ended = await expectExit(0, ['chapter', 'next'], at());
    expect(ended.stdout).to.equal(`[6/8] Diagnosis (live: f1: kill ${victim})\n`);
    expect(ended.stderr).to.include(`${victim} (kill): exited, exit code 137, OOM-killed: no, restarts: 0`);
    expect(ended.stderr, 'last log line').to.match(/\| listening on \d+/);
    expect(ended.stderr, 'the log has colours, and stderr is no terminal').not.to.include('\u001b');
    expect(ended.stderr).to.match(/simulated, not measured: .*700 ops\/s/);
    expect(ended.stderr).to.include('the other 3 instance(s) run');
  });

  it('recovers exactly that one, and advances by itself, once', async () => {
    const ended = await expectExit(0, ['chapter', 'next', '--json'], at());
    expect(ended.json).to.deep.include({ end_of_story: true, live_faults: [] });
    expect(ended.json.chapter).to.include({ number: 8, id: 'demo-complete' });
    const entered = events(folder.path).flatMap((event) => (event.type === 'chapter.entered' ? event.index : []));
    expect(entered).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
    const recovered = events(folder.path).find((event) => event.type === 'fault.recovered');
    expect(recovered).to.include({ fault: 'f1', outcome: 'verified' });
    expect(recovered.reason).to.match(new RegExp(`^${victim} started, healthy`));
  });

  it('stops what it started when the story is over, and ends with 3 from then on', async () => {
    expect(pids(folder.path)).to.deep.equal({});
    const ended = await expectExit(3, ['chapter', 'next'], at());
    expect(ended.stdout).to.equal('');
    expect(ended.stderr)
      .to.match(/was the last chapter/)
      .and.match(/`gameday chapter reset`/);
    expect((await expectExit(3, ['chapter', 'next', '--json'], at())).json.error).to.include({ code: 'end_of_story', exit: 3 });
  });

  it('lists the chapters with where the run stands, before and after a reset', async () => {
    const { stdout } = await expectExit(0, ['chapter', 'list'], at());
    expect(stdout.trimEnd().split('\n')).to.have.length(8);
    for (const title of SECTIONS) expect(stdout).to.include(title);
    expect(stdout)
      .to.match(/^▶ \[8\/8\] Demo Complete/m)
      .and.match(/^✔ \[4\/8\] Fault Injection .*blocks until/m);
    const over = await expectExit(0, ['chapter', 'reset', '--json'], at());
    expect(over.json.run).to.equal('r1');
    expect((await expectExit(0, ['chapter', 'list', '--json'], at())).json.current).to.equal(null);
    expect((await expectExit(0, ['chapter', 'reset'], at())).stdout).to.match(/nothing to reset/);
  });

  it('begins a new run at the first chapter after that', async () => {
    expect((await expectExit(0, ['chapter', 'next', '--json'], at())).json).to.deep.include({ run: 'r2' });
    expect(Object.keys(pids(folder.path))).to.have.length(4);
    await expectExit(0, ['chapter', 'reset'], at());
    expect(pids(folder.path), 'reset ends the services').to.deep.equal({});
  });
});

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
    expect((await expectExit(0, ['chapter', 'show', '3'], at())).stdout).to.match(/^\[3\/6\] Marked \(advances by itself\)/);
    expect((await expectExit(0, ['chapter', 'show'], at())).stdout)
      .to.match(/^\[1\/6\] Plain\nA title and a text/)
      .and.not.include('presenter');
    expect((await expectExit(0, ['chapter', 'show', 'plain', '--notes'], at())).stdout).to.include('For the presenter alone.');
    expect((await expectExit(0, ['chapter', 'show', 'plain', '--json'], at())).json.chapter).not.to.have.property('notes');
    expect(existsSync(join(folder.path, '.gameday')), 'looking leaves no state behind').to.equal(false);
  });

  it('names the nearest chapter when there is none of that name', async () => {
    const ended = await expectExit(2, ['chapter', 'show', 'two-fauls'], at());
    expect(ended.stderr).to.include('has no chapter "two-fauls"').and.include('`gameday chapter show two-faults`');
    expect((await expectExit(2, ['chapter', 'show', '7', '--json'], at())).json.error).to.include({ code: 'unknown_chapter' });
  });

  it('refuses to go back or to try again before anything was entered', async () => {
    for (const verb of ['back', 'retry']) {
      expect((await expectExit(4, ['chapter', verb, '--json'], at())).json.error).to.include({ code: 'no_run', next: 'chapter next' });
    }
  });

  it('undoes on the way back what the chapter broke, last in first out', async () => {
    await expectExit(0, ['chapter', 'next'], at());
    const whole = pids(folder.path);
    expect((await expectExit(0, ['chapter', 'next', '--json'], at())).json.live_faults).to.have.length(2);
    const broken = pids(folder.path);
    expect(broken).not.to.have.property('web-1');
    expect(broken['web-2'], 'frozen').to.equal(-(whole['web-2'] as number));
    const back = await expectExit(0, ['chapter', 'back'], at());
    expect(back.stdout).to.equal('[1/6] Plain\n');
    const now = pids(folder.path);
    expect(changed(whole, now)).to.deep.equal(['web-1']);
    expect(now).to.have.property('web-1').above(0);
    const undone = events(folder.path).flatMap((event) => (event.type === 'fault.recovered' ? event.fault : []));
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
    expect(ended.stdout).to.equal('[5/6] After\n');
    expect(marks()).to.deep.equal(['once', 'between', 'after']);
  });

  it('never goes on twice, from two shells at once', async () => {
    for (let times = 0; times < 3; times++) await expectExit(0, ['chapter', 'back'], at());
    folder.write('marks', '');
    const [one, two] = await Promise.all([gameday(['chapter', 'next', '--wait'], at()), gameday(['chapter', 'next', '--wait'], at())]);
    expect([one.code, two.code], one.stderr + two.stderr).to.deep.equal([0, 0]);
    expect(marks(), 'each of the three once, whoever came first').to.deep.equal(['once', 'between', 'after']);
    expect([one.stdout, two.stdout].sort()).to.deep.equal(['[5/6] After\n', '[6/6] Last (the end of the story)\n']);
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
    expect((await expectExit(0, ['chapter', 'retry'], at())).stdout).to.equal('[5/6] After\n');
    await expectExit(0, ['chapter', 'next'], at());
  });

  it('plays the whole without a key', async () => {
    await expectExit(0, ['chapter', 'reset'], at());
    const ended = await gameday(['chapter', 'play', '--pause', '0s', '--json'], at());
    expect(ended.code, ended.stdout).to.equal(0);
    expect(ended.json).to.include({ end_of_story: true });
    expect(ended.json.live_faults, 'this story leaves its two faults to the user').to.have.length(2);
    expect((await expectExit(3, ['chapter', 'play', '--pause', '0s', '--json'], at())).json.error.code).to.equal('end_of_story');
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
      const first = await startUntil(/Injecting fault in 30/, ['chapter', 'next'], { cwd: other.path });
      const { json } = await expectExit(4, ['chapter', 'next', '--json'], { cwd: other.path });
      expect(json.error).to.include({ code: 'run_busy' });
      first.child.kill('SIGKILL');
      await first.ended;
      const after = await expectExit(4, ['chapter', 'next', '--json'], { cwd: other.path });
      expect(after.json.error).to.include({ code: 'chapter_blocks', next: 'chapter retry' });
      expect((await expectExit(0, ['chapter', 'retry', '--countdown', '0', '--json'], { cwd: other.path })).json.live_faults).to.have.length(1);
      expect((await expectExit(0, ['chapter', 'next'], { cwd: other.path })).stdout).to.match(/^\[2\/2\] Next/);
    } finally {
      await other.cleanup();
    }
  });
});

describe('the default story, with no file but a Procfile', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });

  before(async () => {
    const port = await freePorts(1);
    folder = makeFolder({ Procfile: `web: sleep ${port}\nworker: sleep ${port}\n` });
  });
  after(() => folder?.cleanup());

  it('has eight chapters, the fourth the fault and the seventh the recovery, and walks them', async () => {
    const { json } = await expectExit(0, ['chapter', 'list', '--json'], at());
    expect(json.chapters.map((chapter: any) => chapter.title)).to.deep.equal(SECTIONS);
    expect(json.chapters[3].blocks_advance).to.equal(true);
    expect(json.chapters[6].auto_advance).to.equal(true);
    await expectExit(0, ['chapter', 'next'], at());
    const whole = pids(folder.path);
    expect(Object.keys(whole)).to.deep.equal(['web-1', 'worker-1']);
    await expectExit(0, ['chapter', 'next'], at());
    const load = await expectExit(0, ['chapter', 'next'], at());
    expect(load.stderr).to.match(/simulated workload: a curve of 10000 ops\/s, nothing is measured/);
    const begun = performance.now();
    const fault = await expectExit(0, ['chapter', 'next', '--countdown', '2s'], at());
    expect(performance.now() - begun, 'the countdown lasts').to.be.above(2000);
    expect(fault.stderr).to.match(/Injecting fault in 2\.\.\.[\s\S]*Injecting fault in 1\.\.\./);
    const [victim] = changed(whole, pids(folder.path));
    expect(fault.stdout).to.equal(`[4/8] Fault Injection (live: f1: kill ${victim})\n`);
    for (const title of ['Detection', 'Diagnosis']) expect((await expectExit(0, ['chapter', 'next'], at())).stdout).to.include(title);
    const end = await expectExit(0, ['chapter', 'next'], at());
    expect(end.stdout).to.equal('[8/8] Demo Complete (the end of the story)\n');
    await expectExit(3, ['chapter', 'next'], at());
    expect(pids(folder.path)).to.deep.equal({});
  });
});
