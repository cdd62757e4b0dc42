/** What a small command loads is most of what it costs. So what is only sometimes needed is not loaded by all. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const HOOK = new URL('./loaded-modules.mjs', import.meta.url).href;

/** 60 ms and 10 ms. */
const HEAVY = ['internal/deps/undici/undici', 'sqlite'];

describe('start-up of a small command', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-start-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const command of ['fault list', 'fault kinds', 'chapter list']) {
    it(`${command}: loads the bundle alone, and nothing heavy of node`, async () => {
      const argv = ['--import', HOOK, BIN, ...command.split(' ')];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { cwd: folder });
      expect(stdout).not.to.equal('');
      const loaded = JSON.parse(stderr.trimEnd().split('\n').at(-1) as string);
      const strange = loaded.files.filter((url: string) => !/\/(dist|bin|system)\//.test(url));
      expect(strange, 'of other packages').to.deep.equal([]);
      expect(loaded.built.filter((each: string) => HEAVY.includes(each))).to.deep.equal([]);
    });
  }
});
