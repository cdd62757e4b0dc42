/** What becomes of a command, a countdown and the faults when somebody halts. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { injects, recoverAll, spec } from './scripts.ts';
import { HALT, open } from './theatre.ts';

const WAIT = { do: 'wait', delay_ms: 60_000 } as const;
const BREAK_TWO = [injects({ service: 'web-1' }), injects({ service: 'cache-1', kind: 'pause' })];

describe('a halt', () => {
  it('recovers everything last in first out, and lets nothing be injected until it is taken back', async () => {
    const theatre = open([{ on_enter: BREAK_TWO }, { on_enter: [recoverAll] }]);
    await theatre.give({ do: 'next' });
    expect(await theatre.code({ do: 'halt' })).to.equal('well');
    expect(await theatre.down()).to.deep.equal([]);
    expect(theatre.events('run.halted')).to.have.length(1);
    expect(theatre.events('run.halted')[0]).to.deep.include({
      halted_by: 'ops',
      reason: 'a call',
      faults: ['f2', 'f1'],
      by: 'command',
    });
    expect(theatre.events('fault.recovering').map(({ fault }) => fault)).to.deep.equal([
      'f2',
      'f1',
    ]);
    const written = theatre.types().length;
    for (const command of [
      { do: 'inject', spec: spec({ service: 'web-1' }) },
      { do: 'next' },
      { do: 'retry' },
    ] as const)
      expect(await theatre.code(command), command.do).to.equal('halted');
    expect(theatre.types(), 'nothing is written down').to.have.length(written);
    expect(await theatre.code({ do: 'halt' }), 'it can be repeated').to.equal('well');
    theatre.halt = null;
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    expect(theatre.unlawful).to.deep.equal([]);
  });

  it('cancels a countdown, and nothing was changed by it', async () => {
    const theatre = open([{}]);
    await theatre.give({ do: 'inject', spec: spec({ service: 'cache-1' }) });
    theatre.haltAfterMs = 1000;
    const began = theatre.clock.now();
    expect(
      await theatre.code({ do: 'inject', spec: spec({ service: 'web-1', countdown_ms: 30_000 }) }),
    ).to.equal('halted');
    expect(theatre.clock.now() - began).to.be.below(20_000);
    expect(theatre.events('fault.injecting')).to.have.length(1);
    expect(await theatre.down(), 'what was broken before is recovered').to.deep.equal([]);
    expect(theatre.live()).to.deep.equal([]);
  });

  it('cancels a chapter that has broken nothing yet, and fails one that has', async () => {
    const waiting = open([{ on_enter: [WAIT] }]);
    waiting.haltAfterMs = 1000;
    expect(await waiting.code({ do: 'next' })).to.equal('halted');
    expect(waiting.run?.position.index).to.equal(-1);
    const breaking = open([{ on_enter: [...BREAK_TWO, WAIT] }]);
    breaking.haltAfterMs = 5000;
    expect(await breaking.code({ do: 'next' })).to.equal('halted');
    expect(breaking.run?.position).to.include({ phase: 'failed', chapter: 'c1' });
    expect(await breaking.down()).to.deep.equal([]);
  });

  it('finishes a deed that is under way, and then undoes it', async () => {
    const theatre = open([{}]);
    const perform = theatre.engine.perform.bind(theatre.engine);
    theatre.engine.perform = async (...deed) => {
      theatre.halt ??= HALT;
      return perform(...deed);
    };
    expect(await theatre.code({ do: 'inject', spec: spec({ service: 'web-1' }) })).to.equal(
      'halted',
    );
    expect(theatre.events('fault.injected')).to.have.length(1);
    expect(theatre.events('fault.recovered')[0]).to.include({ outcome: 'verified' });
    expect(theatre.live()).to.deep.equal([]);
    expect(await theatre.down()).to.deep.equal([]);
  });

  it('ends no recovery, which goes on', async () => {
    const theatre = open([{ on_enter: BREAK_TWO }, {}]);
    await theatre.give({ do: 'next' });
    theatre.haltAfterMs = 0;
    expect(await theatre.code({ do: 'recover', which: 'f1' })).to.equal('well');
    expect(theatre.live().map(({ id }) => id)).to.deep.equal(['f2']);
    expect(await theatre.code({ do: 'back' })).to.equal('well');
    expect(theatre.live()).to.deep.equal([]);
  });

  it('that a crash cut off is finished by whatever comes next, which then refuses', async () => {
    for (const at of Array.from({ length: 20 }, (_, index) => index)) {
      const theatre = open([{ on_enter: BREAK_TWO }, {}]);
      await theatre.give({ do: 'next' });
      await theatre.give({ do: 'halt' }, { kind: 'death', at, how: 'answer lost' });
      expect(await theatre.code({ do: 'inject', spec: spec({ service: 'web-2' }) })).to.equal(
        'halted',
      );
      expect(theatre.live(), `at ${at}`).to.deep.equal([]);
      expect(await theatre.down()).to.deep.equal([]);
    }
  });
});
