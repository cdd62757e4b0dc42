/** `hooks:` of a story: what they are told, that one may refuse, and that none stands in the way of a recovery. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  EIGHT,
  events,
  expectExit,
  foldersOfATest,
  pids,
  processStory,
  refusalOf,
  start,
  until,
} from './cli.ts';
import { checkOccasion } from './events.ts';

const KILL = ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'];
const TOLD = ['after_inject', 'after_recover', 'on_deviation', 'on_abort'];

describe('hooks', function () {
  this.timeout(120_000);
  const folder = foldersOfATest();
  const at = async (hooks: string, chapters = EIGHT) =>
    folder({ 'gameday.yaml': await processStory(chapters, `hooks: ${hooks}`) }).path;
  const told = (cwd: string): any[] =>
    existsSync(join(cwd, 'told'))
      ? readFileSync(join(cwd, 'told'), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => checkOccasion(JSON.parse(line)))
      : [];
  const types = (cwd: string) => events(cwd).map(({ type }) => type);

  it('are told what happens, by the command and by the watchdog, as the schema says', async () => {
    const append = '{ shell: "cat >> told" }';
    const cwd = await at(
      `{ before_inject: ${append}, ${TOLD.map((name) => `${name}: ${append}`).join(', ')} }`,
      `${EIGHT}  - { title: Bad, on_enter: [ { probe: { tcp: "127.0.0.1:9", retry_for: 0 } } ] }\n`,
    );
    for (const args of [
      ['story', 'check'],
      ['chapter', 'list'],
      [...KILL, '--dry-run'],
    ])
      await expectExit(0, args, { cwd });
    expect(told(cwd), 'looking runs nothing').to.deep.equal([]);
    await expectExit(0, [...KILL, '--duration', '1s'], { cwd });
    await until('the watchdog to tell', () => told(cwd).length === 3);
    const [asked, injected, recovered] = told(cwd);
    expect(asked).to.include({ occasion: 'before_inject', run: 'r1', story: 'shop' });
    expect(asked.fault).to.deep.include({ id: null, kind: 'kill', targets: ['web-2'] });
    expect(asked.text).to.equal('shop (run r1): web-2 would be killed.');
    expect(injected).to.deep.include({ occasion: 'fault_injected', live: ['f1'] });
    expect(recovered).to.include({ occasion: 'fault_recovered' });
    expect(recovered.fault).to.include({ id: 'f1', outcome: 'verified' });
    await expectExit(8, ['chapter', 'play', '--pause', '0'], { cwd });
    expect(told(cwd).at(-1)).to.include({ occasion: 'deviated' });
    expect(told(cwd).at(-1).chapter).to.include({ id: 'bad' });
  });

  it('before_inject refuses by its exit code, by being late, and by not being there; nothing is changed', async () => {
    const cwd = await at('{ before_inject: { shell: "echo not today S3CRET >&2; exit 3" } }');
    const before = await expectExit(0, ['chapter', 'next'], { cwd }).then(() => pids(cwd));
    const no = await expectExit(4, KILL, { cwd });
    expect(no.stderr).to.include('not today').and.include('ended with exit code 3');
    expect(refusalOf(await expectExit(4, [...KILL, '--json'], { cwd }))).to.deep.include({
      code: 'hook_refused',
      message: "sh, the story's before_inject, ended with exit code 3: web-2 will not be killed.",
    });
    for (const [hook, how] of [
      ['{ command: [sleep, "60"], timeout: 200ms }', 'did not end within 200ms'],
      ['{ command: [./no-such-program] }', 'ended with exit code 127'],
    ]) {
      const other = await at(`{ before_inject: ${hook} }`);
      expect((await expectExit(4, KILL, { cwd: other })).stderr).to.include(how);
      expect(types(other)).to.not.include('fault.injecting');
    }
    expect(pids(cwd)).to.deep.equal(before);
    expect(types(cwd)).to.not.include('fault.injecting');
    expect(readFileSync(join(cwd, '.gameday/runs/r1/journal.ndjson'), 'utf8')).to.not.include(
      'S3CRET',
    );
  });

  it('a chapter whose fault is refused has failed, and can be entered again', async () => {
    const chapters = `
  - { title: Break, on_enter: [ { inject: { kind: kill, service: web-1, countdown: 0s } } ] }
`;
    const cwd = await at('{ before_inject: { shell: "test -e may" } }', chapters);
    await expectExit(4, ['chapter', 'next'], { cwd });
    expect(events(cwd).at(-1)).to.include({ type: 'chapter.failed', code: 'hook_refused' });
    writeFileSync(join(cwd, 'may'), '');
    await expectExit(0, ['chapter', 'retry'], { cwd });
    expect(types(cwd)).to.include('fault.injected');
  });

  it('the others: one that fails and one that hangs are named, and neither keeps a recovery from being done', async () => {
    const cwd = await at(
      '{ after_inject: { shell: "exit 5" }, after_recover: { command: [sleep, "61"], timeout: 1s } }',
    );
    const failed = await expectExit(0, KILL, { cwd });
    expect(failed.stderr).to.include('hook after_inject: `sh` ended with exit code 5');
    const recovers = start(['fault', 'recover'], { cwd });
    await until('the recovery', () => types(cwd).includes('fault.recovered'));
    const next = await expectExit(0, ['fault', 'list', '--json'], { cwd });
    expect(next.json.faults).to.deep.equal([]);
    const late = await recovers.ended;
    expect(late.code).to.equal(0);
    expect(late.stderr).to.include('hook after_recover: `sleep` was ended after 1s');
  });

  it('a signal ends a hook that still runs; the run has been let go of', async () => {
    const cwd = await at('{ after_inject: { shell: "echo $$ > pid; sleep 62", timeout: 5m } }');
    const injects = start(KILL, { cwd });
    const pid = await until('the hook', () => {
      try {
        return Number(readFileSync(join(cwd, 'pid'), 'utf8'));
      } catch {
        return 0;
      }
    });
    await expectExit(0, ['fault', 'recover'], { cwd });
    injects.child.kill('SIGINT');
    const ended = await injects.ended;
    expect(ended.code).to.equal(0);
    expect(ended.stderr).to.include('was ended before it was done, on fault_injected');
    expect(() => process.kill(pid, 0)).to.throw(/ESRCH/);
  });
});
