/** What a real load felt of a real fault, as the commands show it, and as a later run is compared with it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { bash, expectExit, type Folder, gameday, makeFolder, refusalOf, until } from './cli.ts';
import { loadStory } from './load-story.ts';

const STEADY =
  'steady_state: [ { throughput: ">= 20% of baseline" }, { errors: "<= 5%" }, { objective: 99.9% over 30d }, { recover_within: 90s } ]';
const inject = (...args: string[]) => [
  'fault',
  'inject',
  'kill',
  'web-1',
  '--countdown',
  '0',
  ...args,
];

describe('what was felt', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const impactNow = async () =>
    (await expectExit(0, ['workload', 'watch', '--json'], at())).json.impact[0];

  before(async () => {
    folder = makeFolder({
      'gameday.yaml': await loadStory('  - { title: One }\n  - { title: Two }\n', STEADY),
    });
    await expectExit(0, ['workload', 'start'], at());
  });
  after(() => folder?.cleanup());

  it('stands in the results of inject, list, watch, next and recover', async () => {
    const injected = await expectExit(0, inject('--json'), at());
    expect(injected.json.impact).to.have.length(1);
    expect(injected.json.impact[0]).to.include({
      fault: 'f1',
      simulated: false,
      baseline_from: 'measured',
      recovered_after_undo_ms: null,
    });
    expect(injected.json.impact[0].baseline).to.be.closeTo(60, 30);

    const seen = await until('the load to notice', async () =>
      (await impactNow()).detect_ms === null ? null : impactNow(),
    );
    expect(seen).to.include({ state: 'worse' });
    expect(seen.operations_lost).to.be.above(0);
    expect(seen.errors).to.have.property('refused');
    const list = await expectExit(0, ['fault', 'list'], at());
    expect(list.stdout).to.match(
      /\n {4}impact: web-1 killed: \d+ operations? lost \(\d+ %, [\d.e-]+ % of the 30d error budget\)/,
    );
    const next = await expectExit(0, ['chapter', 'next'], at());
    expect(next.stdout).to.match(
      /^\[1\/2\] One \(live: f1: kill web-1; next: [^)]+\)\nweb-1 killed: \d+ operations lost .*\n {2}[▁-█ ]+\n {2} *×─*\n {2}× fault; baseline \d+ ops\/s\n/,
    );
    expect(next.stdout).to.match(
      / {2}during the fault: errors rose to \d+(\.\d+)?% \(wanted: <= 5%\)\n/,
    );

    const recovered = await expectExit(0, ['fault', 'recover', '--json'], at());
    const [impact] = recovered.json.impact;
    expect(impact).to.include({ fault: 'f1', state: 'back', objective: '99.9% over 30d' });
    expect(impact.sentence).to.match(
      /^web-1 killed: .* error budget\).*back to \d+ % of the baseline .* (?:after|of) the (restart|fault)/,
    );
    for (const key of [
      'detect_ms',
      'depth',
      'lost_ratio',
      'recovered_after_injection_ms',
      'resilience',
      'error_budget_used',
    ])
      expect(impact[key], key).to.be.a('number');
    for (const key of ['before', 'during', 'after'])
      expect(impact[key], key).to.have.all.keys('p50_ms', 'p99_ms', 'p999_ms');
    expect(impact.error_budget_used).to.be.closeTo(
      impact.operations_lost / (impact.baseline * 30 * 86_400 * 0.001),
      1e-9,
    );
    expect(impact.steady_state.map(({ threshold, met }: any) => [threshold, met])).to.deep.equal([
      ['throughput >= 20% of baseline', true],
      ['errors <= 5%', false],
    ]);
  });

  it('can still be read when the load has ended, and the run', async () => {
    await expectExit(0, ['workload', 'stop'], at());
    const listed = (await expectExit(0, ['fault', 'list', '--all', '--json'], at())).json.faults;
    for (const fault of listed)
      expect(fault.impact).to.include({ fault: fault.id, simulated: false });
    await expectExit(0, ['chapter', 'reset', '--wait'], at());
  });

  it('can be what a later run is compared with', async () => {
    const { json } = await expectExit(0, ['workload', 'start', '--baseline', 'r1', '--json'], at());
    expect(json.workload.reference).to.include({ run: 'r1', kind: 'http' });
    expect(json.workload.reference.rate).to.be.closeTo(60, 30);
    expect(json.workload.reference.p99_ms).to.be.a('number');
    await expectExit(0, inject(), at());
    const seen = await until('the load to notice', async () =>
      (await impactNow()).detect_ms === null ? null : impactNow(),
    );
    expect(seen).to.include({ baseline_from: 'r1', baseline: json.workload.reference.rate });
    await expectExit(0, ['chapter', 'reset', '--wait'], at());
  });

  it('refuses a run that is not there, one that measured nothing, and what is neither run nor rate', async () => {
    const refuse = async (baseline: string) =>
      refusalOf(await gameday(['workload', 'start', '--baseline', baseline, '--json'], at()));
    expect(await refuse('r99')).to.include({ code: 'unknown_run', exit: 2 });
    expect(await refuse('fast')).to.include({ code: 'usage', exit: 2 });
    rmSync(join(folder.path, '.gameday/runs/r1/samples.ndjson'), { force: true });
    const few = await refuse('r1');
    expect(few).to.include({ code: 'no_baseline', exit: 4 });
    expect(few.message).to.match(/Run r1 has 0 windows .* at least 10 are needed/);
    const { json } = await expectExit(
      0,
      ['workload', 'start', '--baseline', '45/s', '--json'],
      at(),
    );
    expect(json.workload).to.include({ baseline: 45, reference: null });
  });
});

describe('a script that wants the steady state kept', () => {
  let folder: Folder;
  afterEach(() => folder?.cleanup());

  it('fails with 8 where it was left while something was broken, though all of it was mended', async () => {
    const chapters = `
  - { title: Load, on_enter: [ { workload: start } ] }
  - { title: Break, on_enter: [ { inject: { kind: kill, service: web-1, countdown: 0s } }, { wait: 2s } ] }
  - { title: Mend, on_enter: [ { recover: all } ] }
`;
    folder = makeFolder({ 'gameday.yaml': await loadStory(chapters, STEADY) });
    const script = fileURLToPath(new URL('../../examples/scripts/play.sh', import.meta.url));
    const ended = await bash(`bash '${script}' .`, { cwd: folder.path, env: { STRICT: '1' } });
    expect(ended.code, ended.stderr).to.equal(8);
    expect(ended.stderr).to.match(
      /The steady state was left while something was broken:\n {2}f1: errors <= 5%, at worst \d/,
    );
    expect(ended.stderr).not.to.include('throughput');
  });
});
