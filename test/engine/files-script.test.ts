/** What the helper of the ability `files` does to one file, by the shell of this machine in a folder of its own, and what is refused before. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { doesTo, parseFoundFile, whyNotPath } from '../../src/engine/docker/files-found.ts';
import { CHANGE_FILE, HELD, NOT_THE_SAME, TAKEN } from '../../src/engine/docker/files-script.ts';
import type { FilesEffect } from '../../src/fault/files-effect.ts';

const SPARE = '.gameday-0123456789ab-01234567';

describe('the script of the ability files', () => {
  let folder: string;
  let file: string;
  let inode: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-files-'));
    file = join(folder, 'file');
    writeFileSync(file, 'mine');
    chmodSync(file, 0o754);
    inode = String(statSync(file).ino);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (
    act: string,
    change: string,
    more: string,
    { at = folder, name = 'file', number = inode } = {},
  ) => {
    const words = ['-c', CHANGE_FILE, 'sh', act, at, name, number, change, more];
    const { status, stdout, stderr } = spawnSync('sh', words, { encoding: 'utf8' });
    expect(stderr).to.equal('');
    return act === 'look' && status === 0 ? stdout.trim() : status;
  };
  const mode = () => (statSync(file).mode & 0o7777).toString(8);

  it('a name: away and back, each as often as one likes', () => {
    expect(run('look', 'name', SPARE)).to.equal('absent');
    for (const _ of [1, 2]) expect(run('do', 'name', SPARE)).to.equal(0);
    expect(existsSync(file)).to.equal(false);
    expect(run('look', 'name', SPARE)).to.equal('in_force');
    for (const _ of [1, 2]) expect(run('undo', 'name', SPARE)).to.equal(0);
    expect(String(statSync(file).ino)).to.equal(inode);
    expect(run('look', 'name', SPARE)).to.equal('absent');
  });

  it('a name: what somebody else puts in its place is never overwritten', () => {
    run('do', 'name', SPARE);
    writeFileSync(file, 'other');
    expect(run('look', 'name', SPARE)).to.equal('taken');
    expect(run('undo', 'name', SPARE)).to.equal(TAKEN);
    expect(readFileSync(file, 'utf8')).to.equal('other');
    rmSync(file);
    expect(run('undo', 'name', SPARE)).to.equal(0);
    expect(readFileSync(file, 'utf8')).to.equal('mine');
  });

  it('what is another file by now is not touched', () => {
    rmSync(file);
    expect(run('look', 'name', SPARE)).to.equal('lost');
    mkdirSync(file);
    expect(run('do', 'name', SPARE, { number: '1' })).to.equal(NOT_THE_SAME);
    expect(run('look', 'name', SPARE, { number: '1' })).to.equal('other');
    expect(run('do', 'mode', '222', { number: '1' })).to.equal(NOT_THE_SAME);
    expect(run('undo', 'mode', '222', { number: '1' })).to.equal(0);
    expect(run('do', 'name', SPARE, { at: join(folder, 'none') })).to.equal(NOT_THE_SAME);
    expect(run('undo', 'name', SPARE, { at: join(folder, 'none') })).to.equal(0);
  });

  it('bits of a mode that somebody gave back in part are left', () => {
    run('do', 'mode', '754');
    expect([mode(), run('look', 'mode', '754')]).to.deep.equal(['0', 'in_force']);
    chmodSync(file, 0o640);
    expect(run('look', 'mode', '754')).to.equal('partly');
    expect([run('undo', 'mode', '754'), mode()]).to.deep.equal([0, '640']);
    expect([run('do', 'mode', '754'), mode()]).to.deep.equal([0, '640']);
  });

  it('is not undone below a folder that another fault hides, and is when that is back', () => {
    run('do', 'mode', '200');
    const parent = { name: folder.slice(folder.lastIndexOf('/') + 1), number: '', at: tmpdir() };
    const spare = `${SPARE}-${parent.name}`;
    try {
      expect(run('do', 'name', spare, parent)).to.equal(0);
      expect(run('undo', 'mode', '200')).to.equal(HELD);
      expect(run('look', 'mode', '200')).to.equal('in_force');
    } finally {
      expect(run('undo', 'name', spare, parent)).to.equal(0);
    }
    expect([run('undo', 'mode', '200'), mode()]).to.deep.equal([0, '754']);
  });

  it('any number of faults on one file, done and undone in any order, leave it as it was', () => {
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(order, order, fc.integer({ min: 0, max: 0o777 }), (done, undone, before) => {
        chmodSync(file, before);
        const faults = [
          ['mode', (before & 0o222).toString(8)],
          ['mode', (before & 0o555).toString(8)],
          ['name', SPARE],
        ] as const;
        for (const each of done)
          expect(run('do', ...faults[each as 0])).to.be.oneOf([0, NOT_THE_SAME]);
        for (const each of undone) expect(run('undo', ...faults[each as 0])).to.equal(0);
        expect(Number.parseInt(mode(), 8)).to.equal(before);
      }),
      { numRuns: 15 },
    );
  });
});

describe('what can become of a file of a container', () => {
  const NOBODY = '0000000000000000';
  const text = ({
    file = '12 81a4 0 0',
    marks = '--------------e-------',
    processes = [['0', '00000000a80425fb']],
    mounts = ['/ / rw - overlay', '/ /data rw - ext4', '/ /read ro - ext4', '/ /proc rw - proc'],
  } = {}) =>
    `${file}\n${marks}\nprocesses:\n${processes
      .map(
        ([uid, caps]) =>
          `Uid:\t${uid}\t${uid}\t${uid}\t${uid}\nGid:\t${uid}\t${uid}\t${uid}\t${uid}\nGroups:\t33 \nCapEff:\t${caps}\n`,
      )
      .join('')}mounts:\n${mounts
      .map((line) => {
        const [root, at, options, , kind] = line.split(' ');
        return `1 2 254:0 ${root} ${at} ${options},relatime - ${kind} /dev/x ${options}`;
      })
      .join('\n')}\n`;
  const MOUNTS = [{ Type: 'volume', Name: 'v', Destination: '/data' }];
  const effect = (path: string, how: FilesEffect['how']): FilesEffect => ({
    on: 'files',
    path,
    how,
  });
  const why = (path: string, how: FilesEffect['how'], found = {}) =>
    whyNotPath(effect(path, how), parseFoundFile(text(found)), MOUNTS)?.why ?? null;
  const user = { processes: [['1000', NOBODY]] };

  it('root is held by a mark of the file system alone, others by the mode', () => {
    const does = (how: FilesEffect['how'], found = {}) =>
      doesTo(effect('/data/x', how), parseFoundFile(text(found)), SPARE);
    expect(does('missing')).to.deep.equal({ change: 'name', to: SPARE });
    expect(does('readonly')).to.deep.equal({ change: 'mark' });
    expect(does('readonly', user)).to.deep.equal({ change: 'mode', bits: 0o200 });
    expect(does('permission', user)).to.deep.equal({ change: 'mode', bits: 0o644 });
    expect(why('/data/x', 'permission')).to.match(/^all of its programs run as root/);
    expect(why('/data/x', 'readonly')).to.equal(null);
    expect(why('/data/x', 'readonly', { marks: '' })).to.match(/that of \/data\/x does not$/);
    expect(why('/x', 'readonly')).to.match(/is in its own layer$/);
    expect(why('/x', 'missing')).to.equal(null);
  });

  it('what would take nothing from any of its programs is refused', () => {
    const others = { ...user, file: '12 81a4 0 0' }; // 644, of root
    expect(why('/data/x', 'readonly', others)).to.match(/^none of its programs may write to/);
    expect(why('/data/x', 'permission', others)).to.equal(null);
    const group = { ...user, file: '12 81a0 0 33' }; // 640, of a group of its own
    expect(why('/data/x', 'permission', group)).to.equal(null);
    const closed = { ...user, file: '12 8180 0 0' }; // 600, of root
    expect(why('/data/x', 'permission', closed)).to.match(/^none of its programs may read/);
    const mixed = {
      processes: [
        ['0', '00000000a80425fb'],
        ['33', NOBODY],
      ],
    };
    expect(why('/data/x', 'permission', mixed)).to.equal(null);
  });

  it('what cannot be changed, or put back, is refused with the reason', () => {
    expect(why('/data', 'missing')).to.match(/^\/data is a mount of its own/);
    expect(why('/read/x', 'missing')).to.equal('/read is read-only for it');
    expect(why('/proc/x', 'missing')).to.match(/made up by the kernel \(proc\)/);
    expect(why('/d', 'missing', { file: '12 41ed 0 0' })).to.match(/is a folder of its image/);
    expect(why('/data/l', 'missing', { file: '12 a1ff 0 0' })).to.match(
      /neither a file nor a folder/,
    );
    expect(why('/data/x', 'readonly', { marks: '----i---------e-------' })).to.match(/already/);
    const foreign = { ...user, mounts: ['/ / rw - overlay', '/ /data rw - fuse.grpcfuse'] };
    expect(why('/data/x', 'permission', foreign)).to.match(/keeps modes in its own way/);
    expect(why('/data/x', 'missing', foreign)).to.equal(null);
  });
});
