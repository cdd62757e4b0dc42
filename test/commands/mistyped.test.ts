/** Kind of mistake: a suggestion is built anew, not from what was typed. And what no command can be made of is said with the nearest one. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { expectEnd, expectExit, type Folder, makeFolder, processStory, refusalOf } from './cli.ts';

describe('what is mistyped', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });

  before(async () => {
    folder = makeFolder({
      'gameday.yaml': await processStory('  - { title: Plain }\n', 'protect: [keeper]'),
    });
  });
  after(() => folder.cleanup());

  const CASES: [typed: string[], next: string][] = [
    [
      ['fault', 'injekt', 'kill', 'web', '--count', '2'],
      'Did you mean `fault inject kill web --count 2`?',
    ],
    [['fault:injekt', 'kill'], 'Did you mean `fault inject kill`?'],
    [['inject', 'kill', 'my web'], "Did you mean `fault inject kill 'my web'`?"],
    [['chaper', 'next'], 'Did you mean `chapter next`?'],
    [['nothing', 'near'], 'Look at them with --help.'],
    [
      ['fault', 'inject', 'kil', 'web', '--duration', '8s'],
      'Did you mean `fault inject kill web --duration 8s --json`?',
    ],
  ];
  for (const [typed, next] of CASES)
    it(`${typed.join(' ')}: ${next}`, async () => {
      const error = refusalOf(await expectExit(2, [...typed, '--json'], at()));
      expect(error.next.replace(' --json`', '`')).to.equal(next.replace(' --json`', '`'));
      const { stdout, stderr } = await expectExit(2, typed, at());
      expect(stdout).to.equal('');
      expect(stderr).to.include(error.message);
    });

  it('a topic alone with --json: an error as JSON, in place of help', async () => {
    for (const typed of [['chapter'], ['fault', '--json'], []])
      expect(refusalOf(await expectExit(2, ['--json', ...typed], at()))).to.include({
        code: 'usage',
      });
    const { json } = await expectExit(2, ['workload', '--json'], at());
    expect(json.error.message).to.match(/workload has start, stop, watch/);
    expect((await expectExit(0, ['chapter'], at())).stdout).to.match(/chapter next/);
  });

  it('a missing kind: names the kinds, and nothing about other flags', async () => {
    const { stderr } = await expectExit(2, ['fault', 'inject'], at());
    expect(stderr)
      .to.match(/^KIND is missing: .*kill, stop, pause, crash/)
      .and.not.match(/Note|compose-file/);
    const error = refusalOf(await expectExit(2, ['fault', 'inject', '--json'], at()));
    expect(error.message).to.match(/^KIND is missing: .*crash, .*scale\.$/);
  });

  it('a dry run of what would be refused ends as the refusal does', async () => {
    const inject = ['fault', 'inject', 'kill', '--dry-run'];
    expect(
      (await expectExit(4, [...inject, 'keeper', '--json'], at())).json.plan.steps[0].refused,
    ).to.include({ code: 'protected' });
    await expectExit(5, [...inject, 'nobody'], at());
    await expectExit(0, [...inject, 'web'], at());
  });

  it('a command on Windows: says that it does not run there, and where it does', async () => {
    const windows = 'Object.defineProperty(process, "platform", { value: "win32" })';
    const options = { ...at(), node: ['--import', `data:text/javascript,${windows}`] };
    const error = refusalOf(await expectEnd(2, ['fault', 'list', '--json'], options));
    expect(error.next).to.match(/WSL/);
  });
});
