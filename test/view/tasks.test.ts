/** The view of tasks in a real terminal. What is expected of a screen is written as it is seen. */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { hasTmux, Terminal } from './terminal.ts';

const PLAY = `"${process.execPath}" "${fileURLToPath(new URL('play-events.ts', import.meta.url))}"`;
const WIDE = { columns: 80, rows: 24 };

const STORY_80 = `\
✔ The services of shop are up

[1/8] Welcome
Three nodes, one quorum. Watch the throughput: it is what the users of this shop
feel, and all that they feel.

[2/8] Cluster Health
Every instance, as the engine sees it.

✔ instances: 3 of 3 instances are running and well
  › api-1    running, healthy  (shop-api-1)
    api-2    running, healthy  (shop-api-2)
    redis-1  running  (operator-redis-redis-1)

[3/8] Load Generation
From here on the shop is busy.

✔ http workload: 499 ops/s, p99 3ms, no errors

[4/8] Fault Injection
One instance dies. Nobody is warned.

✔ Countdown over: kill api-2
✔ api-2 killed in 12ms (fault f1)

[5/8] Detection
Who noticed, and after how long?

✔ noticed after 14ms, first by the engine
  › the engine saw api-2 exit with code 137, 14ms after the fault
    the workload noticed, 500ms after the fault
    the health check of gateway-1 failed, 2.1s after the fault

[6/8] Diagnosis
The evidence.

✔ evidence on f1 (api-2)
  › api-2 (kill): exited, exit code 137, OOM-killed: no, restarts: 0, health:
    none
      | GET /orders/4711 200 3ms
      | GET /orders/4712 200 2ms
  › since the fault: 312 operations lost (1.4 %), p99 2.9s for 1.6s,
    throughput at 62 % of the baseline
  › the other 2 instances are running

[7/8] Recovery
Exactly the instance that was hit comes back.

✔ recovered f1
  ✔ api-2 started, healthy (f1 recovered in 1.3s)

[8/8] Demo Complete
That was it.

exit 0
ended with 0`;

