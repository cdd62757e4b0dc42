/** Kind: trust by place. A story, a Procfile and a state folder that were found, and belong to somebody else. */
import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { expectExit, foldersOfATest, refusalOf } from './cli.ts';

const STRANGER = 65_534;
const STORY = `name: theirs
engine: process
services: { web: { command: [touch, ran] } }
chapters: [{ title: One }]
`;

describe('what is found upwards and belongs to somebody else', function () {
  this.timeout(60_000);
  const folder = foldersOfATest();

  before(function () {
    // Only root can give a file to somebody else.
    if (process.getuid?.() !== 0) this.skip();
  });

  it('is refused with the name of its owner, and is run where it is asked for by its path', async () => {
    const shared = folder({ 'gameday.yaml': STORY });
    chownSync(join(shared.path, 'gameday.yaml'), STRANGER, STRANGER);
    const cwd = join(shared.path, 'mine');
    mkdirSync(cwd);
    for (const args of [
      ['chapter', 'next'],
      ['story', 'check'],
      ['chapter', 'list'],
    ]) {
      const error = refusalOf(await expectExit(4, [...args, '--json'], { cwd }));
      expect(error.code).to.equal('not_trusted');
      expect(error.message).to.match(/gameday\.yaml belongs to (nobody|uid \d+)/);
      expect(error.next).to.include(`--story ${join(shared.path, 'gameday.yaml')}`);
    }
    expect(existsSync(join(shared.path, 'ran'))).to.equal(false);
    const path = join(shared.path, 'gameday.yaml');
    await expectExit(0, ['story', 'check', '--story', path], { cwd });
    // As `sudo` has it, the caller is no stranger.
    await expectExit(0, ['story', 'check'], { cwd, env: { SUDO_UID: String(STRANGER) } });
  });

  it('is refused where everybody may put files into its folder', async () => {
    const shared = folder({ 'gameday.yaml': STORY });
    chmodSync(shared.path, 0o777);
    const error = refusalOf(
      await expectExit(4, ['story', 'check', '--json'], { cwd: shared.path }),
    );
    expect(error.message).to.include('Everybody may put files into');
    chmodSync(shared.path, 0o1777);
    await expectExit(0, ['story', 'check'], { cwd: shared.path });
  });

  it('is refused as a Procfile and by a link, and so is a state folder', async () => {
    const shared = folder({ Procfile: 'web: touch ran\n', story: STORY });
    chownSync(join(shared.path, 'Procfile'), STRANGER, STRANGER);
    const cwd = join(shared.path, 'mine');
    mkdirSync(cwd);
    const procfile = await expectExit(4, ['chapter', 'next', '--json'], { cwd });
    expect(refusalOf(procfile).message).to.include('Procfile belongs to');
    symlinkSync(join(shared.path, 'story'), join(shared.path, 'gameday.yaml'));
    lchownSync(join(shared.path, 'gameday.yaml'), STRANGER, STRANGER);
    const linked = await expectExit(4, ['story', 'check', '--json'], { cwd });
    expect(refusalOf(linked).message).to.include('gameday.yaml belongs to');
    mkdirSync(join(cwd, '.gameday'));
    chownSync(join(cwd, '.gameday'), STRANGER, STRANGER);
    const state = refusalOf(await expectExit(4, ['fault', 'list', '--json'], { cwd }));
    expect(state.message).to.include('The state folder').and.include('.gameday belongs to');
    chownSync(join(cwd, '.gameday'), 0, 0);
  });
});
