import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { listRuns, readRun, writeCandidates } from '../../src/journal/index.ts';
import { start, withAll } from './processes.ts';
import { failure, inFolder, lock, makeRun, note, START, session } from './sample.ts';

describe('journal: the state folder', () => {
  it('is not there before it is needed, and a reader makes nothing', () =>
    inFolder((stateDir) => {
      expect(readRun(stateDir)).to.deep.equal({
        run: null,
        path: null,
        warnings: [],
        holder: null,
      });
      expect(listRuns(stateDir)).to.deep.equal([]);
      writeCandidates(stateDir, { kinds: ['kill'] });
      expect(existsSync(stateDir)).to.equal(false);
    }));

  it('is refused where another user made it, by name, for readers and writers', async function () {
    if (process.getuid?.() !== 0) this.skip();
    await inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      for (const [uid, name] of [
        [1, 'daemon (uid 1)'],
        [54_321, 'uid 54321'],
      ] as const) {
        chownSync(stateDir, uid, uid);
        for (const look of [() => readRun(stateDir), () => lock(stateDir)]) {
          const error = await failure(look);
          expect(error).to.include({ name: 'Refusal', code: 'not_trusted' });
          expect(error.message).to.include(`${stateDir} belongs to ${name}`);
        }
      }
      // As git has it: under sudo the folder of who typed it is fine.
      process.env.SUDO_UID = '54321';
      expect(readRun(stateDir).run?.seq).to.equal(2);
      delete process.env.SUDO_UID;
    });
  });

  it('is refused where it is a link', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      const link = join(dirname(stateDir), 'elsewhere', '.gameday');
      mkdirSync(dirname(link));
      symlinkSync(stateDir, link);
      for (const look of [() => readRun(link), () => lock(link)])
        expect((await failure(look)).message).to.include(`${link} is a link`);
    }));

  it('is invisible to git', () =>
    inFolder(async (stateDir) => {
      const cwd = dirname(stateDir);
      const git = (...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' });
      git('init', '--quiet');
      writeFileSync(join(cwd, 'gameday.yaml'), 'name: x\n');
      await makeRun(stateDir, 5);
      writeCandidates(stateDir, { kinds: ['kill'] });
      expect(git('status', '--porcelain', '--untracked-files=all')).to.equal('?? gameday.yaml\n');
    }));

  it('is made private and ignored also where another room made it first, and left alone where it is a folder of the user', () =>
    inFolder(async (stateDir) => {
      mkdirSync(join(stateDir, 'processes'), { recursive: true });
      chmodSync(stateDir, 0o755);
      await makeRun(stateDir, 1);
      expect(statSync(stateDir).mode & 0o777).to.equal(0o700);
      expect(readFileSync(join(stateDir, '.gitignore'), 'utf8')).to.equal('*\n');

      const own = join(dirname(stateDir), 'state');
      mkdirSync(own);
      chmodSync(own, 0o755);
      await makeRun(own, 1);
      expect(statSync(own).mode & 0o777).to.equal(0o755);
      expect(existsSync(join(own, '.gitignore'))).to.equal(false);
      expect(statSync(join(own, 'runs')).mode & 0o777).to.equal(0o700);
    }));

  it('numbers the runs, and each begin makes the new one current', () =>
    inFolder(async (stateDir) => {
      expect((await makeRun(stateDir, 3))[0]).to.include({
        type: 'run.started',
        run: 'r1',
        seq: 1,
      });
      await session(stateDir, (journal) => {
        expect(journal.begin(START)).to.include({ run: 'r2', seq: 1 });
        expect(journal.append(note()).seq).to.equal(2);
        expect(journal.begin(START)).to.include({ run: 'r3', seq: 1 });
        expect(journal.path).to.equal(join(stateDir, 'runs', 'r3', 'journal.ndjson'));
      });
      expect(listRuns(stateDir).map(({ id, current }) => [id, current])).to.deep.equal([
        ['r1', false],
        ['r2', false],
        ['r3', true],
      ]);
      expect(readRun(stateDir).run).to.include({ id: 'r3', seq: 1 });
      expect(readRun(stateDir, 'r2').run).to.include({ id: 'r2', seq: 2 });
      expect(readRun(stateDir, 'r9')).to.include({ run: null, path: null });
    }));

  it('keeps more than nine runs in their order', () =>
    inFolder(async (stateDir) => {
      await session(stateDir, (journal) => {
        for (let i = 0; i < 11; i++) journal.begin(START);
      });
      expect(listRuns(stateDir).map(({ id }) => id)).to.deep.equal(
        Array.from({ length: 11 }, (_, index) => `r${index + 1}`),
      );
    }));

  it('goes on with the newest run, and says so, where the name of the current one is lost or wrong', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      await session(stateDir, (journal) => void journal.begin(START));
      const current = join(stateDir, 'current');
      rmSync(current);
      expect(readRun(stateDir).run?.id).to.equal('r2');
      expect(readRun(stateDir).warnings).to.have.length(1);
      for (const text of ['', 'r7\n', '../../../etc/passwd\n', '\0\0\0']) {
        writeFileSync(current, text);
        const { run, warnings } = readRun(stateDir);
        expect(run?.id, text).to.equal('r2');
        expect(warnings, text).to.have.length(1);
        expect(warnings[0], text).to.include('r2');
      }
      await session(stateDir, (journal) => {
        expect(journal.warnings).to.have.length(1);
        expect(journal.append(note()).seq).to.equal(2);
      });
    }));

  it('leaves a run alone that a crash kept from becoming the current one', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      await session(stateDir, (journal) => void journal.begin(START));
      writeFileSync(join(stateDir, 'current'), 'r1\n');
      mkdirSync(join(stateDir, 'runs', 'r3'));
      expect(readRun(stateDir)).to.deep.include({ warnings: [] });
      expect(readRun(stateDir).run).to.include({ id: 'r1', seq: 2 });
      await session(stateDir, (journal) => {
        expect(journal.append(note()).seq).to.equal(3);
        expect(journal.begin(START)).to.include({ run: 'r4' });
      });
      expect(listRuns(stateDir).map(({ id }) => id)).to.deep.equal(['r1', 'r2', 'r4']);
    }));

  it('begins anew where the current run never got its first line', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      writeFileSync(path, '{"v":1,"se');
      const journal = await lock(stateDir);
      expect(journal.run).to.equal(null);
      expect(journal.warnings).to.have.length(1);
      expect(journal.begin(START)).to.include({ run: 'r2' });
      journal.release();
      expect(readFileSync(path, 'utf8')).to.equal('{"v":1,"se');
    }));
});