describe('view: tasks in a terminal', function () {
  this.timeout(60_000);
  let terminal: Terminal;

  before(function () {
    if (!hasTmux) this.skip();
  });
  beforeEach(() => {
    terminal = new Terminal();
  });
  afterEach(() => terminal.close());

  const play = (args: string, size = WIDE, before = '') =>
    terminal.start(`${before}${PLAY} ${args}`, size);

  it('tells the story of eight chapters, with every second of the countdown, and leaves it on the screen', async () => {
    await play('story');
    const counting = await terminal.until(/Injecting fault in \d\.\.\./);
    expect(counting).to.match(
      /\[4\/8\] Fault Injection\nOne instance dies\. Nobody is warned\.\n\n. Injecting fault in \d\.\.\. {2}kill api-2 \(shop-api-2\) {2}Ctrl-C cancels\n◼ kill api$/,
    );
    expect(await terminal.ended()).to.equal(STORY_80);
    expect(await terminal.cursorIsVisible()).to.equal(true);
    const seconds = [...terminal.written().matchAll(/Injecting fault in (\d)\.\.\./g)].map(
      (match) => match[1],
    );
    expect([...new Set(seconds)]).to.deep.equal(['3', '2', '1']);
  });

  it('breaks lines at the words of a screen of 40 columns', async () => {
    await play('story', { columns: 40, rows: 20 });
    expect(await terminal.until(/Injecting fault in \d\.\.\./)).to.match(
      /\n\n. Injecting fault in \d\.\.\. {2}kill api-2\n {2}\(shop-api-2\) {2}Ctrl-C cancels\n◼ kill api$/,
    );
    const screen = await terminal.ended();
    expect(screen).to.include(
      'Three nodes, one quorum. Watch the\nthroughput: it is what the users of this\nshop feel, and all that they feel.\n',
    );
    expect(screen).to.include(
      '✔ noticed after 14ms, first by the\n  engine\n  › the engine saw api-2 exit with\n    code 137, 14ms after the fault\n',
    );
    expect(screen).to.include(
      '✔ recovered f1\n  ✔ api-2 started, healthy (f1\n    recovered in 1.3s)\n',
    );
    expect(screen.split('\n').every((line) => line.length <= 40)).to.equal(true);
  });

  it('uses the width of 200 columns for tasks, and no more of it for narration than can be read', async () => {
    await play('narrated', { columns: 200, rows: 24 });
    expect(await terminal.ended()).to.equal(`\
[1/8] Welcome
This is the first of two paragraphs, and it is longer than a line should be. This is the first of
two paragraphs, and it is longer than a line should be. This is the first of two paragraphs, and it
is longer than a line should be.

This is the second.

✔ waited for longer than anybody could have thought when this sentence was begun, and then for a while after that

exit 0
ended with 0`);
  });

  it('shows steps that nobody announced, parts of steps below them, and lines of nobody', async () => {
    await play('unannounced');
    expect(await terminal.ended()).to.equal(`\
  lines before anything else
✔ The services of shop are up
✔ first done
  ↓ part two was not needed
  ✔ part one done
    › a line of part one
        | indented
✔ second done, and it never began
✖ the stranger failed
✔ ended without a beginning
  a line that comes late
✔ and then the end

exit 0
ended with 0`);
  });

  it('goes on after a step that failed', async () => {
    await play('recovery');
    expect(await terminal.ended()).to.equal(`\
✖ f2 is still live: redis-1 (4ab0c1d2e3f4) was removed, and nothing has its
  place.
✔ api-2 started, running (f1 recovered in 1.3s)

exit 0
ended with 0`);
  });

  it('settles what is open when an error ends it', async () => {
    await play('midway --fail');
    expect(await terminal.ended()).to.equal(`\
[4/8] Fault Injection
✖ first (not ended)
  ↓ part one (not ended)
↓ second (not reached)
↓ third (not reached)

exit 1
ended with 1`);
    expect(await terminal.cursorIsVisible()).to.equal(true);
  });

  it('does not repeat the reason where a step that failed has given it', async () => {
    await play('midwayFailed --fail');
    expect(await terminal.ended()).to.equal(
      '✖ first: no such thing\n↓ second (not reached)\n\nexit 1\nended with 1',
    );
  });

  it('settles what is open when it is closed without an error', async () => {
    await play('midway');
    expect(await terminal.ended()).to.match(
      /↓ first \(not ended\)\n {2}↓ part one \(not ended\)\n↓ second \(not reached\)\n↓ third \(not reached\)\n\nexit 0/,
    );
  });

  it('keeps hundreds of lines, each once and in their order', async () => {
    await play('many');
    const screen = await terminal.ended();
    const numbers = [...screen.matchAll(/line (\d+) of an output/g)].map((match) =>
      Number(match[1]),
    );
    expect(numbers).to.deep.equal(Array.from({ length: 400 }, (_, index) => index + 1));
    expect(screen).to.match(/^\[2\/8\] Output\n✔ `seq 400` done\n {2}› line 1 /);
    expect(screen).to.match(
      /line 400 of an output that is longer than the screen\n✔ waited 1s\n\nexit 0\nended with 0$/,
    );
  });

  it('shows nothing that a terminal acts on', async () => {
    await play('hostile');
    expect(await terminal.ended()).to.equal(
      '[1/8] Title\nnarration with evil order\nand a second line\n\n✔ p: done [!p\n  › log red line\n    tab andnul\n    a b\n\nexit 0\nended with 0',
    );
  });

  it('prints below the list what somebody else writes to stderr while it is drawn', async () => {
    await play('recovery --note');
    const screen = await terminal.ended();
    expect(screen).to.match(
      /✔ api-2 started, running \(f1 recovered in 1\.3s\)\n(a note of somebody else\n)+\nexit 0/,
    );
    expect(screen.match(/a note of somebody else/g)).to.have.length(8);
  });

  it('leaves Ctrl-C to the caller', async () => {
    await play('countdown');
    await terminal.until(/Injecting fault in 30\.\.\./);
    expect(await terminal.cursorIsVisible()).to.equal(false);
    await terminal.press('C-c');
    expect(await terminal.ended()).to.equal(`\
[4/8] Fault Injection
One instance dies. Nobody is warned.

✖ Injecting fault in 30...  kill api-2 (shop-api-2)  Ctrl-C cancels (not
  ended)
↓ kill api (not reached)

exit 130
ended with 130`);
    expect(await terminal.cursorIsVisible()).to.equal(true);
  });

  it('gives the cursor back when the process ends in the middle of a picture', async () => {
    await play('countdown --abrupt');
    await terminal.until(/Injecting fault in 30\.\.\./);
    await terminal.press('C-c');
    await terminal.ended();
    expect(await terminal.cursorIsVisible()).to.equal(true);
  });

  it('follows the terminal when it becomes narrower and wider, leaving no trace of older pictures', async () => {
    await play('wide', WIDE, 'seq 40; ');
    await terminal.until(/and one more of these/);
    await terminal.resize(40, 24);
    await terminal.until(/about as long as\n {6}the usual/);
    await terminal.resize(100, 24);
    await terminal.until(/waiting for the workload/);
    await terminal.resize(50, 24);
    const screen = await terminal.ended();
    expect(screen.slice(screen.indexOf('40\n'))).to.equal(`\
40
[7/8] Recovery
✔ recovered f1
  ✔ operator-tikv-1 started, healthy (f1
    recovered in 1.3s)
    › a line that is about as long as the usual
      terminal of eighty columns is wide
        | and one more of these

exit 0
ended with 0`);
  });

  it('colours by what stderr is, also when stdout is a pipe', async () => {
    await play('recovery | cat');
    await terminal.until(/ended with 0/);
    expect(await terminal.screen({ styled: true }))
      .to.include('\u001b[31m✖\u001b[39m')
      .and.include('\u001b[32m✔\u001b[39m');
  });

  it('has no colours where none are wanted', async () => {
    await play('midway --fail', WIDE, 'NO_COLOR=1 ');
    await terminal.ended();
    expect(await terminal.screen({ styled: true })).not.to.include('\u001b');
  });

  it('is plain lines in CI', async () => {
    await play('recovery', WIDE, 'CI=1 ');
    expect(await terminal.ended()).to.match(/^• Recovering f2: pause redis-1\n✖ f2 is still live/);
  });
});
