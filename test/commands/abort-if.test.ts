/** An experiment that goes too far ends itself: by the command that is under way, by the watchdog, and by the next of them when one is dead. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import {
  bash,
  events,
  expectExit,
  type Folder,
  gameday,
  makeFolder,
  pids,
  refusalOf,
  start,
  until,
} from './cli.ts';
import { loadStory } from './load-story.ts';
import { killWatchdog } from './watchdog.ts';

const ABORT_IF = (forTime: string) => `abort_if: [ { errors: "> 50%", for: ${forTime} } ]`;
const CHAPTERS = `
  - { title: Load, on_enter: [ { workload: start } ] }
  - { title: Break, on_enter: [ { inject: { kind: kill, service: web, pick: all, overrule: [last_healthy], countdown: 0s } }, { wait: 10m } ] }
  - { title: After }
  - { title: End }
`;
const ALL = [
  'fault',
  'inject',
  'kill',
  'web',
  '--all',
  '--yes',
  '--overrule',
  'last_healthy',
  '--countdown',
  '0',
];

describe('abort_if', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const of = (type: string) => events(folder.path).filter((event) => event.type === type);
  const watchdog = () =>
    JSON.parse(readFileSync(join(folder.path, '.gameday/runs/r1/watchdog.json'), 'utf8'))
      .pid as number;
  const isWhole = () => Object.keys(pids(folder.path)).length === 3;
  const isOver = () => of('fault.recovered').length > 0;

  /** A run with a load, each test on a stack of its own. */
  async function begin(forTime: string): Promise<void> {
    folder = makeFolder({ 'gameday.yaml': await loadStory(CHAPTERS, ABORT_IF(forTime)) });
    await expectExit(0, ['chapter', 'next'], at());
    expect(isWhole()).to.equal(true);
  }
  afterEach(() => folder?.cleanup());

  it('ends a chapter that waits, mends everything, and exits 8', async () => {
    await begin('1s');
    const ended = await gameday(['chapter', 'next', '--json'], at());
    expect(ended.code, ended.stdout).to.equal(8);
    const error = refusalOf({ ...ended, stderr: '' });
    expect(error).to.include({ code: 'aborted', next: 'chapter retry' });
    expect(error.message).to.match(
      /^Aborted: errors \d+(\.\d)?% over the last .*s \(abort_if: errors > 50% for 1s\); recovered at once: f1\.$/,
    );
    expect(isWhole(), 'once each, though two noticed it').to.equal(true);
    expect(of('run.aborted')).to.have.length(1);
    expect(of('run.aborted')[0]).to.deep.include({
      by: 'command',
      faults: ['f1'],
      condition: 'errors > 50% for 1s',
    });
    expect(of('fault.recovered')[0]).to.include({ outcome: 'verified' });
    expect(of('chapter.failed')[0]).to.include({ code: 'aborted', chapter: 'break' });

    const list = await expectExit(0, ['chapter', 'list'], at());
    expect(list.stdout).to.match(/▶ \[2\/4\] Break {2}break {2}failed, aborted/);
    expect((await expectExit(0, ['chapter', 'show'], at())).stdout).to.include(
      'f1 aborted: errors ',
    );
    expect((await expectExit(0, ['fault', 'list', '--json'], at())).json.aborted).to.include({
      by: 'command',
      told: true,
    });
    expect((await expectExit(0, ['chapter', 'next'], at())).stdout).to.equal(
      '[3/4] After (next: End)\n',
    );
    expect((await expectExit(0, ['fault', 'list', '--json'], at())).json.aborted).to.equal(null);
  });

  it('is done by the watchdog where no command runs, and the next one of a script says so', async () => {
    await begin('1s');
    await expectExit(0, ALL, at());
    await until('the watchdog', isOver);
    expect(of('run.aborted')[0]).to.include({ by: 'watchdog' });
    expect(isWhole()).to.equal(true);
    expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.match(
      /^No fault is live\.\nf1 aborted: errors .* \(abort_if: errors > 50% for 1s\)\n$/,
    );
    const script = await bash('set -e; gameday chapter next --wait; echo reached', at());
    expect(script.code, script.stderr).to.equal(8);
    expect(script.stdout).to.equal('');
    expect(script.stderr).to.match(
      /Aborted: errors .*; recovered at once: f1\.\nDo it again with `gameday chapter retry`, or go on with `gameday chapter next`\./,
    );
    expect((await expectExit(0, ['fault', 'recover'], at())).stdout, 'it is said once').to.include(
      'nothing to recover',
    );
  });

  it('is told by `fault recover` at the end of a script, too', async () => {
    await begin('1s');
    const script = await bash(
      `trap 'gameday fault recover --wait' EXIT; ${ALL.join(' ').replace('fault', 'gameday fault')}; until grep -q fault.recovered .gameday/runs/r1/journal.ndjson; do sleep 0.2; done; (exit 0)`,
      at(),
    );
    expect(script.stderr).to.match(/Aborted: errors .*; recovered at once: f1\./);
  });

  it('is done by the watchdog that the next command brings back', async () => {
    // Long enough that the watchdog is dead by then, however slow the machine is.
    await begin('10s');
    await expectExit(0, ALL, at());
    const dead = watchdog();
    await killWatchdog(folder.path);
    expect(of('run.aborted'), 'not yet').to.deep.equal([]);
    expect((await gameday(['fault', 'list'], at())).stdout).to.include(
      'The watchdog of this run is gone',
    );
    const next = await expectExit(0, ['workload', 'start'], at());
    expect(next.stderr).to.include('The watchdog of this run was gone; it runs again.');
    await until('the new watchdog', isOver);
    expect(watchdog()).not.to.equal(dead);
    expect(of('run.aborted')[0]).to.include({ by: 'watchdog' });
    expect(isWhole()).to.equal(true);
  });

  it('is finished by the watchdog where the command dies in the middle of it', async () => {
    await begin('1s');
    const command = start(['chapter', 'next'], at());
    await until('the abort', () => of('run.aborted').length > 0);
    command.child.kill('SIGKILL');
    await command.ended;
    await until('the watchdog', isOver);
    expect(of('run.aborted')).to.have.length(1);
    expect(isWhole()).to.equal(true);
  });
});
