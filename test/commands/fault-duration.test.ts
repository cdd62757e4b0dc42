/** Faults that end by themselves, since a watchdog guards them: also when the command, or the watchdog, is dead. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  EIGHT,
  events,
  expectExit,
  type Folder,
  makeFolder,
  pids,
  processStory,
  start,
  until,
} from './cli.ts';
import { killWatchdog } from './watchdog.ts';

const inject = (...args: string[]) => ['fault', 'inject', ...args, '--countdown', '0'];

describe('fault with a time limit', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const watchdog = () =>
    JSON.parse(readFileSync(join(folder.path, '.gameday/runs/r1/watchdog.json'), 'utf8'))
      .pid as number;
  const isRecovered = (id: string) =>
    events(folder.path).some((event) => event.type === 'fault.recovered' && event.fault === id);

  // Each on a stack of its own, so that a test that is tried again begins where it began the first time.
  beforeEach(async () => {
    folder = makeFolder({ 'gameday.yaml': await processStory(EIGHT) });
    await expectExit(0, ['chapter', 'next'], at());
  });
  afterEach(() => folder?.cleanup());

  it('recovers by itself when the command is long gone', async () => {
    const whole = pids(folder.path);
    const started = start(inject('pause', 'web-1', '--duration', '3s'), at());
    await until('the deed', () => pids(folder.path)['web-1'] === -(whole['web-1'] as number));
    expect((await started.ended).code).to.equal(0);
    await until('the watchdog', () => isRecovered('f1'));
    expect(pids(folder.path)).to.deep.equal(whole);
    expect(events(folder.path).find((event) => event.type === 'fault.recovering')).to.include({
      by: 'watchdog',
    });
    expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.equal('No fault is live.\n');
  });

  it('recovers after the command was killed in the middle of it', async () => {
    const started = start(inject('kill', 'web-2', '--duration', '6s'), at());
    await until('the deed', () => pids(folder.path)['web-2'] === undefined);
    started.child.kill('SIGKILL');
    await started.ended;
    const { stdout } = await expectExit(0, ['fault', 'list'], at());
    expect(stdout).to.match(/due to recover by itself in/);
    await until('the watchdog', () => isRecovered('f1'));
    expect(pids(folder.path)).to.have.property('web-2');
  });

  it('is undone early when the watchdog is told to end', async () => {
    await expectExit(0, inject('pause', 'web-1', '--duration', '10m'), at());
    const whole = pids(folder.path);
    process.kill(watchdog(), 'SIGTERM');
    await until('the undo', () => pids(folder.path)['web-1'] === -(whole['web-1'] as number));
    expect(
      (await expectExit(0, ['fault', 'list', '--json'], at())).json.faults[0].drift[0].finding,
    ).to.equal('undone');
    await expectExit(0, ['fault', 'recover'], at());
  });

  it('says that the watchdog was killed, starts it again, and recovers in the end', async () => {
    await expectExit(0, inject('kill', 'web-3', '--duration', '6s'), at());
    const dead = watchdog();
    await killWatchdog(folder.path);
    expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.match(
      /The watchdog of this run is gone/,
    );
    expect((await expectExit(0, ['fault', 'list', '--json'], at())).json).to.include({
      watchdog: 'gone',
    });
    const next = await expectExit(0, inject('pause', 'web-1'), at());
    expect(next.stderr).to.include('The watchdog of this run was gone; it runs again.');
    await until('the new watchdog', () => isRecovered('f1'));
    expect(watchdog()).not.to.equal(dead);
    expect(pids(folder.path)).to.have.property('web-3');
    expect(pids(folder.path)['web-1'], 'the other fault has no limit').to.be.below(0);
  });
});
