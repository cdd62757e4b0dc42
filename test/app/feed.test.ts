/**
 * The feed beside a process that changes the run: no event is missed or told twice, whatever happens to the other process and
 * to the run; nothing is written by it; and what a run of before has no file for is said not to be known.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Feed, openFeed } from '../../src/app/feed.ts';
import { type Journal, keepStory, StateLog } from '../../src/journal/index.ts';
import type { Picture } from '../../src/run/picture.ts';
import type { Run } from '../../src/run/run.ts';
import { defaultStory } from '../../src/story/default-story.ts';
import { start, withAll } from '../journal/processes.ts';
import { inFolder, injecting, lock, makeRun, note, START, session } from '../journal/sample.ts';
import { row } from '../story/things.ts';

/** Run and number of every event that a follower was shown, in the order in which he was. */
class Follower {
  readonly told: string[] = [];
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  #at = { run: '', seq: 0 };
  newest: Picture | null = null;

  constructor(feed: Feed) {
    this.ended = this.#follow(feed);
  }

  async #follow(feed: Feed): Promise<void> {
    for await (const picture of feed.changes(this.#stop.signal)) {
      this.newest = picture;
      const id = picture.run?.id ?? '';
      if (id !== this.#at.run) this.#at = { run: id, seq: 0 };
      for (const { seq } of picture.events) {
        if (seq <= this.#at.seq) continue;
        this.#at.seq = seq;
        this.told.push(`${id} ${seq}`);
      }
    }
  }

  async reach(what: string, withinMs = 10_000): Promise<void> {
    const end = performance.now() + withinMs;
    while (!this.told.includes(what)) {
      if (performance.now() > end)
        throw new Error(`never told of ${what}, but of ${this.told.at(-1)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stop(): Promise<string[]> {
    this.#stop.abort();
    await this.ended;
    return this.told;
  }
}

/** `r1 1`, `r1 2`, … as the journals on the disk have them. */
function journalled(stateDir: string): string[] {
  return readdirSync(join(stateDir, 'runs'))
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
    .flatMap((run) => {
      const text = readFileSync(join(stateDir, 'runs', run, 'journal.ndjson'), 'utf8');
      return (
        text
          .slice(0, text.lastIndexOf('\n') + 1)
          .trimEnd()
          .split('\n')
          // One that was killed before its first event was whole has none.
          .flatMap((line) => (line === '' ? [] : `${run} ${JSON.parse(line).seq}`))
      );
    });
}

/** Every file below with what would change if somebody wrote to it. */
function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs, ino } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs} ${ino}`;
    });
}

describe('the feed', () => {
  it('tells of every event in order, over kill -9 of the writer, ends of runs and new ones', () =>
    inFolder(async (stateDir) => {
      const follower = new Follower(openFeed(stateDir));
      for (let round = 0; round < 3; round++) {
        const writer = start('loop', stateDir);
        await withAll([writer], async () => {
          for (let lines = 0; lines < 120; lines++) await writer.line();
          writer.process.kill('SIGKILL');
          await writer.ended;
        });
      }
      const all = journalled(stateDir);
      await follower.reach(all.at(-1) as string);
      expect(await follower.stop()).to.deep.equal(all);
      expect(new Set(all.map((each) => each.split(' ')[0])).size).to.be.greaterThan(3);
    }));

  it('more events at once than a picture holds come in several', () =>
    inFolder(async (stateDir) => {
      const follower = new Follower(openFeed(stateDir, { events: 7 }));
      await makeRun(stateDir, 60);
      await session(stateDir, (journal) => void journal.begin(START));
      await session(stateDir, (journal) => {
        for (let i = 0; i < 60; i++) journal.append(note());
        journal.begin(START);
      });
      const all = journalled(stateDir);
      await follower.reach(all.at(-1) as string);
      expect(await follower.stop()).to.deep.equal(all);
    }));

  it('one that comes late begins with the newest events, and misses none from there on', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 300);
      const feed = openFeed(stateDir, { events: 50 });
      const first = feed.now();
      expect(first.run?.seq).to.equal(300);
      expect(first.events.map(({ seq }) => seq)).to.deep.equal(
        Array.from({ length: 50 }, (_, index) => 251 + index),
      );
      await session(stateDir, (journal) => void journal.append(note()));
      expect(feed.now().events.at(-1)?.seq).to.equal(301);
    }));

  it('a line that is being written is told when it is whole, and a torn one never', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 3);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      const whole = readFileSync(path);
      const feed = openFeed(stateDir);
      expect(feed.now().run?.seq).to.equal(3);
      writeFileSync(path, `${whole}{"v":1,"seq":4,"at":"2026`);
      expect(feed.now().run?.seq).to.equal(3);
      await session(stateDir, (journal) => void journal.append(note()));
      expect(feed.now().run?.seq).to.equal(4);
    }));

  it('says who holds the run while it is held, and no longer when the holder was killed', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      const follower = new Follower(openFeed(stateDir));
      const holder = start('hold', stateDir);
      await withAll([holder], async () => {
        await holder.line();
        holder.process.stdin?.write('\n');
        await holder.line();
        await until(() => follower.newest?.holder?.command === 'child hold');
        expect(follower.newest?.holder?.pid).to.equal(holder.process.pid);
        holder.process.kill('SIGKILL');
        await until(() => follower.newest?.holder === null);
      });
      await follower.stop();
    }));

  it('writes nothing, and makes nothing where there is nothing', () =>
    inFolder(async (stateDir) => {
      const feed = openFeed(stateDir);
      expect(feed.now()).to.deep.include({ run: null, instances: null, holder: null });
      expect(() => statSync(stateDir)).to.throw('ENOENT');
      await makeRun(stateDir, 5);
      const before = fingerprint(stateDir);
      const follower = new Follower(feed);
      await follower.reach('r1 5');
      feed.now();
      await follower.stop();
      expect(fingerprint(stateDir)).to.deep.equal(before);
    }));

  it('of a run that has no such files, story, instances and environment are not known, and the rest is', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 1);
      const picture = openFeed(stateDir).now();
      expect(picture).to.deep.include({ story: null, instances: null, environment: null });
      expect(
        picture.chapters.map(({ id, chapter, phase }) => ({ id, chapter, phase })),
      ).to.deep.equal(['one', 'two', 'three'].map((id) => ({ id, chapter: null, phase: 'ahead' })));
    }));

  it('damaged files beside the journal are as none; a damaged journal is refused by its line', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      const folder = join(stateDir, 'runs', 'r1');
      for (const name of ['story.ndjson', 'instances.ndjson', 'environment.json', 'probes.ndjson'])
        writeFileSync(join(folder, name), '{"v":1,"story":{}}\n\u0000\n[');
      expect(openFeed(stateDir).now()).to.deep.include({
        story: null,
        instances: null,
        environment: null,
      });
      rmSync(join(folder, 'snapshot.json'), { force: true });
      writeFileSync(join(folder, 'journal.ndjson'), 'no event\n');
      expect(() => openFeed(stateDir).now()).to.throw(/journal\.ndjson:1: /);
    }));

  it('shows the instances as they were seen, each with the live faults on it', () =>
    inFolder(async (stateDir) => {
      await session(stateDir, (journal) => {
        journal.begin(START);
        journal.append(injecting(journal.run as Run));
        const log = new StateLog(join(stateDir, 'runs', 'r1'), { isOnly: true });
        log.observe(
          [row('web', 1, { id: 'web-1', state: 'exited' }), row('web', 2)],
          Date.now(),
          true,
        );
        log.flush();
      });
      const { instances, faults } = openFeed(stateDir).now();
      expect(faults.map(({ id }) => id)).to.deep.equal(['f1']);
      expect(
        instances?.map(({ instance, state, faults, fresh }) => ({
          instance,
          state,
          faults,
          fresh,
        })),
      ).to.deep.equal([
        { instance: 'web-1', state: 'exited', faults: ['f1'], fresh: false },
        { instance: 'web-2', state: 'running', faults: [], fresh: false },
      ]);
    }));

  it('where nobody looks at the instances, the caller has them looked at; nothing of it is written', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      const before = fingerprint(stateDir);
      let looks = 0;
      const feed = openFeed(stateDir, {
        look: async () => {
          looks++;
          return [row('web', 1, { health: 'healthy' })];
        },
      });
      const follower = new Follower(feed);
      await until(() => follower.newest?.instances?.[0]?.fresh === true);
      const [first] = follower.newest?.instances ?? [];
      expect(first).to.include({ instance: 'web-1', health: 'healthy' });
      const seen = ++looks + 2;
      await until(() => looks > seen);
      expect(follower.newest?.instances?.[0]?.since, 'unchanged').to.equal(first?.since);
      await follower.stop();
      expect(fingerprint(stateDir)).to.deep.equal(before);
    }));

  it('has the story from its copy, the newest of its texts, wherever the file has gone', () =>
    inFolder(async (stateDir) => {
      const story = defaultStory({ name: 'shop', engine: 'process' });
      await session(stateDir, (journal: Journal) => {
        journal.begin(START);
        const keep = (digest: string, name: string) =>
          keepStory(join(stateDir, 'runs', 'r1'), {
            at: new Date().toISOString(),
            path: '/gone/gameday.yaml',
            digest,
            story: { ...story, name },
          });
        keep('a', 'first');
        keep('a', 'first again');
        keep('b', 'second');
      });
      const { story: copy, chapters } = openFeed(stateDir).now();
      expect(copy).to.deep.include({ digest: 'b', path: '/gone/gameday.yaml' });
      expect(copy?.story.name).to.equal('second');
      expect(chapters).to.have.length(8);
      expect(chapters[3]?.chapter?.narration).to.be.a('string').and.not.equal('');
      const text = readFileSync(join(stateDir, 'runs', 'r1', 'story.ndjson'), 'utf8');
      expect(text).to.include('"first"').and.not.include('first again');
    }));

  it('goes on where the whole state folder was moved away and another is there', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 4);
      const feed = openFeed(stateDir);
      expect(feed.now().run?.seq).to.equal(4);
      renameSync(stateDir, `${stateDir}.old`);
      expect(feed.now().run).to.equal(null);
      await makeRun(stateDir, 2);
      expect(feed.now().run?.seq).to.equal(2);
      unlinkSync(join(stateDir, 'current'));
      expect(feed.now().run?.seq).to.equal(2);
      mkdirSync(join(stateDir, 'runs', 'r7'));
      expect(feed.now().run?.seq).to.equal(2);
    }));

  it('shows what this process is doing, until it is done', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      const feed = openFeed(stateDir);
      const progress = { type: 'step.begin', step: 'a', text: 'x' } as never;
      feed.show(progress);
      expect(feed.now().progress).to.equal(progress);
      feed.show(null);
      expect(feed.now().progress).to.equal(null);
    }));

  it('a lock that is held by this process stays held, though the feed looks at it', () =>
    inFolder(async (stateDir) => {
      const journal = await lock(stateDir);
      journal.begin(START);
      const feed = openFeed(stateDir);
      expect(feed.now().holder?.pid).to.equal(process.pid);
      const other = start('append', stateDir);
      expect(await other.rest()).to.not.include('done');
      journal.release();
    }));
});

async function until(holds: () => boolean, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error('it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
