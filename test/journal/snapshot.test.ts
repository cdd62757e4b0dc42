import { hash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readEvents, readRun } from '../../src/journal/index.ts';
import { SNAPSHOT_VERSION } from '../../src/journal/snapshot.ts';
import type { Event } from '../../src/run/events.ts';
import type { Run } from '../../src/run/run.ts';
import {
  bodyFor,
  failure,
  foldAll,
  inFolder,
  injecting,
  lock,
  makeRun,
  note,
  START,
  session,
} from './sample.ts';

const journalOf = (stateDir: string, id = 'r1') => join(stateDir, 'runs', id, 'journal.ndjson');
const snapshotOf = (stateDir: string, id = 'r1') => join(stateDir, 'runs', id, 'snapshot.json');

describe('journal: the snapshot', () => {
  it('spares a reader the lines before it; the reports read them all the same', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 60);
      const path = journalOf(stateDir);
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.replace('"seq":3,', '"seq":4,'));
      expect(statSync(path).size, 'more than the snapshot compares').to.be.greaterThan(8192);
      expect(readRun(stateDir).run?.seq).to.equal(60);
      const error = await failure(() => [...readEvents(path)]);
      expect(error).to.include({ code: 'journal_damaged' });
      expect(error.message).to.include(`${path}:3: `);
    }));

  it('is written while a long command works, so that one that is killed leaves little to read', () =>
    inFolder(async (stateDir) => {
      const journal = await lock(stateDir);
      journal.begin(START);
      for (let i = 0; i < 250; i++) journal.append(note());
      const { offset } = JSON.parse(readFileSync(snapshotOf(stateDir), 'utf8')) as {
        offset: number;
      };
      const unread =
        readFileSync(journalOf(stateDir)).subarray(offset).toString().split('\n').length - 1;
      expect(unread).to.be.lessThan(100);
      journal.release();
    }));

  it('is written soon after many commands that were killed before they could', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 120);
      const old = `${stateDir}.old`;
      writeFileSync(old, '{}');
      copyFileSync(old, snapshotOf(stateDir));
      const journal = await lock(stateDir);
      journal.append(note());
      const { run } = JSON.parse(readFileSync(snapshotOf(stateDir), 'utf8')) as { run: Run };
      expect(run.seq).to.equal(121);
      journal.release();
    }));

  it('is not written by a reader, nor by a command that recorded nothing', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 5);
      const before = statSync(snapshotOf(stateDir)).ino;
      readRun(stateDir);
      (await lock(stateDir)).release();
      expect(statSync(snapshotOf(stateDir)).ino).to.equal(before);
    }));

  it('is ignored when it is damaged, of another version or of another journal', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 9);
      await session(stateDir, (journal) => {
        journal.begin(START);
        for (let i = 0; i < 20; i++) journal.append(injecting(journal.run as Run));
      });
      const good = readFileSync(snapshotOf(stateDir, 'r2'), 'utf8');
      const parsed = JSON.parse(good) as { run: Run; offset: number; v: number };
      const wrong: Record<string, string> = {
        empty: '',
        'cut off': good.slice(0, good.length / 2),
        'no object': '[1, 2]',
        null: 'null',
        'of another run': readFileSync(snapshotOf(stateDir, 'r1'), 'utf8'),
        'of another version': JSON.stringify({ ...parsed, v: parsed.v + 1 }),
        'with another run in it': JSON.stringify({ ...parsed, run: { ...parsed.run, faults: [] } }),
        'with another offset': JSON.stringify({ ...parsed, offset: parsed.offset - 1 }),
        'with a digit changed': good.replace(
          `"seq":${parsed.run.seq}`,
          `"seq":${parsed.run.seq + 1}`,
        ),
      };
      for (const [what, text] of Object.entries(wrong)) {
        writeFileSync(snapshotOf(stateDir, 'r2'), text);
        expect(readRun(stateDir), what).to.deep.include({ run: parsed.run, warnings: [] });
      }
      const event = await session(stateDir, (journal) => journal.append(note()));
      expect(event.seq).to.equal(22);
      expect(existsSync(`${snapshotOf(stateDir, 'r2')}.tmp`)).to.equal(false);
    }));

  it('is ignored when the journal was replaced by another one of the same length', () =>
    inFolder(async (stateDir) => {
      const events = await makeRun(stateDir, 9);
      const path = journalOf(stateDir);
      const other = events.map((event) => ({ ...event, at: '1999-12-31T23:59:59.999Z' }));
      writeFileSync(path, other.map((event) => `${JSON.stringify(event)}\n`).join(''));
      expect(readRun(stateDir).run).to.deep.equal(foldAll(other).at(-1));
      expect(dirname(path)).to.equal(dirname(snapshotOf(stateDir)));
    }));

  /**
   * A snapshot made by an older fold would be believed by a newer one. When this fails, the fold or the shape of the run
   * has changed: raise SNAPSHOT_VERSION in src/journal/snapshot.ts, and write the new version and digest here.
   */
  it('has a version of its own for every change of the fold', () => {
    const events: Event[] = [];
    const add = (body: object) =>
      events.push({
        v: 1,
        seq: events.length + 1,
        at: `2026-11-24T12:00:${String(events.length).padStart(2, '0')}.000Z`,
        ...body,
      } as Event);
    const run = () => foldAll(events).at(-1) as Run;
    add({ type: 'run.started', run: 'r1', ...START });
    for (let event = 0; event <= 18; event++) {
      add(injecting(run()));
      for (const which of [0, 1])
        add(bodyFor(run(), { event, which, text: 'because', data: { n: 1 } }));
    }
    const digest = hash('sha256', JSON.stringify(foldAll(events))).slice(0, 16);
    expect({ version: SNAPSHOT_VERSION, digest }).to.deep.equal({
      version: 11,
      digest: '4227c65b1aaf95a3',
    });
  });
});
