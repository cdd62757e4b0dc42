import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { holdLock, isLockHeld, readEvents, readRun } from '../../src/journal/index.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { type Running, start, withAll } from './processes.ts';
import { failure, inFolder, lock, makeRun, note, session } from './sample.ts';

/** A process that holds the lock until its stdin ends. */
async function holder(stateDir: string): Promise<Running> {
  const running = start('hold', stateDir);
  expect(await running.line()).to.equal('ready');
  running.process.stdin?.write('go\n');
  expect(await running.line()).to.equal('held');
  return running;
}

describe('journal: the lock', function () {
  this.timeout(60_000);

  it('refuses the second command at once, and says who holds the run and since when', () =>
    inFolder(async (stateDir) => {
      const running = await holder(stateDir);
      await withAll([running], async () => {
        const error = (await failure(() => lock(stateDir))) as Refusal;
        expect(error).to.include({ code: 'run_busy', exit: 4 });
        expect(error.message).to.match(
          new RegExp(`\`child hold\` \\(pid ${running.process.pid}\\) .* for \\d+`),
        );
        expect(error.next).to.include('--wait');
        expect(readRun(stateDir).holder).to.deep.include({
          pid: running.process.pid,
          command: 'child hold',
        });
        running.process.stdin?.end();
        expect(await running.line()).to.equal('ended');
        expect(readRun(stateDir).holder).to.equal(null);
        await session(stateDir, () => {});
      });
    }));

  it('is free at once when its holder is killed, whatever the holder left behind', () =>
    inFolder(async (stateDir) => {
      const running = await holder(stateDir);
      await withAll([running], async () => {
        running.process.kill('SIGKILL');
        await running.ended;
        expect(JSON.parse(readFileSync(join(stateDir, 'holder.json'), 'utf8'))).to.include({
          pid: running.process.pid,
        });
        expect(readRun(stateDir).holder).to.equal(null);
        await session(stateDir, () => {});
      });
    }));

  it('can be waited for', () =>
    inFolder(async (stateDir) => {
      const running = await holder(stateDir);
      await withAll([running], async () => {
        const told: unknown[] = [];
        const journal = await lock(stateDir, {
          waitMs: 30_000,
          onWait: ({ pid }) => {
            told.push(pid);
            running.process.stdin?.end();
          },
        });
        expect(told).to.deep.equal([running.process.pid]);
        journal.release();
      });
    }));

  it('is refused when the time to wait is over, and gives up at a signal', () =>
    inFolder(async (stateDir) => {
      const running = await holder(stateDir);
      await withAll([running], async () => {
        expect(await failure(() => lock(stateDir, { waitMs: 120 }))).to.include({
          code: 'run_busy',
        });
        const controller = new AbortController();
        const reason = new Refusal('interrupted', 'Ended by SIGINT.', 'fault list');
        const waiting = failure(() =>
          lock(stateDir, {
            waitMs: 30_000,
            signal: controller.signal,
            onWait: () => controller.abort(reason),
          }),
        );
        expect(await waiting).to.equal(reason);
        expect(await failure(() => lock(stateDir, { signal: controller.signal }))).to.equal(reason);
        running.process.stdin?.end();
        await running.ended;
        await session(stateDir, () => {});
      });
    }));

  it('holds within one process, too, and is not lost by looking at it', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 2);
      const journal = await lock(stateDir);
      expect(await failure(() => lock(stateDir))).to.include({ code: 'run_busy' });
      expect(isLockHeld(join(stateDir, 'lock'))).to.equal(true);
      expect(readRun(stateDir).holder).to.include({ pid: process.pid });
      const other = start('hold', stateDir);
      await withAll([other], async () => {
        await other.line();
        other.process.stdin?.write('go\n');
        expect(await other.line()).to.equal('run_busy');
      });
      journal.release();
    }));

  it('goes to exactly one of twenty that ask at the same moment', () =>
    inFolder(async (stateDir) => {
      const running = Array.from({ length: 20 }, () => start('hold', stateDir));
      await withAll(running, async () => {
        await Promise.all(running.map((each) => each.line()));
        for (const each of running) each.process.stdin?.write('go\n');
        const said = await Promise.all(running.map((each) => each.line()));
        expect(said.toSorted()).to.deep.equal(['held', ...Array(19).fill('run_busy')]);
        for (const each of running) each.process.stdin?.end();
        const last = await Promise.all(running.map((each) => each.line()));
        expect(last).to.deep.equal(Array(20).fill('ended'));
      });
    }));

  it('loses nothing when twenty commands at once wait for each other', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 1);
      const running = Array.from({ length: 20 }, () => start('append', stateDir, ['5', '60000']));
      await withAll(running, async () => {
        const said = await Promise.all(running.map((each) => each.rest()));
        expect(said).to.deep.equal(Array(20).fill(['done']));
      });
      const events = [...readEvents(join(stateDir, 'runs', 'r1', 'journal.ndjson'))];
      expect(events.map((event) => event.seq)).to.deep.equal(
        Array.from({ length: 101 }, (_, index) => index + 1),
      );
      expect(readRun(stateDir)).to.deep.include({ warnings: [], holder: null });
    }));

  it('is not refused because somebody only looks, and readers always see a whole run', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 1);
      const running = start('append', stateDir, ['150', '0']);
      await withAll([running], async () => {
        let ended = false;
        const said = running.rest().finally(() => {
          ended = true;
        });
        let [seq, looks] = [0, 0];
        while (!ended) {
          const { run, warnings } = readRun(stateDir);
          isLockHeld(join(stateDir, 'lock'));
          expect(warnings).to.deep.equal([]);
          expect(run?.seq).to.be.at.least(seq);
          seq = run?.seq ?? 0;
          looks++;
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(await said, (await running.ended).stderr).to.deep.equal(['done']);
        expect(readRun(stateDir).run?.seq).to.equal(151);
        expect(looks).to.be.greaterThan(10);
      });
    }));

  it('serves for other files as well, as long as its holder lives', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 1);
      const path = join(stateDir, 'runs', 'r1', 'watchdog.lock');
      expect(isLockHeld(path)).to.equal(false);
      const held = holdLock(path);
      expect(held).not.to.equal(null);
      expect(holdLock(path)).to.equal(null);
      expect(isLockHeld(path)).to.equal(true);
      held?.release();
      held?.release();
      expect(isLockHeld(path)).to.equal(false);
      const again = holdLock(path);
      expect(again).not.to.equal(null);
      held?.release();
      expect(isLockHeld(path), 'a second release must not free the lock of another').to.equal(true);
      again?.release();
      expect(await failure(() => holdLock(join(stateDir, 'no', 'such', 'lock')))).to.include({
        code: 'state_unwritable',
      });
    }));

  it('says so when its file is something else', () =>
    inFolder(async (stateDir) => {
      await makeRun(stateDir, 1);
      writeFileSync(join(stateDir, 'lock'), 'no lock at all '.repeat(100));
      const error = await failure(() => lock(stateDir));
      expect(error).to.include({ code: 'state_unwritable' });
      expect(error.next).to.include(join(stateDir, 'lock'));
    }));

  it('keeps the warning of older node versions to itself, and no other', () =>
    inFolder(async (stateDir) => {
      const running = start('warns', stateDir);
      await withAll([running], async () => {
        const { stderr, code } = await running.ended;
        expect(stderr).to.include('something else').and.not.to.include('SQLite');
        expect(code).to.equal(0);
      });
    }));

  it('leaves a journal that can be read and written on, at whatever instant its holder is killed', () =>
    inFolder(async (stateDir) => {
      for (let kill = 0; kill < 10; kill++) {
        const running = start('loop', stateDir);
        let told = '';
        await withAll([running], async () => {
          for (let line = 0; line <= kill * 13; line++) told = await running.line();
          running.process.kill('SIGKILL');
          told = (await running.rest()).at(-1) ?? told;
        });
        const [id = '', seq] = told.split(' ');
        expect(readRun(stateDir, id).run?.seq, 'what was acknowledged is there').to.be.at.least(
          Number(seq),
        );
        const { run, path } = readRun(stateDir);
        expect(Number(run?.id.slice(1))).to.be.at.least(Number(id.slice(1)));
        expect([...readEvents(path as string)]).to.have.length(run?.seq as number);
        expect(await session(stateDir, (journal) => journal.append(note()).seq)).to.equal(
          (run?.seq as number) + 1,
        );
      }
    }));
});
