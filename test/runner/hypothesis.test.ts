/** When a hypothesis is judged, of which faults, and which command ends with one that deviated. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { untoldDeviations } from '../../src/run/attempts.ts';
import type { Chapter } from '../../src/story/story.ts';
import { injects, recoverAll } from './scripts.ts';
import { open, type Theatre } from './theatre.ts';

const HYPOTHESIS: Chapter['hypothesis'] = [{ expect: 'recovers_within', within_ms: 3000 }];
const breaks = (patch: Partial<Chapter> = {}): Partial<Chapter> => ({
  hypothesis: HYPOTHESIS,
  on_enter: [injects({ service: 'web-1' })],
  ...patch,
});

function deviate(theatre: Theatre): Theatre {
  theatre.judge = (hypothesis) =>
    hypothesis.map(({ expect }) => ({
      expect,
      name: 'recovery',
      wanted: 'within 3s',
      state: 'deviated',
      measured: 9000,
      unit: 'ms',
      text: 'f1 was well again 9s after its undo',
    }));
  return theatre;
}

describe('a hypothesis is judged', () => {
  it('when the last fault of its chapter is recovered, whichever chapter the run stands in', async () => {
    const theatre = open([breaks(), {}, { on_enter: [recoverAll] }]);
    await theatre.give({ do: 'next' });
    expect(theatre.events('fault.injecting')[0]).to.include({ observed: true });
    await theatre.give({ do: 'next' });
    expect(theatre.types()).not.to.include('hypothesis.checked');
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    const [checked] = theatre.events('hypothesis.checked');
    expect(checked).to.include({ chapter: 'c1', on_deviation: 'stop' });
    expect(checked?.items[0]).to.include({ state: 'met', unit: 'ms' });
    expect(theatre.run?.attempts.c1?.judged).to.include({ state: 'met', told: false });
    expect(theatre.judged, 'once').to.deep.equal([['f1']]);
  });

  it('not before the actions of the chapter have ended', async () => {
    const twice = [injects({ service: 'web-1' }), recoverAll, injects({ service: 'cache-1' })];
    const theatre = open([breaks({ on_enter: [...twice, recoverAll] })]);
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    expect(theatre.judged).to.deep.equal([['f1', 'f2']]);
    const types = theatre.types();
    expect(types.indexOf('hypothesis.checked')).to.be.above(types.indexOf('chapter.entered'));
  });

  it('by the watchdog, when the time of the fault is up; the next command ends with it, once', async () => {
    const timed = [injects({ service: 'web-1', duration_ms: 5000 })];
    const theatre = deviate(open([breaks({ on_enter: timed }), {}, {}]));
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    await theatre.wait(6000);
    expect(await theatre.code({ do: 'watchdog' }), 'a watchdog has no exit code').to.equal('well');
    expect(theatre.events('hypothesis.checked')).to.have.length(1);
    const ended = await theatre.give({ do: 'next' });
    expect(ended).to.include({ ended: 'refused', code: 'deviated' });
    expect('error' in ended && ended.error.message).to.equal(
      'The hypothesis of "C1" deviated: f1 was well again 9s after its undo (expected: recovery within 3s).',
    );
    expect(theatre.run?.position.chapter, 'nothing was entered').to.equal('c1');
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    expect(theatre.run?.position.chapter).to.equal('c2');
  });

  it('also of faults that were closed by hand, and of none that never happened', async () => {
    const theatre = open([breaks()]);
    await theatre.give({ do: 'next' });
    await theatre.give({ do: 'close', which: 'f1' });
    expect(theatre.judged).to.deep.equal([['f1']]);
    const refused = open([breaks({ on_enter: [injects({ service: 'nobody' })] })]);
    expect(await refused.code({ do: 'next' })).to.equal('no_target');
    expect(refused.judged).to.deep.equal([]);
  });

  it('anew for each attempt, of its own faults', async () => {
    const theatre = open([breaks(), { on_enter: [recoverAll] }]);
    await theatre.give({ do: 'next' });
    await theatre.give({ do: 'retry' });
    await theatre.give({ do: 'next' });
    expect(theatre.judged).to.deep.equal([['f1'], ['f2']]);
  });
});

describe('a hypothesis that deviated', () => {
  const recovering = (patch: Partial<Chapter> = {}) =>
    deviate(open([breaks(patch), { on_enter: [recoverAll], auto_advance: true }, {}]));

  it('ends the chapter that found it, whose actions have ended, and stops what goes on by itself', async () => {
    const theatre = recovering();
    await theatre.give({ do: 'next' });
    expect(await theatre.code({ do: 'next' })).to.equal('deviated');
    expect(theatre.run?.position).to.include({ chapter: 'c2', phase: 'entered' });
    expect(untoldDeviations(theatre.run), 'it is told once').to.deep.equal([]);
    expect(await theatre.code({ do: 'next' })).to.equal('well');
  });

  it('is only said with on_deviation: continue', async () => {
    const theatre = recovering({ on_deviation: 'continue' });
    await theatre.give({ do: 'next' });
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    expect(theatre.run?.position.chapter).to.equal('c3');
    expect(theatre.run?.attempts.c1?.judged).to.include({ state: 'deviated' });
  });

  it('ends a recovery and a reset after all is done', async () => {
    const theatre = recovering();
    await theatre.give({ do: 'next' });
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('deviated');
    expect(theatre.live()).to.deep.equal([]);
    const other = recovering();
    await other.give({ do: 'next' });
    expect(await other.code({ do: 'reset' })).to.equal('deviated');
    expect(other.run?.finished_at).not.to.equal(null);
  });

  it('keeps nobody from trying again, or from going back', async () => {
    const theatre = recovering();
    await theatre.give({ do: 'next' });
    expect(await theatre.code({ do: 'retry' })).to.equal('well');
    expect(theatre.run?.attempts.c1?.judged, 'of the new attempt').to.equal(null);
    expect(await theatre.code({ do: 'back' })).to.equal('well');
    expect(theatre.run?.attempts.c1, 'the run stands before it').to.equal(undefined);
    expect(untoldDeviations(theatre.run)).to.deep.equal([]);
  });

  it('is told with an abort, which ends a command by itself', async () => {
    const wait = { do: 'wait', delay_ms: 60_000 } as const;
    const on_enter = [injects({ service: 'web-1' }), wait];
    const theatre = deviate(open([breaks({ on_enter }), {}]));
    theatre.abortAfterMs = 5000;
    expect(await theatre.code({ do: 'next' })).to.equal('aborted');
    theatre.abortAfterMs = null;
    expect(theatre.events('hypothesis.checked')).to.have.length(1);
    expect(await theatre.code({ do: 'next' })).to.equal('well');
  });
});
