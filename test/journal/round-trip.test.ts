import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { readEvents, readRun } from '../../src/journal/index.ts';
import type { Event, EventBody } from '../../src/run/events.ts';
import type { Run } from '../../src/run/run.ts';
import {
  bodyFor,
  choices,
  failure,
  foldAll,
  inFolder,
  injecting,
  instance,
  lock,
  makeRun,
  note,
  START,
  session,
} from './sample.ts';

const journalOf = (stateDir: string, id = 'r1') => join(stateDir, 'runs', id, 'journal.ndjson');

describe('journal: what is written is what is read', function () {
  this.timeout(60_000);

  it('keeps any sequence of events, over any number of commands, and any older snapshot leads to the same run', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(choices(8), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        (sessions, keepAt) =>
          inFolder(async (stateDir) => {
            const written: Event[] = [await session(stateDir, (journal) => journal.begin(START))];
            const [snapshot, kept] = [
              join(dirname(journalOf(stateDir)), 'snapshot.json'),
              `${stateDir}.snapshot`,
            ];
            for (const [number, steps] of sessions.entries()) {
              await session(stateDir, (journal) => {
                for (const step of steps)
                  written.push(journal.append(bodyFor(journal.run as Run, step)));
              });
              if (number === keepAt % sessions.length) copyFileSync(snapshot, kept);
            }
            const expected = foldAll(written).at(-1) as Run;
            expect([...readEvents(journalOf(stateDir))]).to.deep.equal(written);
            expect(readRun(stateDir)).to.deep.equal({
              run: expected,
              path: journalOf(stateDir),
              warnings: [],
              holder: null,
            });
            copyFileSync(kept, snapshot);
            expect(readRun(stateDir).run).to.deep.equal(expected);
            rmSync(snapshot);
            expect(readRun(stateDir).run).to.deep.equal(expected);
          }),
      ),
      { numRuns: 25 },
    ));

  it('cut off at any byte, it holds the run as it stood before, and goes on from there', () =>
    inFolder(async (stateDir) => {
      const events = await makeRun(stateDir, 7);
      const path = journalOf(stateDir);
      const snapshot = readFileSync(join(dirname(path), 'snapshot.json'));
      await session(stateDir, (journal) => {
        for (let i = 0; i < 3; i++) events.push(journal.append(note('ünï')));
      });
      const longer = readFileSync(path);
      const runs = foldAll(events);
      const ends = [...longer.keys()]
        .filter((at) => longer[at] === 10)
        .flatMap((at) => [at - 1, at, at + 1, at + 2]);
      const sizes = new Set(
        [
          ...ends,
          ...Array.from({ length: Math.ceil(longer.length / 11) }, (_, index) => index * 11),
        ].filter((size) => size <= longer.length),
      );
      for (const size of sizes) {
        writeFileSync(path, longer.subarray(0, size));
        writeFileSync(join(dirname(path), 'snapshot.json'), snapshot);
        const lines = longer.subarray(0, size).toString().split('\n').length - 1;
        const torn = size > 0 && longer[size - 1] !== 10;
        const { run, warnings } = readRun(stateDir);
        expect(run, `${size} bytes`).to.deep.equal(runs[lines - 1] ?? null);
        // The snapshot knows of seven.
        const isLess = lines < 7;
        expect(warnings.length, `${size} bytes`).to.equal(torn || isLess ? 1 : 0);
        if (isLess)
          expect(warnings[0]).to.match(new RegExp(`\\b${7 - lines} events? after line ${lines} `));
        else if (torn) expect(warnings[0]).to.include(`${path}:${lines + 1}`);
        if (size % 5 !== 0 || lines === 0) continue;
        const event = await session(stateDir, (journal) => journal.append(note('after')));
        expect(event.seq).to.equal(lines + 1);
        expect([...readEvents(path)]).to.deep.equal([...events.slice(0, lines), event]);
      }
    }));

  it('cuts a torn last line off, warns once, and keeps its bytes beside the journal', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 4);
      const path = journalOf(stateDir);
      const size = statSync(path).size;
      appendFileSync(path, '{"v":1,"seq":5,"at":"2026');
      const journal = await lock(stateDir);
      expect(journal.warnings).to.have.length(1);
      expect(journal.warnings[0]).to.include(`${path}:5`);
      expect(statSync(path).size).to.equal(size);
      journal.append(note());
      journal.release();
      expect(readFileSync(join(dirname(path), 'journal.torn'), 'utf8')).to.equal(
        '{"v":1,"seq":5,"at":"2026\n',
      );
      expect(readRun(stateDir)).to.deep.include({ warnings: [] });
      expect((await lock(stateDir)).warnings).to.deep.equal([]);
    }));

  it('takes a whole last line without its newline for torn: nobody was told that it is written', () =>
    inFolder(async (stateDir) => {
      const events = await makeRun(stateDir, 4);
      truncateSync(journalOf(stateDir), statSync(journalOf(stateDir)).size - 1);
      expect(readRun(stateDir).run).to.deep.equal(foldAll(events)[2]);
    }));

  it('goes by seq when the clock jumps back', () =>
    inFolder(async (stateDir) => {
      let now = Date.parse('2026-11-24T12:00:00Z');
      const journal = await lock(stateDir, { now: () => (now -= 3_600_000) });
      journal.begin(START);
      for (let i = 0; i < 5; i++) journal.append(injecting(journal.run as Run));
      journal.release();
      const events = [...readEvents(journalOf(stateDir))];
      expect(events.map((event) => event.seq)).to.deep.equal([1, 2, 3, 4, 5, 6]);
      expect(events.map((event) => event.at)).to.deep.equal(
        events
          .map((event) => event.at)
          .toSorted()
          .toReversed(),
      );
      expect(readRun(stateDir).run?.faults.map((fault) => fault.id)).to.deep.equal([
        'f1',
        'f2',
        'f3',
        'f4',
        'f5',
      ]);
    }));

  it('writes nothing that could not be read back, and nothing that has no place in an event', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 1);
      const journal = await lock(stateDir);
      const before = readFileSync(journalOf(stateDir));
      const seq = journal.run?.seq;
      const wrong: EventBody[] = [
        { type: 'fault.recovering', fault: 'f1', by: 'command' },
        { type: 'run.started', run: 'r1', ...START },
        {
          type: 'action.done',
          chapter: 'one',
          index: Number.POSITIVE_INFINITY,
          action: 0,
          found: null,
        },
        {
          type: 'action.done',
          chapter: 'one',
          index: 0,
          action: 0,
          found: { data: 'x' } as never,
        },
        { type: 'nonsense' } as unknown as EventBody,
        note('', 17 * 1024 * 1024),
      ];
      for (const body of wrong)
        expect(
          (await failure(() => journal.append(body))).name,
          JSON.stringify(body).slice(0, 80),
        ).to.match(/^(Range|Type)Error$/);
      expect(readFileSync(journalOf(stateDir)).equals(before)).to.equal(true);
      expect(journal.run?.seq).to.equal(seq);

      const target = { ...instance(1), env: { PASSWORD: 'hunter2' } };
      journal.append({ ...injecting(journal.run as Run), targets: [target] } as EventBody);
      journal.release();
      expect(readFileSync(journalOf(stateDir), 'utf8')).not.to.include('hunter2');
      expect(
        readFileSync(join(dirname(journalOf(stateDir)), 'snapshot.json'), 'utf8'),
      ).not.to.include('hunter2');
    }));

  it('is of no use after its release, and can be released twice', () =>
    inFolder(async (stateDir) => {
      const journal = await lock(stateDir);
      expect(() => journal.append(note())).to.throw('no run has begun');
      journal.begin(START);
      journal.release();
      journal.release();
      expect(() => journal.append(note())).to.throw('released');
      expect(() => journal.begin(START)).to.throw('released');
      await session(stateDir, (other) => {
        journal.release();
        expect(other.append(note()).seq).to.equal(2);
      });
    }));
});
