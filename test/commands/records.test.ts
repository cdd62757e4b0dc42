/** What stands beside a run after commands of a user's: story, environment, instances over time; and the feed says what the commands say. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { openFeed } from '../../src/app/feed.ts';
import type { PictureInstance } from '../../src/run/picture.ts';
import { EIGHT, expectExit, foldersOfATest, gameday, processStory, until } from './cli.ts';

const stateOf = (cwd: string) => join(cwd, '.gameday');
const recordOf = (cwd: string, name: string) => join(stateOf(cwd), 'runs', 'r1', name);
const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const feedOf = (cwd: string) => openFeed(stateOf(cwd)).now();

describe('records of a run', function () {
  this.timeout(120_000);
  const folder = foldersOfATest();

  it('the states of the instances, from the kill to the recovery by the watchdog, in lines that jq reads', async () => {
    const { path: cwd } = folder({ 'gameday.yaml': await processStory(EIGHT) });
    const injected = await expectExit(
      0,
      ['fault', 'inject', 'kill', 'web-2', '--duration', '4s', '--json'],
      { cwd },
    );
    expect(injected.json.fault.id).to.equal('f1');
    const webs = (picture = feedOf(cwd)) =>
      Object.fromEntries(
        (picture.instances ?? []).map((each: PictureInstance) => [each.instance, each]),
      );
    await until('a look of the watchdog', () => webs()['web-2']?.fresh === true);
    expect(webs()['web-2'])
      .to.include({ state: 'exited' })
      .and.deep.include({ faults: ['f1'] });
    expect(webs()['web-1']).to.include({ state: 'running' }).and.deep.include({ faults: [] });
    await until('the recovery', () => feedOf(cwd).faults.length === 0);
    await until('a look after it', () => webs()['web-2']?.state === 'running');
    expect(webs()['web-2']).to.deep.include({ faults: [] });

    const path = recordOf(cwd, 'instances.ndjson');
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const seen = linesOf(path).filter(({ instance }) => instance === 'web-2');
    const states = seen.map(({ state }) => state);
    expect(states[0]).to.equal('running');
    expect(states).to.include('exited');
    expect(states.at(-1)).to.equal('running');
    const lives = new Set(
      seen.map(({ incarnation }) => incarnation).filter((each) => each !== null),
    );
    expect(lives.size, 'one life before the kill, one after it').to.equal(2);
    const others = linesOf(path).filter(({ instance }) => instance === 'keeper-1');
    expect(new Set(others.map(({ state }) => state)), 'nothing else').to.deep.equal(
      new Set(['running']),
    );
  });

  it('the story as it was, and as it was edited, without what signs in; the feed has it when the file is gone', async () => {
    const story = await processStory(
      EIGHT.replace('Three nodes.', '"Three nodes at http://me:S3CRET@h/x."'),
      'workload: { kind: http, url: "http://u:S3CRET@127.0.0.1:9/x?t=S3CRET", rate: 1/s, headers: { A: S3CRET } }',
    );
    const { path: cwd } = folder({ 'gameday.yaml': story });
    const file = join(cwd, 'gameday.yaml');
    await expectExit(0, ['chapter', 'next'], { cwd });
    await expectExit(0, ['chapter', 'next'], { cwd });
    writeFileSync(file, story.replace('Demo Complete', 'That is all'));
    await expectExit(0, ['chapter', 'next'], { cwd });
    const copies = linesOf(recordOf(cwd, 'story.ndjson'));
    expect(copies.map(({ story: { chapters } }) => chapters.at(-1).title)).to.deep.equal([
      'Demo Complete',
      'That is all',
    ]);
    const run = join(stateOf(cwd), 'runs');
    for (const name of readdirSync(run, { recursive: true, encoding: 'utf8' })) {
      if (statSync(join(run, name)).isDirectory()) continue;
      expect(readFileSync(join(run, name), 'latin1'), name).to.not.include('S3CRET');
      expect(statSync(join(run, name)).mode & 0o077, name).to.equal(0);
    }
    renameSync(file, join(cwd, 'moved.txt'));
    const { chapters, story: known } = feedOf(cwd);
    expect(known?.path).to.equal(file);
    expect(chapters[0]?.chapter?.narration.trim()).to.equal('Three nodes at http://h/x.');
    expect(chapters.map(({ phase }) => phase)).to.deep.equal([
      'passed',
      'passed',
      'entered',
      'ahead',
      'ahead',
      'ahead',
      'ahead',
      'ahead',
    ]);
    const shown = await expectExit(0, ['chapter', 'show', 'welcome'], { cwd });
    expect(shown.stdout).to.include('Three nodes at http://h/x.');
    expect(shown.stderr.replaceAll(/\s+/g, ' ')).to.include(
      'the story as the run last went on with it',
    );
    renameSync(join(cwd, 'moved.txt'), file);
  });

  it('where it took place: machine, user, commit; whether something is not committed comes later', async () => {
    const { path: cwd } = folder({ 'gameday.yaml': await processStory(EIGHT) });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        cwd,
        encoding: 'utf8',
      }).trim();
    git('init', '--quiet');
    git('add', 'gameday.yaml');
    git('commit', '--quiet', '-m', 'x');
    const commit = git('rev-parse', 'HEAD');
    git('pack-refs', '--all');
    await expectExit(0, ['fault', 'inject', 'kill', 'web-1', '--duration', '60s'], { cwd });
    const { environment } = feedOf(cwd);
    expect(environment).to.deep.include({ host: hostname(), user: userInfo().username });
    // The watchdog asks git, beside the command.
    expect(environment?.git?.commit).to.equal(commit);
    expect(environment?.git?.dirty).to.be.oneOf([null, false]);
    await until('git status', () => feedOf(cwd).environment?.git?.dirty !== null);
    expect(feedOf(cwd).environment?.git).to.deep.equal({ commit, dirty: false });
  });

  it('the feed says what the commands say', async () => {
    const { path: cwd } = folder({ 'gameday.yaml': await processStory(EIGHT) });
    for (let chapter = 0; chapter < 4; chapter++) await expectExit(0, ['chapter', 'next'], { cwd });
    const picture = feedOf(cwd);
    const { json: list } = await expectExit(0, ['fault', 'list', '--json'], { cwd });
    expect(picture.run?.id).to.equal(list.run);
    const targets = picture.faults.map(({ id, kind, phase, targets }) => ({
      id,
      kind,
      phase,
      targets: targets.map((target) => target.id),
    }));
    expect(targets).to.deep.equal(
      list.faults.map(({ id, kind, phase, targets }: any) => ({
        id,
        kind,
        phase,
        targets: targets.map((target: any) => target.id),
      })),
    );
    const { json: told } = await expectExit(0, ['chapter', 'list', '--json'], { cwd });
    expect(picture.chapters.map(({ id, title }) => ({ id, title }))).to.deep.equal(
      told.chapters.map(({ id, title }: any) => ({ id, title })),
    );
    const current = picture.chapters.find(({ phase }) => phase === 'entered');
    expect({ number: current?.number, id: current?.id, phase: current?.phase }).to.deep.equal(
      told.current,
    );
    const hit = picture.instances?.filter(({ faults }) => faults.length > 0) ?? [];
    expect(hit.map(({ id, state }) => `${id} ${state}`)).to.deep.equal(
      targets[0]?.targets.map((id) => `${id} exited`),
    );
    await gameday(['chapter', 'reset'], { cwd });
    expect(feedOf(cwd).run?.finished_at).to.be.a('string');
  });
});
