/** Many commands at once: one writes, the others are refused or wait, and readers are never in the way. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import {
  events,
  expectExit,
  type Folder,
  gameday,
  makeFolder,
  pids,
  processStory,
  startUntil,
} from './cli.ts';

const TWENTY = Array.from({ length: 20 }, (_, number) => number);

describe('a second command', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const inject = (...args: string[]) => ['fault', 'inject', ...args, '--overrule', 'last_healthy'];

  before(async () => {
    folder = makeFolder({
      'gameday.yaml': await processStory('  - { title: One }\n  - { title: Two }\n'),
    });
    await expectExit(0, ['chapter', 'next'], at());
  });
  after(() => folder?.cleanup());

  it('is refused at once while one counts down, and told who holds the run, and since when', async () => {
    const begun = Date.now();
    const first = await startUntil(
      /Injecting fault in/,
      inject('kill', 'web-1', '--countdown', '50s'),
      at(),
    );
    const refused = await expectExit(4, ['chapter', 'next'], at());
    expect(refused.stderr)
      .to.match(
        new RegExp(
          `\`gameday fault inject\` \\(pid ${first.child.pid}\\) has held the run for \\d`,
        ),
      )
      .and.match(/--wait/);
    const { error } = (await expectExit(4, ['fault', 'inject', 'pause', 'web', '--json'], at()))
      .json;
    expect(error).to.include({ code: 'run_busy', exit: 4 });
    const [, figure, unit] = /has held the run for ([\d.]+)(m?s)\./.exec(error.message) ?? [];
    const heldMs = Number(figure) * (unit === 'ms' ? 1 : 1000);
    expect(heldMs).to.be.within(100, Date.now() - begun + 1000);

    for (const reading of [
      ['chapter', 'list'],
      ['chapter', 'show'],
      ['fault', 'list'],
      ['fault', 'kinds'],
      ['fault', 'inject', 'kill', 'web', '--dry-run'],
    ]) {
      await expectExit(0, reading, at());
    }
    first.child.kill('SIGINT');
    expect((await first.ended).code).to.equal(130);
  });

  it('waits with --wait, says for whom, and then works', async () => {
    const first = await startUntil(
      /Injecting fault in/,
      inject('pause', 'web-1', '--countdown', '3s'),
      at(),
    );
    const second = await expectExit(
      0,
      inject('pause', 'web-2', '--countdown', '0', '--wait'),
      at(),
    );
    expect(second.stderr).to.match(
      new RegExp(`Waiting for \`gameday fault inject\` \\(pid ${first.child.pid}\\) to end`),
    );
    expect((await first.ended).code).to.equal(0);
    expect(
      (await expectExit(0, ['fault', 'list', '--json'], at())).json.faults.map(
        (fault: any) => fault.targets[0].label,
      ),
    ).to.deep.equal(['web-1', 'web-2']);
    await expectExit(0, ['fault', 'recover'], at());
  });

  it('that waits can be ended by a signal, and holds nothing then', async () => {
    const first = await startUntil(
      /Injecting fault in/,
      inject('kill', 'web-1', '--countdown', '50s'),
      at(),
    );
    const second = await startUntil(/Waiting for/, ['chapter', 'next', '--wait'], at());
    second.child.kill('SIGTERM');
    expect((await second.ended).code).to.equal(143);
    first.child.kill('SIGKILL');
    await first.ended;
    await expectExit(0, ['fault', 'recover'], at());
  });

  it('is never blocked by a holder that was killed', async () => {
    for (let times = 0; times < 3; times++) {
      const first = await startUntil(
        /Injecting fault in/,
        inject('kill', 'web-1', '--countdown', '50s'),
        at(),
      );
      first.child.kill('SIGKILL');
      await first.ended;
      const next = await expectExit(
        0,
        inject('pause', 'web-1', '--countdown', '0', '--json'),
        at(),
      );
      expect(next.json.fault.targets[0].label).to.equal('web-1');
      await expectExit(0, ['fault', 'recover'], at());
    }
  });

  it('twenty faults at once: each done or refused, and no target is held twice', async () => {
    const whole = pids(folder.path);
    const ends = await Promise.all(
      TWENTY.map((number) =>
        gameday(
          inject('pause', 'web', '--countdown', '0', '--json', ...(number % 2 ? ['--wait'] : [])),
          at(),
        ),
      ),
    );
    for (const ended of ends)
      expect(ended.code, ended.stdout + ended.stderr).to.be.oneOf([0, 4, 5]);
    const hit = ends.flatMap((ended) =>
      ended.code === 0 ? ended.json.fault.targets[0].label : [],
    );
    expect(hit, 'with --wait all three are hit in the end').to.have.members([
      'web-1',
      'web-2',
      'web-3',
    ]);
    expect((await expectExit(0, ['fault', 'list', '--json'], at())).json.faults).to.have.length(3);
    const now = pids(folder.path);
    for (const label of hit) expect(now[label]).to.equal(-(whole[label] as number));
    const numbers = events(folder.path).map((event) => event.seq);
    expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1));
    await expectExit(0, ['fault', 'recover'], at());
    expect(pids(folder.path)).to.deep.equal(whole);
  });
});

describe('twenty `chapter next` at once', () => {
  it('advance by as many chapters as ended with 0', async () => {
    const chapters = TWENTY.map((number) => `  - { title: Chapter ${number + 1} }\n`).join('');
    const folder = makeFolder({
      'gameday.yaml': `name: many\nengine: process\nservices: { web: { command: [sleep, '600'] } }\nchapters:\n${chapters}`,
    });
    try {
      const ends = await Promise.all(
        TWENTY.map((number) =>
          gameday(['chapter', 'next', '--json', ...(number % 3 ? [] : ['--wait'])], {
            cwd: folder.path,
          }),
        ),
      );
      for (const ended of ends) expect(ended.code, ended.stdout + ended.stderr).to.be.oneOf([0, 4]);
      const done = ends.filter((ended) => ended.code === 0);
      expect(done.length).to.be.at.least(7);
      const { current } = (await expectExit(0, ['chapter', 'list', '--json'], { cwd: folder.path }))
        .json;
      expect(current.number).to.equal(done.length);
      expect(done.map((ended) => ended.json.chapter.number).sort((a, b) => a - b)).to.deep.equal(
        done.map((_, index) => index + 1),
      );
      expect(Object.keys(pids(folder.path)), 'started once').to.deep.equal(['web-1']);
    } finally {
      await folder.cleanup();
    }
  });
});
