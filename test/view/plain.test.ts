import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import type { RunnerEvent } from '../../src/run/progress.ts';
import { openPlain } from '../../src/view/plain.ts';
import { type Mode, openView, pickMode } from '../../src/view/view.ts';
import {
  type Beat,
  begin,
  done,
  failed,
  heading,
  lines,
  planned,
  SCENES,
  SceneSayer,
  skipped,
  tick,
} from './scenes.ts';

const PLAY = fileURLToPath(new URL('play-events.ts', import.meta.url));

/** What the plain view prints; pauses move its clock. */
async function printed(beats: Beat[], error?: Error): Promise<string> {
  let now = 0;
  let all = '';
  const write = (text: string) => {
    all += text;
    return true;
  };
  const view = openPlain({ write }, () => now, new SceneSayer());
  for (const beat of beats) {
    if (typeof beat === 'number') now += beat;
    else view.show(beat as RunnerEvent);
  }
  await view.close(error);
  view.show(lines(null, 'never seen') as unknown as RunnerEvent);
  return all;
}

const STORY = `\
• Starting the services of shop
✔ The services of shop are up
[1/8] Welcome
  Three nodes, one quorum. Watch the throughput: it is what the users of this shop feel, and all that they feel.
[2/8] Cluster Health
  Every instance, as the engine sees it.
• probe instances
  api-1    running, healthy  (shop-api-1)
  api-2    running, healthy  (shop-api-2)
  redis-1  running  (operator-redis-redis-1)
✔ instances: 3 of 3 instances are running and well
[3/8] Load Generation
  From here on the shop is busy.
• start the workload
✔ http workload: 499 ops/s, p99 3ms, no errors
[4/8] Fault Injection
  One instance dies. Nobody is warned.
• Injecting fault in 3...  kill api-2 (shop-api-2)  Ctrl-C cancels
• Injecting fault in 2...  kill api-2 (shop-api-2)  Ctrl-C cancels
• Injecting fault in 1...  kill api-2 (shop-api-2)  Ctrl-C cancels
✔ Countdown over: kill api-2
• killing api-2
✔ api-2 killed in 12ms (fault f1)
[5/8] Detection
  Who noticed, and after how long?
• detect: what noticed the fault, and after how long
• watching: 0 noticed so far
  the engine saw api-2 exit with code 137, 14ms after the fault
  the workload noticed, 500ms after the fault
  the health check of gateway-1 failed, 2.1s after the fault
✔ noticed after 14ms, first by the engine
[6/8] Diagnosis
  The evidence.
• diagnose: collect the evidence
  api-2 (kill): exited, exit code 137, OOM-killed: no, restarts: 0, health: none
    | GET /orders/4711 200 3ms
    | GET /orders/4712 200 2ms
  since the fault: 312 operations lost (1.4 %), p99 2.9s for 1.6s, throughput at 62 % of the baseline
  the other 2 instances are running
✔ evidence on f1 (api-2)
[7/8] Recovery
  Exactly the instance that was hit comes back.
• recover every live fault, last in first out
• Recovering f1: kill api-2
• api-2 is killed: restart
• waiting for api-2: it is running, health starting
• waiting for the workload: throughput at 87 % of the baseline (another 9s at most; Ctrl-C leaves f1 live)
✔ api-2 started, healthy (f1 recovered in 1.3s)
✔ recovered f1
[8/8] Demo Complete
  That was it.
`;

describe('view: plain', () => {
  it('tells the whole story, one line an event', async () =>
    expect(await printed(SCENES.story)).to.equal(STORY));

  it('never repeats a tick that says the same', async () => {
    expect(
      await printed([
        begin('r', 'recover'),
        tick('r', 'waiting'),
        5000,
        tick('r', 'waiting'),
        5000,
        tick('r', 'waiting'),
        done('r', 'well'),
      ]),
    ).to.equal('• recover\n• waiting\n✔ well\n');
  });

  it('prints ticks that differ in their figures about once a second', async () => {
    const ticks = Array.from({ length: 40 }, (_, index): Beat[] => [
      tick('w', `workload at ${index} %`),
      100,
    ]).flat();
    const seen =
      (await printed([begin('w', 'recover'), ...ticks, done('w', 'back')])).match(
        /workload at \d+/g,
      ) ?? [];
    expect(seen[0]).to.equal('workload at 0');
    expect(seen.length).to.be.within(3, 5);
  });

  it('prints a tick that says something new at once, and a flapping one once a second at most', async () => {
    const flapping = Array.from({ length: 20 }, (): Beat[] => [
      tick('f', 'api-1 is exited'),
      50,
      tick('f', 'api-1 runs'),
      50,
    ]).flat();
    expect(
      (await printed([begin('f', 'recover'), ...flapping])).split('\n').slice(0, 3),
    ).to.deep.equal(['• recover', '• api-1 is exited', '• api-1 runs']);
    expect((await printed([begin('f', 'recover'), ...flapping])).split('\n').length).to.be.below(8);
  });

  it('shows failed and skipped steps, unannounced ones, and lines of nobody', async () => {
    expect(
      await printed([
        planned('a', 'never begun'),
        tick('x', 'a tick comes first'),
        failed('x', 'x failed'),
        skipped('y', 'y'),
        lines(null, 'one', '', '  two'),
      ]),
    ).to.equal('• a tick comes first\n✖ x failed\n↓ y (skipped)\n  one\n    two\n');
  });

  it('settles the steps that were under way, and says nothing after that', async () => {
    expect(
      await printed(
        [begin('a', 'first'), done('a', 'first done'), begin('b', 'second')],
        new Error('Ended by SIGINT.'),
      ),
    ).to.equal('• first\n✔ first done\n• second\n✖ second (not ended)\n');
    expect(await printed([begin('b', 'second')])).to.equal('• second\n↓ second (not ended)\n');
  });

  it('shows nothing that a terminal acts on', async () => {
    expect(await printed(SCENES.hostile)).to.equal(
      '[1/8] Title\n  narration with evil order\n  and a second line\n• name with: a look, trying again\n  log red line\n  tab andnul\n  a b\n✔ p: done [!p\n',
    );
  });

  it('has a heading without narration', async () =>
    expect(await printed([heading(1, 'Welcome')])).to.equal('[1/8] Welcome\n'));
});

