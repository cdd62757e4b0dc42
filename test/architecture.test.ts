/** ARCHITECTURE.md: every room and file that it names is there, and every room that is there is named. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');

describe('ARCHITECTURE.md', () => {
  it('names files and folders that exist, also by the name of their room alone', () => {
    const named = [...PAGE.matchAll(/`((?:[\w-]+\/)+[\w.*-]*)`/g)].map(
      ([, path]) => path as string,
    );
    expect(named).to.have.length.above(30);
    const missing = named.filter(
      (path) =>
        ![path, `src/${path}`].some(
          (each) => existsSync(join(ROOT, each)) || globSync(each, { cwd: ROOT }).length > 0,
        ),
    );
    // A run's own files are made while it goes on.
    expect(missing.filter((path) => !/^candidates\//.test(path))).to.deep.equal([]);
  });

  it('draws every room', () => {
    const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true });
    for (const { name } of rooms.filter((each) => each.isDirectory()))
      expect(PAGE).to.match(new RegExp(`^[├└] ${name}/`, 'm'));
  });
});
