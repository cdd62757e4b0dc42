/**
 * Compiled code is kept in a folder of this user's alone, or not at all.
 * Kind: a predictable path in a shared folder, of which nobody asks who made it.
 */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { gameday } from '../commands/cli.ts';

const STRANGER = 54_321;

describe('the cache of compiled code', () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'gameday-cache-'));
    for (const name of ['cache', 'tmp', 'target']) mkdirSync(join(home, name), { mode: 0o755 });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const inHome = (...names: string[]) => join(home, ...names);
  const ours = (...names: string[]) => inHome('cache', 'gameday', ...names);

  /** The command works whatever becomes of the cache, and leaves nothing in the temporary folder. */
  async function run(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const ended = await gameday(['--version'], {
      cwd: home,
      env: {
        HOME: home,
        XDG_CACHE_HOME: inHome('cache'),
        TMPDIR: inHome('tmp'),
        NODE_COMPILE_CACHE: undefined,
        ...env,
      },
    });
    expect([ended.code, ended.stderr]).to.deep.equal([0, '']);
    expect(readdirSync(inHome('tmp')), 'the temporary folder').to.deep.equal([]);
  }

  const filesIn = (path: string) => readdirSync(path, { recursive: true }).length;

  it('is made for the user alone, and used', async () => {
    await run();
    for (const path of [ours(), ours('node-compile-cache')])
      expect(lstatSync(path).mode & 0o777).to.equal(0o700);
    expect(filesIn(ours('node-compile-cache'))).to.be.above(2);
  });

  it('is made below the home folder where the system names no other', async () => {
    await run({ XDG_CACHE_HOME: undefined });
    const caches = process.platform === 'darwin' ? inHome('Library', 'Caches') : inHome('.cache');
    const found = lstatSync(join(caches, 'gameday'), { throwIfNoEntry: false });
    // On a Mac there is always a folder Library; here there is none, and none is made.
    if (process.platform !== 'darwin') expect(found?.isDirectory()).to.equal(true);
  });

  it('is not used where the home folder does not exist', async () => {
    await run({ XDG_CACHE_HOME: undefined, HOME: inHome('nowhere') });
    expect(lstatSync(inHome('nowhere'), { throwIfNoEntry: false })).to.equal(undefined);
  });

  const others: [what: string, plant: () => void, watched: () => string, asRoot: boolean][] = [
    [
      'another user owns its folder',
      () => {
        mkdirSync(ours('node-compile-cache'), { recursive: true, mode: 0o700 });
        chownSync(ours('node-compile-cache'), STRANGER, STRANGER);
      },
      () => ours('node-compile-cache'),
      true,
    ],
    [
      'another user owns the folder above it',
      () => {
        mkdirSync(ours('node-compile-cache'), { recursive: true, mode: 0o700 });
        chownSync(ours(), STRANGER, STRANGER);
      },
      () => ours('node-compile-cache'),
      true,
    ],
    [
      'another user owns the folder of all caches',
      () => chownSync(inHome('cache'), STRANGER, STRANGER),
      () => inHome('cache'),
      true,
    ],
    [
      'it is a link',
      () => {
        mkdirSync(ours(), { recursive: true });
        symlinkSync(inHome('target'), ours('node-compile-cache'));
      },
      () => inHome('target'),
      false,
    ],
    [
      'the folder above it is a link',
      () => symlinkSync(inHome('target'), ours()),
      () => inHome('target'),
      false,
    ],
    [
      'others may write to it',
      () => {
        mkdirSync(ours('node-compile-cache'), { recursive: true });
        chmodSync(ours('node-compile-cache'), 0o777);
      },
      () => ours('node-compile-cache'),
      false,
    ],
    [
      'others may write to a folder above it, without the sticky bit',
      () => chmodSync(inHome('cache'), 0o777),
      () => inHome('cache'),
      false,
    ],
  ];
  for (const [what, plant, watched, asRoot] of others) {
    it(`is left alone where ${what}`, async function () {
      if (asRoot && process.getuid?.() !== 0) this.skip();
      plant();
      const before = filesIn(watched());
      await run();
      expect(filesIn(watched())).to.equal(before);
    });
  }

  it('is used in a shared folder where the sticky bit keeps ours ours', async () => {
    chmodSync(inHome('cache'), 0o1777);
    await run();
    expect(filesIn(ours('node-compile-cache'))).to.be.above(2);
  });
});
