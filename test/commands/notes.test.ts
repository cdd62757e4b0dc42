/** Notes: written while another command holds the run, by many at once, over kill -9 and a line that was cut off; seen in `chapter list` and in the feed. */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { openFeed } from '../../src/app/feed.ts';
import {
  events,
  expectExit,
  foldersOfATest,
  gameday,
  processStory,
  refusalOf,
  start,
  startUntil,
} from './cli.ts';

const STORY = `
  - { title: One, on_enter: [ { wait: 20s } ] }
  - { title: Two }
`;

const notesFile = (cwd: string, run = 'r1') => join(cwd, '.gameday', 'runs', run, 'notes.ndjson');
const written = (cwd: string): any[] =>
  readFileSync(notesFile(cwd), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe('story note', function () {
  this.timeout(120_000);
  const makeFolder = foldersOfATest();
  const begun = async () => {
    const { path: cwd } = makeFolder({
      'gameday.yaml':
        'name: shop\nengine: process\nservices: { web: { command: [sleep, "600"] } }\nchapters: [ { title: One }, { title: Two } ]\n',
    });
    await expectExit(0, ['chapter', 'next'], { cwd });
    return cwd;
  };

  it('has time, author, chapter and its place among the events, and takes out what signs in', async () => {
    const cwd = await begun();
    const before = Date.now();
    const { json } = await expectExit(
      0,
      [
        'story',
        'note',
        ' pager went off, see https://me:secret@pager/x ',
        '--author',
        'ann',
        '--json',
      ],
      { cwd },
    );
    expect(json.run).to.equal('r1');
    expect(json.note).to.deep.include({
      author: 'ann',
      text: 'pager went off, see https://pager/x',
      chapter: 'one',
    });
    expect(Date.parse(json.note.at)).to.be.within(before, Date.now());
    expect(written(cwd)).to.deep.equal([{ v: 1, ...json.note, after_seq: events(cwd).at(-1).seq }]);
    expect(statSync(notesFile(cwd)).mode & 0o777).to.equal(0o600);
    const list = await expectExit(0, ['chapter', 'list'], { cwd });
    expect(list.stdout).to.match(/Notes:\n {2}\d\d:\d\d:\d\d ann: pager went off/);
    expect((await expectExit(0, ['chapter', 'list', '--json'], { cwd })).json.notes).to.deep.equal([
      json.note,
    ]);
    expect(openFeed(join(cwd, '.gameday')).now().notes).to.deep.equal(written(cwd));
  });

  it('is written by many at once while a command holds the run, and none is lost or mixed up', async () => {
    const { path: cwd } = makeFolder({ 'gameday.yaml': await processStory(STORY) });
    const holder = await startUntil(/Wait 20s|wait/i, ['chapter', 'next'], { cwd });
    const texts = Array.from({ length: 8 }, (_, index) =>
      `${index} ${'long '.repeat(1500)}`.trim(),
    );
    const ended = await Promise.all(texts.map((text) => gameday(['story', 'note', text], { cwd })));
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).to.deep.equal(
      texts.map(() => ({ code: 0, stderr: '' })),
    );
    expect(written(cwd).map(({ text }) => text)).to.have.members(texts);
    expect(refusalOf(await gameday(['chapter', 'next', '--json'], { cwd })).code).to.equal(
      'run_busy',
    );
    holder.child.kill('SIGINT');
    await holder.ended;
  });

  it('killed at any moment: each note is there whole or not at all, and the next one is', async () => {
    const cwd = await begun();
    for (const afterMs of [60, 90, 120, 150, 180, 210]) {
      const started = start(['story', 'note', `killed after ${afterMs}`], { cwd });
      setTimeout(() => started.child.kill('SIGKILL'), afterMs);
      await started.ended;
    }
    await expectExit(0, ['story', 'note', 'still here'], { cwd });
    const texts = written(cwd).map(({ text }) => text);
    expect(texts.at(-1)).to.equal('still here');
    for (const text of texts.slice(0, -1)) expect(text).to.match(/^killed after \d+$/);
  });

  it('a line that was cut off is left out with a warning, and spoils no other', async () => {
    const cwd = await begun();
    await expectExit(0, ['story', 'note', 'first'], { cwd });
    appendFileSync(notesFile(cwd), '{"v":1,"at":"2026');
    const torn = await expectExit(0, ['chapter', 'list'], { cwd });
    expect(torn.stderr).to.match(/The last line of .*notes\.ndjson was cut off/);
    expect(torn.stdout).to.include(': first');
    await expectExit(0, ['story', 'note', 'second'], { cwd });
    const list = await expectExit(0, ['chapter', 'list', '--json'], { cwd });
    expect(list.json.notes.map(({ text }: any) => text)).to.deep.equal(['first', 'second']);
    const told = await expectExit(0, ['chapter', 'list'], { cwd });
    expect(told.stderr).to.match(/1 line of .*notes\.ndjson cannot be read/);
  });

  it('is made harmless for a terminal, and kept as it was written', async () => {
    const cwd = await begun();
    const evil = 'red \u001b[31malert\u001b[0m\nnext \u202eline';
    const { stdout } = await expectExit(0, ['story', 'note', evil], { cwd });
    const list = await expectExit(0, ['chapter', 'list'], { cwd });
    for (const text of [stdout, list.stdout]) {
      expect(text).to.include('red alert next line');
      for (const bad of ['\u001b', '\u202e']) expect(text).to.not.include(bad);
    }
    expect(written(cwd)[0].text).to.equal(evil);
  });

  it('is taken while the journal cannot be read, and of a run that is over', async () => {
    const cwd = await begun();
    appendFileSync(join(cwd, '.gameday', 'runs', 'r1', 'journal.ndjson'), 'nonsense\n');
    await expectExit(0, ['story', 'note', 'the journal is broken'], { cwd });
    expect(written(cwd)[0]).to.deep.include({ chapter: null, after_seq: null });
    const over = await begun();
    await expectExit(0, ['chapter', 'reset'], { cwd: over });
    await expectExit(0, ['story', 'note', 'afterwards'], { cwd: over });
    expect(written(over)[0].text).to.equal('afterwards');
  });

  it('is refused where there is no run, and without a text', async () => {
    const { path: cwd } = makeFolder();
    expect(refusalOf(await gameday(['story', 'note', 'x', '--json'], { cwd })).code).to.equal(
      'no_run',
    );
    expect(refusalOf(await gameday(['story', 'note', '  ', '--json'], { cwd })).code).to.equal(
      'usage',
    );
    expect(refusalOf(await gameday(['story', 'note', '--json'], { cwd })).code).to.equal('usage');
  });
});
