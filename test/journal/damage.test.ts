import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { examineJournal, isLockHeld, readEvents, readRun } from '../../src/journal/index.ts';
import { JOURNAL_VERSION } from '../../src/run/events.ts';
import { failure, inFolder, injecting, lock, makeRun, note } from './sample.ts';

/** Every way to read the journal refuses in the same words, leaves the file alone, and lets go of the lock. */
async function expectRefused(
  stateDir: string,
  code: string,
  line: number,
  what: string,
): Promise<string> {
  const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
  const before = readFileSync(path);
  rmSync(join(dirname(path), 'snapshot.json'), { force: true });
  const errors = await Promise.all([
    failure(() => readRun(stateDir)),
    failure(() => [...readEvents(path)]),
    failure(() => lock(stateDir)),
  ]);
  for (const error of errors) {
    expect(error, `${what}: ${error.stack}`).to.include({ name: 'Refusal', code });
    expect(error.message, what).to.match(new RegExp(`${path}:${line}\\b`));
    expect(error.next, what).not.to.equal('');
  }
  expect(readFileSync(path).equals(before), what).to.equal(true);
  expect(isLockHeld(join(stateDir, 'lock')), what).to.equal(false);
  return (errors[0] as Error).message;
}

describe('journal: a damaged file', () => {
  const kinds: [what: string, change: (lines: string[]) => string[], line: number][] = [
    ['a line of rubbish', (lines) => lines.with(3, 'rubbish'), 4],
    ['an empty line', (lines) => lines.toSpliced(3, 0, ''), 4],
    ['a row of zeros', (lines) => lines.with(3, '\0'.repeat(200)), 4],
    ['half a line with an end', (lines) => lines.with(3, (lines[3] as string).slice(0, 40)), 4],
    ['JSON that is no object', (lines) => lines.with(3, '17'), 4],
    ['null', (lines) => lines.with(3, 'null'), 4],
    [
      'an object that is no event',
      (lines) => lines.with(3, '{"v":2,"seq":4,"at":"x","type":"fault.teleported"}'),
      4,
    ],
    ...[0, -1, 1.5, '"1"', null, 1e300].map((version): (typeof kinds)[number] => [
      `an event of version ${version}`,
      (lines) => lines.with(3, (lines[3] as string).replace(/"v":\d+/, `"v":${version}`)),
      4,
    ]),
    ...['x', '', '2026-11-24', '2026-13-45T12:00:00.000Z', 'Tue Nov 24 2026'].map(
      (at): (typeof kinds)[number] => [
        `an event at the time ${JSON.stringify(at)}`,
        (lines) => lines.with(3, (lines[3] as string).replace(/"at":"[^"]*"/, `"at":"${at}"`)),
        4,
      ],
    ),
    [
      'an event without a version',
      (lines) => lines.with(3, (lines[3] as string).replace(`"v":${JOURNAL_VERSION},`, '')),
      4,
    ],
    [
      'a letter inside a text',
      (lines) => lines.with(3, (lines[3] as string).replace('wirklich', 'wirklish')),
      4,
    ],
    ['a line twice', (lines) => lines.toSpliced(3, 0, lines[2] as string), 4],
    ['a line missing', (lines) => lines.toSpliced(3, 1), 4],
    ['a missing first line', (lines) => lines.slice(1), 1],
    [
      'a first line with another number',
      (lines) => lines.slice(0, 1).map((line) => line.replace('"seq":1', '"seq":2')),
      1,
    ],
    ['two lines in one', (lines) => lines.toSpliced(3, 2, `${lines[3]}${lines[4]}`), 4],
    [
      'an event that cannot follow',
      (lines) => lines.with(3, (lines[3] as string).replace('"f1"', '"f9"')),
      4,
    ],
    [
      'a second start',
      (lines) => lines.with(3, (lines[0] as string).replace('"seq":1', '"seq":4')),
      4,
    ],
    ['a bad last line', (lines) => lines.with(8, '{}'), 9],
  ];
  for (const [what, change, line] of kinds) {
    it(`is refused with its line: ${what}`, () =>
      inFolder(async (stateDir) => {
        await makeRun(stateDir, 9);
        const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
        const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
        writeFileSync(path, `${change(lines).join('\n')}\n`);
        await expectRefused(stateDir, 'journal_damaged', line, what);
      }));
  }

  it('is refused with its line: bytes that are no UTF-8', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 9);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      const bytes = readFileSync(path);
      bytes[bytes.indexOf('wirklich')] = 0xff;
      writeFileSync(path, bytes);
      await expectRefused(stateDir, 'journal_damaged', 4, 'no UTF-8');
    }));

  it('is refused when it is no text at all, in bounded memory', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      for (let i = 0; i < 20; i++) appendFileSync(path, Buffer.alloc(1024 * 1024));
      await expectRefused(stateDir, 'journal_damaged', 3, 'no newline');
    }));

  it('is refused, or read as it was written, whatever one byte is changed to', () =>
    inFolder(async (stateDir) => {
      const events = await makeRun(stateDir, 6);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      rmSync(join(dirname(path), 'snapshot.json'));
      const { run } = readRun(stateDir);
      const good = readFileSync(path);
      const last = good.lastIndexOf(10, good.length - 2) + 1;
      fc.assert(
        fc.property(fc.nat(last - 2), fc.nat(255), (at, byte) => {
          const bytes = Buffer.from(good);
          bytes[at] = byte;
          writeFileSync(path, bytes);
          const lineOf = good.subarray(0, at).toString('latin1').split('\n').length;
          try {
            expect(readRun(stateDir).run).to.deep.equal(run);
          } catch (error) {
            if (!(error instanceof Error) || error.name !== 'Refusal') throw error;
            // The line itself, or a later one that can no longer follow it.
            const line = Number(/:(\d+)[: ]/.exec(error.message)?.[1]);
            expect(line).to.be.within(lineOf, events.length);
          }
          expect(readFileSync(path).equals(bytes)).to.equal(true);
        }),
        { numRuns: 300 },
      );
    }));

  it('is refused with its line: one that is too long, and ends', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 9);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      const lines = readFileSync(path, 'utf8').split('\n');
      // Spaces are as good as none in JSON.
      lines[3] = (lines[3] as string).replace('{', `{${' '.repeat(16 * 1024 * 1024)}`);
      writeFileSync(path, lines.join('\n'));
      await expectRefused(stateDir, 'journal_damaged', 4, 'a long line');
    }));

  it('is told apart from one that an older gameday wrote, which is named, with what to type', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      const text = readFileSync(path, 'utf8').replaceAll(/"v":\d+/g, '"v":1');
      writeFileSync(path, text.replace(/"gameday":"[^"]*"/, '"gameday":"0.1.0"'));
      const message = await expectRefused(stateDir, 'journal_older', 1, 'older');
      expect(message).to.include('gameday 0.1.0');
      const { next } = await failure(() => readRun(stateDir));
      expect(next).to.include(`mv ${stateDir} `);
    }));

  it('is told apart from one that a newer gameday wrote', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 5);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      appendFileSync(
        path,
        '{"v":99,"seq":6,"at":"2027-01-01T00:00:00.000Z","type":"fault.teleported","new":{"shape":true}}\n',
      );
      expect(await expectRefused(stateDir, 'journal_newer', 6, 'newer')).to.include(
        'newer gameday',
      );
    }));

  it('leaves the way open to the next run once it was moved away', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      writeFileSync(join(stateDir, 'runs', 'r1', 'journal.ndjson'), 'rubbish\n');
      const error = await failure(() => lock(stateDir));
      expect(error.next).to.include(join(stateDir, 'runs', 'r1'));
      rmSync(join(stateDir, 'runs', 'r1'), { recursive: true });
      const journal = await lock(stateDir);
      expect(journal.run).to.equal(null);
      journal.release();
    }));
});

