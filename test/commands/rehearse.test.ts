/** The whole story as a dry run: what it would do, how long that takes, where it would be refused; and nothing is done. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { expectExit, foldersOfATest, gameday, pids, processStory } from './cli.ts';

const STORY = `
  - { title: One, narration: Ten words are read aloud in four seconds or so. }
  - { title: Break, on_enter: [ { inject: { kind: kill, service: web, countdown: 3s } } ] }
  - { title: Guarded, on_enter: [ { inject: { kind: kill, service: keeper, countdown: 0s } } ] }
  - { title: Mend, on_enter: [ { recover: f1 }, { recover: all } ] }
`;

describe('chapter play --rehearse', () => {
  const makeFolder = foldersOfATest();

  it('says what each chapter would do and how long it takes, and runs nothing', async () => {
    const cwd = makeFolder({ 'gameday.yaml': await processStory(STORY) }).path;
    const { json } = await expectExit(0, ['chapter', 'play', '--rehearse', '--json'], { cwd });
    const { chapters, typical_ms, refused } = json.rehearsal;
    expect(chapters.map(({ title }: { title: string }) => title)).to.deep.equal([
      'One',
      'Break',
      'Guarded',
      'Mend',
    ]);
    const sum = chapters.reduce((all: number, each: any) => all + each.typical_ms, 0);
    expect(typical_ms).to.equal(sum);
    expect(chapters[1].typical_ms).to.be.above(3000);
    expect(refused).to.equal(0);
    expect(existsSync(join(cwd, '.gameday', 'runs'))).to.equal(false);
  });

  it('names whom each fault would hit on the stack as it is, and what would be refused', async () => {
    const story = await processStory(STORY, 'protect: [keeper]');
    const cwd = makeFolder({ 'gameday.yaml': story }).path;
    await expectExit(0, ['chapter', 'next'], { cwd });
    const before = pids(cwd);
    const rehearsed = await gameday(['chapter', 'play', '--rehearse'], { cwd });
    expect(rehearsed.code, rehearsed.stderr).to.equal(4);
    expect(rehearsed.stdout).to.match(/\[2\/4\] Break {2}about [\d.]+s/);
    expect(rehearsed.stdout).to.match(/target: web-\d/);
    expect(rehearsed.stdout).to.match(/refused now: .*protect/);
    expect(rehearsed.stdout).to.match(/The whole story: about .* read aloud\./);
    expect(rehearsed.stdout).to.contain('Refused now: 1 of 4 actions.');
    expect(pids(cwd)).to.deep.equal(before);
    const { json } = await expectExit(0, ['chapter', 'list', '--json'], { cwd });
    expect(json.current.number, 'the run stands where it stood').to.equal(1);
  });
});