describe('journal: candidates for TAB', () => {
  it('are one a line, replaced only when they change, and never fail', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 1);
      const folder = join(stateDir, 'candidates');
      writeCandidates(stateDir, {
        faults: ['f1', 'f2'],
        kinds: [],
        chapters: ['a b', 'two\nlines'],
      });
      expect(readFileSync(join(folder, 'faults'), 'utf8')).to.equal('f1\nf2\n');
      expect(readFileSync(join(folder, 'kinds'), 'utf8')).to.equal('');
      expect(readFileSync(join(folder, 'chapters'), 'utf8')).to.equal('a b\n');
      const { ino } = statSync(join(folder, 'faults'));
      writeCandidates(stateDir, { faults: ['f1', 'f2'] });
      expect(statSync(join(folder, 'faults')).ino).to.equal(ino);
      writeCandidates(stateDir, { faults: ['f2'] });
      expect(readFileSync(join(folder, 'faults'), 'utf8')).to.equal('f2\n');
      mkdirSync(join(folder, 'instances'));
      writeCandidates(stateDir, { instances: ['web-1'], faults: [] });
      expect(readFileSync(join(folder, 'faults'), 'utf8')).to.equal('');
      expect(readdirSync(folder).toSorted()).to.deep.equal([
        'chapters',
        'faults',
        'instances',
        'kinds',
      ]);
      writeCandidates(join(stateDir, 'current'), { faults: ['f1'] });
    }));

  it('do not cost their writer the lock', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 1);
      const journal = await lock(stateDir);
      writeCandidates(stateDir, { faults: ['f1'] });
      const other = start('hold', stateDir);
      await withAll([other], async () => {
        await other.line();
        other.process.stdin?.write('go\n');
        expect(await other.line()).to.equal('run_busy');
      });
      journal.release();
    }));
});
