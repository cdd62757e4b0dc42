import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { freePorts } from '../free-ports.ts';
import {
  changed,
  EIGHT,
  events,
  expectEnd,
  type Folder,
  makeFolder,
  pids,
  processStory,
} from './cli.ts';

const SECTIONS = [
  'Welcome',
  'Cluster Health',
  'Load Generation',
  'Fault Injection',
  'Detection',
  'Diagnosis',
  'Recovery',
  'Demo Complete',
];

/** The line of the chapter; below it stands what the workload felt, which is simulated here. */
function standing(stdout: string): string {
  const [first = '', ...impact] = stdout.trimEnd().split('\n');
  expect(impact.join('\n')).to.match(
    /^simulated, not measured: web-\d killed, .*\n.*\n.*\n.*simulated baseline 700 ops\/s$/,
  );
  return first;
}

describe('the eight chapters, from eight processes', () => {
  let folder: Folder;
  let whole: Record<string, number>;
  let victim = '';
  const at = () => ({ cwd: folder.path });

  before(async () => {
    folder = makeFolder({
      'gameday.yaml': await processStory(EIGHT, 'workload: { kind: simulated, baseline: 5000 }'),
    });
  });
  after(() => folder?.cleanup());

  it('says where it stands on stdout, and narrates on stderr', async () => {
    const ended = await expectEnd(0, ['chapter', 'next'], at());
    expect(ended.stdout).to.equal('[1/8] Welcome (next: Cluster Health)\n');
    expect(ended.stderr).to.include('Three nodes.');
    whole = pids(folder.path);
    expect(Object.keys(whole)).to.deep.equal(['keeper-1', 'web-1', 'web-2', 'web-3']);
  });

  it('shows every instance with its state and its health', async () => {
    const ended = await expectEnd(0, ['chapter', 'next'], at());
    expect(ended.stdout).to.equal('[2/8] Cluster Health (next: Load Generation)\n');
    for (const label of Object.keys(whole))
      expect(ended.stderr).to.match(new RegExp(`${label} +running, healthy`));
  });

  it('prints one JSON object and nothing else with --json', async () => {
    const ended = await expectEnd(0, ['chapter', 'next', '--json'], at());
    expect(ended.json).to.deep.equal({
      run: 'r1',
      chapter: {
        id: 'load-generation',
        title: 'Load Generation',
        number: 3,
        of: 8,
        phase: 'entered',
      },
      next: { id: 'fault-injection', title: 'Fault Injection', number: 4 },
      end_of_story: false,
      live_faults: [],
      live_schedules: [],
      impact: [],
      hypotheses: [],
      verified: null,
    });
    expect(ended.stderr).to.equal('');
  });

  it('labels a simulated workload as simulated, with the baseline that was set', async () => {
    const started = await expectEnd(0, ['workload', 'start'], at());
    expect(started.stdout)
      .to.match(/simulated/)
      .and.match(/5000 ops\/s/);
    const stopped = await expectEnd(0, ['workload', 'stop'], at());
    expect(stopped.stdout).to.match(/stopped/);
    const again = await expectEnd(0, ['workload', 'start', '--baseline', '700', '--json'], at());
    expect(again.json.workload).to.deep.include({
      kind: 'simulated',
      simulated: true,
      baseline: 700,
    });
    const idle = await expectEnd(0, ['workload', 'start'], at());
    expect(idle.stdout).to.match(/is running already/);
  });

  it('kills exactly one, and says so in all places', async () => {
    const ended = await expectEnd(0, ['chapter', 'next'], at());
    const hit = changed(whole, pids(folder.path));
    expect(hit).to.have.length(1);
    victim = hit[0] as string;
    expect(victim).to.match(/^web-/);
    expect(pids(folder.path)).not.to.have.property(victim);
    expect(standing(ended.stdout)).to.equal(
      `[4/8] Fault Injection (live: f1: kill ${victim}; next: Detection)`,
    );
    const { json } = await expectEnd(0, ['fault', 'list', '--json'], at());
    expect(json.faults).to.have.length(1);
    expect(json.faults[0].targets[0]).to.include({ label: victim, service: 'web' });
    expect(json.faults[0].drift[0].finding).to.equal('in_force');
    expect((await expectEnd(0, ['fault', 'list'], at())).stdout).to.match(
      new RegExp(`^f1: kill ${victim}  injected, live for `),
    );
  });

  it('says who noticed, and never takes the simulated workload for a measured one', async () => {
    const ended = await expectEnd(0, ['chapter', 'next'], at());
    expect(standing(ended.stdout)).to.equal(
      `[5/8] Detection (live: f1: kill ${victim}; next: Diagnosis)`,
    );
    expect(ended.stderr).to.match(
      new RegExp(`the engine saw ${victim} exit with code 137, .+ after the fault`),
    );
    for (const line of ended.stderr.split('\n').filter((each) => /workload|ops\/s/.test(each)))
      expect(line).to.include('simulated');
    expect(ended.stderr)
      .to.include("the simulated workload's curve falls")
      .and.match(/noticed after .*, first by the engine/);
  });

  it('shows the evidence', async () => {
    const ended = await expectEnd(0, ['chapter', 'next'], at());
    expect(standing(ended.stdout)).to.equal(
      `[6/8] Diagnosis (live: f1: kill ${victim}; next: Recovery)`,
    );
    expect(ended.stderr).to.include(
      `${victim} (kill): exited, exit code 137, OOM-killed: no, restarts: 0`,
    );
    expect(ended.stderr, 'last log line').to.match(/\| listening for \d+/);
    expect(ended.stderr, 'the log has colours, and stderr is no terminal').not.to.include('\u001b');
    expect(ended.stderr).to.match(/simulated, not measured: .*700 ops\/s/);
    expect(ended.stderr).to.include('the other 3 instances are running');
  });

  it('recovers exactly that one, and advances by itself, once', async () => {
    const ended = await expectEnd(0, ['chapter', 'next', '--json'], at());
    expect(ended.json).to.deep.include({ end_of_story: true, live_faults: [] });
    expect(ended.json.chapter).to.include({ number: 8, id: 'demo-complete' });
    const entered = events(folder.path).flatMap((event) =>
      event.type === 'chapter.entered' ? event.index : [],
    );
    expect(entered).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
    const recovered = events(folder.path).find((event) => event.type === 'fault.recovered');
    expect(recovered).to.include({ fault: 'f1', outcome: 'verified' });
    expect(recovered.reason).to.match(new RegExp(`^${victim} started, healthy`));
  });

  it('stops what it started when the story is over, and ends with 3 from then on', async () => {
    expect(pids(folder.path)).to.deep.equal({});
    const ended = await expectEnd(3, ['chapter', 'next'], at());
    expect(ended.stdout).to.equal('');
    expect(ended.stderr)
      .to.match(/was the last chapter/)
      .and.match(/`gameday chapter reset`/);
    expect((await expectEnd(3, ['chapter', 'next', '--json'], at())).json.error).to.include({
      code: 'end_of_story',
      exit: 3,
    });
  });

  it('lists the chapters with where the run stands, before and after a reset', async () => {
    const { stdout } = await expectEnd(0, ['chapter', 'list'], at());
    expect(stdout.trimEnd().split('\n')).to.have.length(8);
    for (const title of SECTIONS) expect(stdout).to.include(title);
    expect(stdout)
      .to.match(/^▶ \[8\/8\] Demo Complete/m)
      .and.match(/^✔ \[4\/8\] Fault Injection .*blocks until/m);
    const over = await expectEnd(0, ['chapter', 'reset', '--json'], at());
    expect(over.json.run).to.equal('r1');
    expect((await expectEnd(0, ['chapter', 'list', '--json'], at())).json.current).to.equal(null);
    expect((await expectEnd(0, ['chapter', 'reset'], at())).stdout).to.match(/nothing to reset/);
  });

  it('begins a new run at the first chapter after that', async () => {
    expect((await expectEnd(0, ['chapter', 'next', '--json'], at())).json).to.deep.include({
      run: 'r2',
    });
    expect(Object.keys(pids(folder.path))).to.have.length(4);
    await expectEnd(0, ['chapter', 'reset'], at());
    expect(pids(folder.path), 'reset ends the services').to.deep.equal({});
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
    const { json } = await expectEnd(0, ['chapter', 'list', '--json'], at());
    expect(json.chapters.map((chapter: any) => chapter.title)).to.deep.equal(SECTIONS);
    expect(json.chapters[3].blocks_advance).to.equal(true);
    expect(json.chapters[6].auto_advance).to.equal(true);
    await expectEnd(0, ['chapter', 'next'], at());
    const whole = pids(folder.path);
    expect(Object.keys(whole)).to.deep.equal(['web-1', 'worker-1']);
    await expectEnd(0, ['chapter', 'next'], at());
    const load = await expectEnd(0, ['chapter', 'next'], at());
    expect(load.stderr).to.match(
      /simulated workload: a curve of 10000 ops\/s, nothing is measured/,
    );
    const begun = performance.now();
    const fault = await expectEnd(0, ['chapter', 'next', '--countdown', '2s'], at());
    expect(performance.now() - begun, 'the countdown lasts').to.be.above(2000);
    expect(fault.stderr).to.match(/Injecting fault in 2\.\.\.[\s\S]*Injecting fault in 1\.\.\./);
    const [victim] = changed(whole, pids(folder.path));
    expect(fault.stdout).to.match(
      new RegExp(
        `^\\[4/8\\] Fault Injection \\(live: f1: kill ${victim}; next: Detection\\)\nsimulated, not measured: `,
      ),
    );
    for (const title of ['Detection', 'Diagnosis'])
      expect((await expectEnd(0, ['chapter', 'next'], at())).stdout).to.include(title);
    const end = await expectEnd(0, ['chapter', 'next'], at());
    expect(end.stdout).to.match(
      /^\[8\/8\] Demo Complete \(the end of the story\)\nsimulated, not measured: /,
    );
    await expectEnd(3, ['chapter', 'next'], at());
    expect(pids(folder.path)).to.deep.equal({});
  });
});
