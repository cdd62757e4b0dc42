/** What stands around a command in a shell: no input, an input that never ends, and nobody who could press a key. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { bash, expectExit, type Folder, makeFolder, pids } from './cli.ts';

describe('off a terminal', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });

  before(async () => {
    folder = makeFolder({ Procfile: 'web: sleep 600\nredis: sleep 601\n' });
    await expectExit(0, ['chapter', 'next'], at());
  });
  after(() => folder?.cleanup());

  it('nothing asks and waits for a key: not with a closed stdin, nor with one that stays open and empty', async () => {
    for (const stdin of ['<&-', '<&3']) {
      const { stdout, stderr } = await bash(
        `mkfifo -m 600 open.$$; exec 3<>open.$$; gameday fault inject pause --all --countdown 0 ${stdin} && gameday fault recover ${stdin} && echo done`,
        at(),
      );
      expect(stdout, `${stdin} ${stderr}`).to.match(
        /^f\d+: paused redis-1 .*, web-1 [\s\S]*\ndone\n$/,
      );
      expect(stderr).not.to.match(/Really/);
    }
  });

  it('the result is on stdout alone, and the progress on stderr alone', async () => {
    const { stdout, stderr } = await bash(
      'gameday fault inject pause web --countdown 1s 2>/dev/null; gameday fault recover >/dev/null',
      at(),
    );
    expect(stdout).to.match(/^f\d+: paused web-1 .*\n$/);
    expect(stderr)
      .to.match(/Recovering f\d+: pause web-1/)
      .and.not.match(/Injecting/);
  });

  it('a reader that has had enough, a full disk or a closed output ends no deed midway', async () => {
    const { stdout } = await bash(
      `gameday chapter list | head -1; echo "\${PIPESTATUS[0]}"
       gameday fault inject pause web --countdown 0 >&- 2>&-; echo "closed $?"
       gameday fault recover 2>/dev/full >/dev/null; echo "stderr full $?"
       gameday fault inject pause web --countdown 0 >/dev/full 2>/dev/null; echo "stdout full $?"`,
      at(),
    );
    expect(stdout).to.match(/^▶ \[1\/8\] Welcome .*\n0\nclosed 0\nstderr full 0\nstdout full 1\n$/);
    expect(
      (await expectExit(0, ['fault', 'list', '--json'], at())).json.faults,
      'the deed was done, and the journal knows it',
    ).to.have.length(1);
    expect(pids(folder.path)['web-1']).to.be.below(0);
    await expectExit(0, ['fault', 'recover'], at());
  });
});
