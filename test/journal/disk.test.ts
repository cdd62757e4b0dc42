import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ownFileSystem, report, start, withAll } from './processes.ts';
import { failure, inFolder, lock, makeRun } from './sample.ts';

const NOBODY = 65534;

/** Gives a folder and all in it to the user that an unprivileged child runs as. */
function handOver(path: string): void {
  if (process.getuid?.() !== 0) return;
  chownSync(path, NOBODY, NOBODY);
  if (statSync(path).isDirectory())
    for (const name of readdirSync(path)) handOver(join(path, name));
}

/** Makes the folder that the test's state folder stands in one that others may enter. */
const open = (stateDir: string) => chmodSync(dirname(stateDir), 0o755);

function walk(path: string): string[] {
  return statSync(path).isDirectory()
    ? [path, ...readdirSync(path).flatMap((name) => walk(join(path, name)))]
    : [path];
}

describe('journal: a disk that takes nothing', function () {
  this.timeout(60_000);

  it('refuses the fault before it happens, and still records its recovery, when the disk is full', async function () {
    await inFolder(async (stateDir) => {
      const around = ownFileSystem(dirname(stateDir), 'size=160k');
      if (!around) return this.skip();
      const said = await report(start('full', stateDir, [], around));
      expect(said).to.deep.include({ notes: 'state_unwritable', untouched: true });
      expect(said.refused).to.deep.include({ code: 'state_unwritable' });
      expect((said.refused as { message: string }).message)
        .to.include(join(stateDir, 'runs', 'r1', 'journal.ndjson'))
        .and.include('the disk is full');
      expect((said.refused as { next: string }).next).to.include('Free some space');
      expect(said).to.deep.include({ recovering: 'done', recovered: 'done', spent: true });
      expect(said, 'no fault without the means to record its recovery').to.deep.include({
        'next fault': 'state_unwritable',
      });
      expect(said, 'the run before stays').to.deep.include({
        'next run': 'state_unwritable',
        runs: ['r1'],
        read: true,
      });
      expect(said).to.deep.include({
        'locked again': true,
        'fault with room': 'done',
        'reserve with room': 16384,
      });
      expect(said).to.deep.include({
        'run with room': 'done',
        'at last': 'r2',
        warnings: [],
        tmp: [],
      });
    });
  });

  it('refuses in plain words when the file system is read-only, and reads all the same', async function () {
    await inFolder(async (stateDir) => {
      const around = ownFileSystem(
        dirname(stateDir),
        'size=400k',
        '"$1" "$2" append "$4" 3 && mount -o remount,ro "$0" &&',
      );
      if (!around) return this.skip();
      const said = await report(start('readOnly', stateDir, [], around));
      expect(said.locked).to.deep.include({ code: 'state_unwritable' });
      expect((said.locked as { message: string }).message).to.include('read-only');
      expect(said.read).to.equal(3);
    });
  });

  it('refuses a folder that is write-protected, and reads it all the same', () =>
    inFolder(async (stateDir) => {
      open(stateDir);
      await makeRun(stateDir, 4);
      handOver(stateDir);
      for (const path of [join(stateDir, 'runs', 'r1'), join(stateDir, 'runs'), stateDir])
        chmodSync(path, 0o500);
      try {
        const said = await report(start('unprivileged', stateDir));
        expect(said.locked).to.deep.include({ code: 'state_unwritable' });
        expect((said.locked as { message: string }).message)
          .to.include(stateDir)
          .and.include('permission denied');
        expect(said.read).to.deep.equal({ code: 'done' });
      } finally {
        for (const path of [stateDir, join(stateDir, 'runs'), join(stateDir, 'runs', 'r1')])
          chmodSync(path, 0o700);
      }
    }));

  it('refuses a journal that is write-protected before anything is begun', () =>
    inFolder(async (stateDir) => {
      open(stateDir);
      await makeRun(stateDir, 4);
      handOver(stateDir);
      const path = join(stateDir, 'runs', 'r1', 'journal.ndjson');
      chmodSync(path, 0o400);
      const said = await report(start('unprivileged', stateDir));
      expect(said.locked).to.deep.include({ code: 'state_unwritable' });
      expect((said.locked as { message: string }).message).to.include(path);
    }));

  it('refuses to make its folder where it may not, or where a file stands', () =>
    inFolder(async (stateDir) => {
      chmodSync(dirname(stateDir), 0o555);
      const said = await report(start('unprivileged', stateDir));
      expect(said.locked).to.deep.include({ code: 'state_unwritable' });
      expect(said.read).to.deep.equal({ code: 'done' });
      chmodSync(dirname(stateDir), 0o755);
      writeFileSync(stateDir, 'a file');
      expect(await failure(() => lock(stateDir))).to.include({ code: 'state_unwritable' });
      expect(await failure(() => lock(join(stateDir, 'deeper')))).to.include({
        code: 'state_unwritable',
      });
    }));

  it('says to whom a folder belongs that is not ours', async function () {
    if (process.getuid?.() !== 0) return this.skip();
    await inFolder(async (stateDir) => {
      open(stateDir);
      await makeRun(stateDir, 4);
      const said = await report(start('unprivileged', stateDir));
      for (const each of [said.locked, said.read] as { code: string; message: string }[]) {
        expect(each.code).to.equal('state_unwritable');
        expect(each.message).to.include('uid 0').and.include(`uid ${NOBODY}`);
      }
    });
  });

  for (const umask of [0o000, 0o077, 0o277]) {
    it(`keeps everything for the user alone under umask 0${umask.toString(8)}`, () =>
      inFolder(async (stateDir) => {
        mkdirSync(dirname(stateDir), { recursive: true });
        const running = start('umask', stateDir, [String(umask)]);
        await withAll([running], async () => {
          const { code, stderr } = await running.ended;
          expect(code, stderr).to.equal(0);
        });
        const all = walk(stateDir);
        expect(all.length).to.be.greaterThan(8);
        for (const path of all)
          expect(statSync(path).mode & 0o777, path).to.equal(
            statSync(path).isDirectory() ? 0o700 : 0o600,
          );
        expect(readFileSync(join(stateDir, 'current'), 'utf8')).to.equal('r1\n');
      }));
  }
});
