import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { replaceFile, upwards } from '../../src/system/files.ts';

describe('files', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('replaces a file for its owner alone, and leaves no draft', () => {
    const path = join(folder, 'status.json');
    replaceFile(path, 'old');
    replaceFile(path, 'new');
    expect(readFileSync(path, 'utf8')).to.equal('new');
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(readdirSync(folder)).to.deep.equal(['status.json']);
  });

  it('leaves no draft where the file cannot be replaced', () => {
    mkdirSync(join(folder, 'status.json'));
    expect(() => replaceFile(join(folder, 'status.json'), 'new')).to.throw();
    expect(readdirSync(folder)).to.deep.equal(['status.json']);
  });

  it('walks from a folder up to the root', () => {
    expect([...upwards('/a/b')]).to.deep.equal(['/a/b', '/a', '/']);
    expect([...upwards('/')]).to.deep.equal(['/']);
  });
});
