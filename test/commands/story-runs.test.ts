/** `story runs` of real runs, and what `--prune` deletes and never deletes. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { sealed } from '../../src/journal/seal.ts';
import { expectExit, foldersOfATest, gameday, processStory, refusalOf, startUntil } from './cli.ts';

const CHAPTERS = `
  - { title: One }
  - title: Two
    on_enter: [ { inject: { kind: pause, service: web-1, countdown: 0s } }, { recover: all } ]
`;

describe('story runs', function () {
  this.timeout(120_000);
  const folder = foldersOfATest();
  const runsIn = (path: string) => join(path, '.gameday', 'runs');

  it('lists what came of each, the newest first, and reads a run that is over only once', async () => {
    const { path: cwd } = folder({ 'gameday.yaml': await processStory(CHAPTERS) });
    const runs = async (...args: string[]) =>
      (await expectExit(0, ['story', 'runs', ...args, '--json'], { cwd })).json;
    expect(await runs()).to.deep.equal({ runs: [], more: false, pruned: null });
    expect((await expectExit(0, ['story', 'runs'], { cwd })).stdout).to.equal(
      'No run has begun here.\n',
    );
    for (let chapter = 0; chapter < 2; chapter++) await expectExit(0, ['chapter', 'next'], { cwd });
    await expectExit(0, ['chapter', 'reset'], { cwd });
    await expectExit(0, ['chapter', 'next'], { cwd });
    const [second, first] = (await runs()).runs;
    expect(first).to.include({ run: 'r1', current: false, problem: null });
    expect(first.summary).to.include({
      state: 'over',
      verdict: 'held',
      faults: 1,
      live_faults: 0,
      met: 1,
    });
    expect(second).to.include({ run: 'r2', current: true });
    expect(second.summary).to.include({ state: 'under_way', verdict: 'not_measured' });
    const { stdout } = await expectExit(0, ['story', 'runs'], { cwd });
    expect(stdout).to.match(
      /^ +run +began \(UTC\) .*\n▶ +r2 .* so far .*\n +r1 .* held 1 of 1 +1 /,
    );

    // What was summed up is not read again, until something is added.
    const journal = join(runsIn(cwd), 'r1', 'journal.ndjson');
    const text = readFileSync(journal, 'utf8');
    writeFileSync(journal, 'x'.repeat(Buffer.byteLength(text)));
    expect((await runs()).runs[1].summary).to.deep.equal(first.summary);
    writeFileSync(journal, `${text.replace('"verified"', '"nonsense"')}\n`);
    const damaged = (await runs()).runs[1];
    expect(damaged.summary).to.equal(null);
    expect(damaged.problem).to.include('journal.ndjson');
    writeFileSync(journal, text);
  });

  it('--prune keeps the newest, the current one, and every one of which something is live or cannot be told', async () => {
    const { path: cwd } = folder({ 'gameday.yaml': await processStory(CHAPTERS) });
    await expectExit(0, ['chapter', 'next'], { cwd });
    await expectExit(0, ['fault', 'inject', 'pause', 'web-1', '--countdown', '0'], { cwd });
    const at = (id: string) => join(runsIn(cwd), id);
    cpSync(at('r1'), at('r2'), { recursive: true });
    await expectExit(0, ['fault', 'recover'], { cwd });
    await expectExit(0, ['chapter', 'reset'], { cwd });
    // r1 is over, r2 has a live fault, r3 is damaged, r4 to r30 are as r1, and r31 is the current one.
    for (let run = 3; run <= 30; run++) cpSync(at('r1'), at(`r${run}`), { recursive: true });
    for (let run = 4; run <= 30; run++) {
      const journal = join(at(`r${run}`), 'journal.ndjson');
      const [first = '', ...rest] = readFileSync(journal, 'utf8').split('\n');
      const { sum: _, ...started } = JSON.parse(first);
      const line = sealed(JSON.stringify({ ...started, run: `r${run}` }));
      writeFileSync(journal, [line, ...rest].join('\n'));
    }
    writeFileSync(join(at('r3'), 'journal.ndjson'), 'nonsense\n');
    mkdirSync(join(runsIn(cwd), '.gone-r99'));
    writeFileSync(join(cwd, '.gameday', 'current'), 'r5\n');

    const busy = await startUntil(
      /Injecting fault/,
      ['fault', 'inject', 'pause', 'web-2', '--countdown', '30s'],
      { cwd },
    );
    // The current run is over, so that this one has begun a new run.
    const refused = refusalOf(await gameday(['story', 'runs', '--prune', '5', '--json'], { cwd }));
    expect(refused).to.include({ code: 'run_busy', exit: 4 });
    busy.child.kill('SIGINT');
    await busy.ended;
    writeFileSync(join(cwd, '.gameday', 'current'), 'r5\n');

    const { json } = await expectExit(0, ['story', 'runs', '--prune', '5', '--json'], { cwd });
    expect(json.pruned.kept.map(({ run }: any) => run)).to.deep.equal(['r5', 'r3', 'r2']);
    const [current, damaged, live] = json.pruned.kept.map(({ reason }: any) => reason);
    expect(current).to.equal('it is the current one');
    expect(damaged).to.include('not known');
    expect(live).to.equal('f1 is live');
    expect(readdirSync(runsIn(cwd)).toSorted()).to.deep.equal(
      ['r2', 'r3', 'r5', ...json.runs.slice(0, 5).map(({ run }: any) => run)].toSorted(),
    );
    expect(existsSync(at('r1'))).to.equal(false);
    expect(json.runs).to.have.length(8);
    expect(
      refusalOf(await gameday(['story', 'runs', '--prune', '0', '--json'], { cwd })),
    ).to.include({ code: 'usage' });
    // Nothing of this copy is live: it would be undone on the real stack.
    writeFileSync(join(cwd, '.gameday', 'current'), `${json.runs[0].run}\n`);
  });
});