describe('journal: a file that somebody else has a hand in', () => {
  it('takes no line while another program appends to it, and keeps what that one wrote', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 3);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      const journal = await lock(stateDir);
      appendFileSync(path, 'hello\n');
      const before = readFileSync(path);
      expect(await failure(() => journal.append(note()))).to.include({ code: 'state_unwritable' });
      expect(readFileSync(path).equals(before)).to.equal(true);
      expect(journal.run?.seq).to.equal(3);
      journal.release();
    }));

  it('does not record a fault in a folder that was removed', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 3);
      const journal = await lock(stateDir);
      rmSync(stateDir, { recursive: true });
      expect(await failure(() => journal.append(note()))).to.include({ code: 'state_unwritable' });
      if (journal.run)
        expect(
          await failure(() =>
            journal.append(injecting(journal.run as NonNullable<typeof journal.run>)),
          ),
        ).to.include({
          code: 'state_unwritable',
        });
      journal.release();
      expect(existsSync(stateDir)).to.equal(false);
      expect(readdirSync(dirname(stateDir))).to.deep.equal([]);
    }));
});

describe('journal: a file that was cut off', () => {
  const cut = (path: string, lines: number, torn = '') => {
    const kept = readFileSync(path, 'utf8').split('\n').slice(0, lines);
    writeFileSync(path, `${kept.join('\n')}\n${torn}`);
  };

  for (const torn of ['', '{"v":1,"se'])
    for (const witness of ['snapshot.json', 'watchdog.json'])
      it(`is told with all that went: ${witness} knows${torn && ', and the last line is torn'}`, () =>
        inFolder(async (stateDir) => {
          await makeRun(stateDir, 9);
          const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
          if (witness === 'watchdog.json') {
            rmSync(join(dirname(path), 'snapshot.json'));
            const word = { pid: 1, since: '2026-11-24T12:00:00.000Z', seq: 9 };
            writeFileSync(join(dirname(path), witness), JSON.stringify(word));
          }
          expect(readRun(stateDir).warnings).to.deep.equal([]);
          cut(path, 2, torn);
          const seen = readRun(stateDir);
          expect(seen.run?.seq).to.equal(2);
          expect(seen.warnings).to.have.length(1);
          expect(seen.warnings[0]).to.include(`${path}: 7 events after line 2 are missing`);
          // Kind: what one reader knows of a loss, another tells as less.
          const told: string[] = [];
          for (const _ of readEvents(path, (warning) => told.push(warning)));
          expect(told, 'reports').to.deep.equal(seen.warnings);
          expect(examineJournal(stateDir).warnings, 'story doctor').to.deep.equal(seen.warnings);
          const journal = await lock(stateDir);
          expect(journal.warnings).to.deep.equal(seen.warnings);
          journal.release();
        }));
});