describe('view: which one', () => {
  const reader = { json: false, stderrIsTTY: true, ci: false, columns: 80, term: 'xterm' };
  const cases: [what: string, patch: Partial<Parameters<typeof pickMode>[0]>, mode: Mode][] = [
    ['tasks on a terminal', {}, 'tasks'],
    ['nothing under --json', { json: true }, 'silent'],
    ['plain lines off a terminal', { stderrIsTTY: false, columns: undefined }, 'plain'],
    ['plain lines in CI', { ci: true }, 'plain'],
    ['plain lines on a dumb terminal', { term: 'dumb' }, 'plain'],
    ['plain lines on a terminal that does not know its width', { columns: 0 }, 'plain'],
    ['plain lines on a strip of a terminal', { columns: 12 }, 'plain'],
  ];
  for (const [what, patch, mode] of cases)
    it(`is ${what}`, () => expect(pickMode({ ...reader, ...patch })).to.equal(mode));
});

describe('view: a stderr that goes away', function () {
  this.timeout(30_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-view-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Exit code and stdout of a scene that is played with this stderr. */
  async function play(args: string[], stderr: 'pipe' | number) {
    const child = spawn(process.execPath, [PLAY, ...args], {
      stdio: ['ignore', 'pipe', stderr],
      env: { ...process.env, CI: '' },
    });
    child.stderr?.once('data', () => child.stderr?.destroy());
    const [stdout, [code]] = await Promise.all([
      text(child.stdout as NodeJS.ReadableStream),
      once(child, 'exit'),
    ]);
    return { code, stdout };
  }

  it('gets a whole log, and not one escape sequence, where it is a file', async () => {
    const path = join(folder, 'log');
    const file = openSync(path, 'w');
    expect(await play(['unannounced'], file)).to.deep.equal({ code: 0, stdout: 'exit 0\n' });
    closeSync(file);
    expect(readFileSync(path, 'utf8')).to.equal(await printed(SCENES.unannounced));
  });

  for (const mode of ['plain', 'tasks']) {
    it(`does not end a transition when its reader is gone (${mode})`, async () => {
      expect(await play(['many', '--mode', mode], 'pipe')).to.deep.equal({
        code: 0,
        stdout: 'exit 0\n',
      });
    });

    it(`does not end a transition on a full disk (${mode})`, async function () {
      if (!existsSync('/dev/full')) this.skip();
      const file = openSync('/dev/full', 'w');
      try {
        expect(await play(['unannounced', '--mode', mode], file)).to.deep.equal({
          code: 0,
          stdout: 'exit 0\n',
        });
      } finally {
        closeSync(file);
      }
    });
  }

  it('writes nothing at all when silent', async () => {
    const path = join(folder, 'silent');
    const file = openSync(path, 'w');
    await play(['unannounced', '--mode', 'silent', '--fail'], file);
    closeSync(file);
    expect(readFileSync(path, 'utf8')).to.equal('');
  });

  for (const mode of ['plain', 'tasks'] as const) {
    it(`throws nothing at whoever tells the ${mode} view, and listens to the stream once`, async () => {
      const write = () => {
        throw new Error('EIO');
      };
      const stderr = Object.assign(new EventEmitter(), {
        write,
        isTTY: true,
        columns: 80,
        rows: 24,
      }) as unknown as NodeJS.WriteStream;
      for (let times = 0; times < 20; times++) {
        const view = await openView({ mode, stderr, colour: true });
        for (const beat of SCENES.story)
          if (typeof beat !== 'number') view.show(beat as RunnerEvent);
        view.show({ type: 'step', id: ['x'] } as unknown as RunnerEvent);
        view.show({ type: 'evidence' } as RunnerEvent);
        await view.close(new Error('the end'));
        await view.close();
      }
      expect(stderr.listenerCount('error')).to.equal(1);
    });
  }
});
