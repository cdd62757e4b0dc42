/** `story report` of real runs: with a load and a fault, under way, cut off by a crash; and what is in no format of it. */
import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { FORMATS } from '../../src/view/report/index.ts';
import { checkJunit } from '../report/junit.ts';
import { checkReport } from '../report/published.ts';
import {
  expectExit,
  type Folder,
  foldersOfATest,
  gameday,
  makeFolder,
  processStory,
  refusalOf,
} from './cli.ts';
import { loadStory } from './load-story.ts';

const STEADY =
  'steady_state: [ { throughput: ">= 10% of baseline" }, { errors: "<= 5%" }, { recover_within: 90s } ]';
const CHAPTERS = `
  - { title: Welcome, narration: "Three nodes at http://me:S3CRET@h/x?token=S3CRET." }
  - { title: Load Generation, on_enter: [ { workload: start } ] }
  - title: Fault Injection
    on_enter: [ { wait: 3s }, { inject: { kind: kill, service: web-1, countdown: 0s } } ]
  - { title: Detection, on_enter: [ { detect: 20s } ] }
  - { title: Recovery, on_enter: [ { recover: all }, { run: [ sh, -c, "echo password=S3CRET S3CRET" ] } ] }
  - { title: Demo Complete }
`;

describe('story report', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const json = async (...args: string[]) => {
    const { stdout } = await expectExit(
      0,
      ['story', 'report', ...args, '-f', 'json', '-o', '-'],
      at(),
    );
    const report = JSON.parse(stdout);
    checkReport(report);
    return report;
  };

  before(async function () {
    this.timeout(120_000);
    folder = makeFolder({ 'gameday.yaml': await loadStory(CHAPTERS, STEADY) });
    for (let chapter = 0; chapter < 4; chapter++) await expectExit(0, ['chapter', 'next'], at());
  });
  after(() => folder?.cleanup());

  it('of a run under way says so, and what is live', async () => {
    const report = await json();
    expect(report.run).to.include({ id: 'r1', state: 'under_way' });
    expect(report.verdict).to.include({ live_faults: 1 });
    expect(report.notes.map(({ note }: any) => note)).to.include.members([
      'under_way',
      'live_faults',
    ]);
    expect(report.action_items.join()).to.include('recovery of f1 (kill web-1)');
  });

  it('of the whole run has the figures of every fault, and who noticed', async () => {
    for (let chapter = 0; chapter < 2; chapter++) await expectExit(0, ['chapter', 'next'], at());
    const report = await json('r1');
    expect(report.run.state).to.equal('over');
    expect(report.verdict).to.include({ faults: 1, live_faults: 0, simulated: false });
    const [fault] = report.faults;
    expect(fault).to.include({ id: 'f1', outcome: 'verified', recovered_by: 'command' });
    expect(fault.impact.operations_lost).to.equal(report.verdict.operations_lost).and.above(0);
    expect(fault.noticed.engine).to.be.a('number');
    expect(fault.noticed.workload).to.equal(fault.impact.detect_ms);
    const items = report.items.map(({ when, name, state }: any) => `${when} ${name}: ${state}`);
    expect(items).to.include.members([
      'before errors: met',
      'during errors: deviated',
      'during throughput: met',
      'after errors: met',
      'null noticed: met',
      'null recovery of f1 (kill web-1): met',
    ]);
    expect(report.verdict.state).to.equal('deviated');
    expect(report.chapters.map(({ phase }: any) => phase)).to.deep.equal(Array(6).fill('entered'));
    const lane = report.instances.lanes.find(({ instance }: any) => instance === 'web-1');
    const states = lane.spans.map(({ state }: any) => state);
    expect(states).to.include('exited');
    expect(states.at(-1)).to.be.oneOf(['running', 'exited']);
    expect(report.series.points.filter((point: any) => point.errors_per_s > 0)).to.not.be.empty;
    expect(report.environment.host).to.be.a('string');
  });

  it('writes a file in the run’s folder, for the user alone, and prints its path', async () => {
    const { stdout, stderr } = await expectExit(0, ['story', 'report'], at());
    const path = join(folder.path, '.gameday/runs/r1/report.html');
    expect([stdout, stderr]).to.deep.equal([`${path}\n`, '']);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(readFileSync(path, 'utf8')).to.match(/^<!doctype html>[\s\S]*<\/html>\n$/);
    const told = await expectExit(
      0,
      ['story', 'report', '--format', 'junit', '--output', 'out.xml', '--json'],
      at(),
    );
    expect(told.json).to.deep.include({
      run: 'r1',
      format: 'junit',
      path: join(folder.path, 'out.xml'),
    });
    expect(told.json.verdict.sentence).to.match(/^Deviated: /);
    expect(checkJunit(readFileSync(told.json.path, 'utf8')).failures).to.equal(
      told.json.verdict.deviated,
    );
    const shown = await expectExit(0, ['story', 'report', '-f', 'csv', '-o', '-', '--json'], at());
    expect(shown.json.text).to.match(/^time,elapsed_s,/);
  });

  it('needs no story any more, and holds no secret in any format', async () => {
    const story = join(folder.path, 'gameday.yaml');
    const text = readFileSync(story, 'utf8');
    rmSync(story);
    try {
      for (const format of FORMATS) {
        const { stdout } = await expectExit(
          0,
          ['story', 'report', '-f', format, '-o', '-', '--state-dir', '.gameday'],
          at(),
        );
        expect(stdout.length, format).to.be.above(500);
        expect(stdout, format).to.not.include('S3CRET');
      }
    } finally {
      writeFileSync(story, text);
    }
  });

  it('compares with a report that was kept, and exits with 8 where something is worse than allowed', async () => {
    const kept = join(folder.path, 'main.json');
    await expectExit(0, ['story', 'report', '-f', 'json', '-o', kept], at());
    const against = ['story', 'report', '--against', kept, '--fail-if-worse', '10%'];
    const same = (await expectExit(0, [...against, '--json'], at())).json;
    expect(same.sentence).to.match(/^r1 against r1: 0 worse, 0 better, \d+ the same/);
    const better = JSON.parse(readFileSync(kept, 'utf8'));
    better.faults[0].impact.operations_lost = 0;
    better.verdict.deviated = 0;
    writeFileSync(kept, JSON.stringify(better));
    const { stdout } = await expectExit(8, against, at());
    expect(stdout).to.match(/^r1 against r1: 2 worse, .*; 2 are worse by more than 10 %\.\n/);
    expect(stdout).to.match(
      /\nkill in fault-injection: operations lost +0 +\d+ +from 0 +worse \(!\)\n/,
    );
    const worse = (await expectExit(8, [...against, '--json'], at())).json;
    expect(worse.failed).to.equal(true);
    const shown = await expectExit(
      0,
      ['story', 'report', '--compare', 'r1', 'r1', 'r1', '-f', 'markdown'],
      at(),
    );
    expect(shown.stdout).to.match(/^\*\*r1 against r1, r1: 0 worse/);
    const refuse = async (...args: string[]) =>
      refusalOf(await gameday(['story', 'report', ...args, '--json'], at()));
    expect(await refuse('--against', 'gameday.yaml')).to.include({ code: 'usage' });
    expect(await refuse('--fail-if-worse', '10%')).to.include({ code: 'usage' });
    expect(await refuse('--compare', 'r1', '-f', 'html')).to.include({ code: 'usage' });
    expect(await refuse('--compare', 'r77')).to.include({ code: 'unknown_run' });
  });

  it('refuses a run that is not there, a file that cannot be written, and a format that is none', async () => {
    const refuse = async (...args: string[]) =>
      refusalOf(await gameday(['story', 'report', ...args, '--json'], at()));
    expect(await refuse('r99')).to.include({ code: 'unknown_run', exit: 2 });
    expect(await refuse('../r1')).to.include({ code: 'unknown_run', exit: 2 });
    expect(await refuse('-o', '/nowhere/report.html')).to.include({
      code: 'state_unwritable',
      exit: 4,
    });
    expect(await refuse('-f', 'pdf')).to.include({ code: 'usage', exit: 2 });
  });
});

describe('story report of what was cut off', () => {
  const folderOf = foldersOfATest();

  it('says what a torn journal lacks, and reads nothing of the engine', async () => {
    const folder = folderOf({
      'gameday.yaml': await processStory('  - { title: One }\n  - { title: Two }\n'),
    });
    const at = { cwd: folder.path };
    const none = refusalOf(await gameday(['story', 'report', '--json'], at));
    expect(none).to.include({ code: 'no_run', exit: 4 });
    await expectExit(0, ['chapter', 'next'], at);
    appendFileSync(join(folder.path, '.gameday/runs/r1/journal.ndjson'), '{"v":2,"seq":99');
    const { stdout } = await expectExit(0, ['story', 'report', '-f', 'json', '-o', '-'], at);
    const report = JSON.parse(stdout);
    checkReport(report);
    expect(report.notes.map(({ sentence }: any) => sentence).join()).to.include(
      'was cut off while it was written',
    );
    expect(report.verdict.state).to.equal('not_measured');
  });
});
