/** What becomes of a command, a chapter and the faults when a condition of abort_if holds. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { untoldAbort } from '../../src/run/aborts.ts';
import { injects, recoverAll, spec } from './scripts.ts';
import { open } from './theatre.ts';

const WAIT = { do: 'wait', delay_ms: 60_000 } as const;
const BREAK_TWO = [injects({ service: 'web-1' }), injects({ service: 'cache-1', kind: 'pause' })];

describe('abort_if, while a command is under way', () => {
  it('ends the wait, recovers everything last in first out, and fails the chapter', async () => {
    const theatre = open([{ on_enter: [...BREAK_TWO, WAIT] }, {}]);
    theatre.abortAfterMs = 5000;
    const began = theatre.clock.now();
    expect(await theatre.code({ do: 'next' })).to.equal('aborted');
    expect(theatre.clock.now() - began, 'not after the wait').to.be.below(60_000 + 5000);
    expect(await theatre.down()).to.deep.equal([]);
    expect(theatre.events('run.aborted')).to.have.length(1);
    expect(theatre.events('run.aborted')[0]).to.include({
      by: 'command',
      condition: 'errors > 20% for 3s',
      value: 43,
    });
    expect(theatre.events('run.aborted')[0]?.faults).to.deep.equal(['f2', 'f1']);
    expect(theatre.events('fault.recovering').map(({ fault }) => fault)).to.deep.equal([
      'f2',
      'f1',
    ]);
    expect(theatre.events('chapter.failed')[0]).to.include({ code: 'aborted', chapter: 'c1' });
    expect(theatre.run?.position).to.include({ phase: 'failed', chapter: 'c1' });
    expect(untoldAbort(theatre.run), 'the command itself has said it').to.equal(null);
    theatre.abortAfterMs = null;
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    expect(theatre.run?.position.chapter).to.equal('c2');
    expect(theatre.run?.aborted, 'a new chapter makes it history').to.equal(null);
  });

  it('fails a chapter that only waits, though it broke nothing itself', async () => {
    const theatre = open([{ on_enter: BREAK_TWO }, { on_enter: [WAIT], blocks_advance: true }, {}]);
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    theatre.abortAfterMs = 1000;
    expect(await theatre.code({ do: 'next' })).to.equal('aborted');
    expect(theatre.run?.position).to.include({ phase: 'failed', chapter: 'c2' });
    theatre.abortAfterMs = null;
    expect(await theatre.code({ do: 'next' }), 'its actions have not ended').to.equal(
      'chapter_blocks',
    );
    expect(await theatre.code({ do: 'retry' })).to.equal('well');
  });

  it('also where it comes so late that the work has ended', async () => {
    const theatre = open([{ on_enter: BREAK_TWO }, { on_enter: [{ do: 'wait', delay_ms: 999 }] }]);
    await theatre.give({ do: 'next' });
    theatre.abortAfterMs = 999;
    expect(await theatre.code({ do: 'next' })).to.equal('aborted');
    expect(theatre.live()).to.deep.equal([]);
  });

  it('ends a recovery of one fault with that of all', async () => {
    const theatre = open([
      { on_enter: [...BREAK_TWO, injects({ service: 'store', kind: 'stop' })] },
    ]);
    await theatre.give({ do: 'next' });
    theatre.abortAfterMs = 10;
    expect(await theatre.code({ do: 'recover', which: 'f3' })).to.equal('aborted');
    expect(theatre.live()).to.deep.equal([]);
    expect(await theatre.down()).to.deep.equal([]);
  });

  it('leaves it to the watchdog where a person interrupts at the same time', async () => {
    const theatre = open([{ on_enter: [...BREAK_TWO, WAIT] }]);
    theatre.abortAfterMs = null;
    expect(await theatre.code({ do: 'next' }, { kind: 'signal', at: 14 })).to.equal('interrupted');
    expect(theatre.types()).not.to.include('run.aborted');
  });
});

describe('abort_if, by the watchdog', () => {
  const aborted = async (...rest: Parameters<typeof open>[0]) => {
    const theatre = open([{ on_enter: BREAK_TWO, blocks_advance: true }, ...rest]);
    await theatre.give({ do: 'next' });
    expect(await theatre.code({ do: 'watchdog aborts' })).to.equal('well');
    expect(theatre.live()).to.deep.equal([]);
    return theatre;
  };

  it('recovers everything, and the next command of the story says so, once', async () => {
    const theatre = await aborted({}, {});
    expect(theatre.events('run.aborted')[0]).to.include({ by: 'watchdog' });
    expect(theatre.events('fault.recovering').map(({ by }) => by)).to.deep.equal([
      'watchdog',
      'watchdog',
    ]);
    const outcome = await theatre.give({ do: 'next' });
    expect(outcome).to.include({ ended: 'refused', code: 'aborted' });
    if (outcome.ended === 'refused')
      expect(outcome.error.message).to.equal(
        'Aborted: errors 43% over the last 3s (abort_if: errors > 20% for 3s); recovered at once: f2, f1.',
      );
    expect(theatre.run?.position.chapter, 'it stands where it stood').to.equal('c1');
    expect(await theatre.code({ do: 'next' }), 'the actions of the chapter have ended').to.equal(
      'well',
    );
    expect(theatre.run?.position.chapter).to.equal('c2');
  });

  it('is told by a recover that finds nothing left to do, and keeps the next fault from happening until it is told', async () => {
    const theatre = await aborted();
    const before = theatre.deeds.length;
    expect(await theatre.code({ do: 'inject', spec: spec() })).to.equal('aborted');
    expect(theatre.deeds).to.have.length(before);
    expect(await theatre.code({ do: 'inject', spec: spec({ service: 'web' }) })).to.equal('well');
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');

    const other = await aborted();
    expect(await other.code({ do: 'recover', which: 'all' })).to.equal('aborted');
    expect(await other.code({ do: 'recover', which: 'all' })).to.equal('well');
  });

  it('is acknowledged by a retry and by a step back', async () => {
    for (const way of ['retry', 'back'] as const) {
      const theatre = await aborted();
      expect(await theatre.code({ do: way }), way).to.equal('well');
      expect(theatre.run?.aborted, way).to.equal(null);
    }
  });

  it('aborts nothing that came after what it was about', async () => {
    const theatre = open([
      { on_enter: [injects({ service: 'web-1' })] },
      { on_enter: [recoverAll, injects({ service: 'web-2' })] },
    ]);
    await theatre.give({ do: 'next' });
    await theatre.give({ do: 'next' });
    expect(theatre.live().map(({ id }) => id)).to.deep.equal(['f2']);
    await theatre.give({ do: 'watchdog aborts', about: ['f1'] });
    expect(theatre.live().map(({ id }) => id)).to.deep.equal(['f2']);
    expect(theatre.types()).not.to.include('run.aborted');
  });

  it('is written down once, however often it has to be tried', async () => {
    const theatre = open([{ on_enter: BREAK_TWO }]);
    await theatre.give({ do: 'next' });
    for (let at = 3; at < 12; at++)
      await theatre.give({ do: 'watchdog aborts' }, { kind: 'death', at, how: 'not asked' });
    await theatre.give({ do: 'watchdog aborts' });
    expect(theatre.live()).to.deep.equal([]);
    expect(theatre.events('run.aborted')).to.have.length(1);
  });
});
