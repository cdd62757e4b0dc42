import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import type { Notice } from '../../src/run/found.ts';
import { injects, recoverAll, spec } from './scripts.ts';
import { open, type Theatre } from './theatre.ts';

/** Three chapters; the second counts down, kills one of two, and blocks. */
const BREAKS = [
  {},
  { on_enter: [injects({ service: 'web', countdown_ms: 3000 })], blocks_advance: true },
  {},
];

describe('stage: the story, and deaths in the middle of it', () => {
  let theatre: Theatre;
  beforeEach(() => {
    theatre = open(BREAKS);
  });

  describe('after a death', () => {
    const kill = { do: 'inject', spec: spec({ service: 'cache', pick: { by: 'all' } }) } as const;

    it('between intent and deed, a recover finds that nothing happened', async () => {
      // clock, list, inspect twice, append: the sixth call is the first deed.
      await theatre.give(kill, { kind: 'death', at: 6, how: 'not asked' });
      expect(await theatre.down()).to.deep.equal([]);
      expect(theatre.live()).to.have.lengthOf(1);
      await theatre.give({ do: 'recover', which: 'all' });
      expect(theatre.events('fault.recovered')[0]).to.include({ outcome: 'never_happened' });
    });

    it('between deed and fact, a recover mends it', async () => {
      await theatre.give(
        { do: 'inject', spec: spec({ service: 'web-1' }) },
        { kind: 'death', at: 5, how: 'answer lost' },
      );
      expect(await theatre.down()).to.deep.equal(['web-1']);
      expect(theatre.types().at(-1)).to.equal('fault.injecting');
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
      expect(await theatre.down()).to.deep.equal([]);
    });

    it('with one deed done and one on its way, a recover waits for that and mends both', async () => {
      await theatre.give(kill, { kind: 'death', at: 7, how: 'on its way' });
      expect(await theatre.down()).to.deep.equal(['cache-1']);
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
      await theatre.wait(5000);
      expect(await theatre.down()).to.deep.equal([]);
    });

    it('with a clock that was set back meanwhile, too', async () => {
      await theatre.give(
        { do: 'inject', spec: spec({ service: 'cache-1' }) },
        { kind: 'death', at: 5, how: 'on its way' },
      );
      theatre.skewMs = -3_600_000;
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
      await theatre.wait(5000);
      expect(await theatre.down()).to.deep.equal([]);
    });

    it('of a recover, the next one goes on', async () => {
      await theatre.give(kill);
      for (let at = 1; at <= 12; at++)
        await theatre.give(
          { do: 'recover', which: 'all' },
          { kind: 'death', at, how: 'answer lost' },
        );
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
      expect(await theatre.down()).to.deep.equal([]);
      expect(theatre.live()).to.deep.equal([]);
    });

    it('while processes go down, nothing brings them up again without a word: a reset ends it', async () => {
      theatre = open([{}, {}], { engine: 'process' });
      await theatre.give({ do: 'next' });
      // The intent, down, then the event: dead in between.
      await theatre.give({ do: 'reset' }, { kind: 'death', at: 3, how: 'not asked' });
      expect(await theatre.states()).to.include({ 'web-1': 'created' });
      for (const command of [
        { do: 'next' },
        { do: 'inject', spec: spec({ service: 'web-1' }) },
      ] as const)
        expect(await theatre.code(command)).to.equal('stack_unfinished');
      expect(await theatre.states()).to.include({ 'web-1': 'created' });
      expect(await theatre.code({ do: 'reset' })).to.equal('well');
      expect(await theatre.code({ do: 'inject', spec: spec({ service: 'web-1' }) })).to.equal(
        'well',
      );
      expect(await theatre.states()).to.include({ 'web-1': 'exited', 'web-2': 'running' });
    });

    it('while processes come up, a reset ends them', async () => {
      theatre = open([{}, {}], { engine: 'process' });
      for (let at = 1; at <= 4; at++)
        await theatre.give({ do: 'next' }, { kind: 'death', at, how: 'answer lost' });
      expect(await theatre.code({ do: 'reset' })).to.equal('well');
      expect(new Set(Object.values(await theatre.states()))).to.deep.equal(new Set(['created']));
    });
  });

  describe('moving through the story', () => {
    it('does not let anybody past a chapter that blocks and has not ended; a retry mends it and enters it again', async () => {
      await theatre.give({ do: 'next' });
      await theatre.give({ do: 'next' }, { kind: 'death', at: 11, how: 'answer lost' });
      expect(theatre.live()).to.have.lengthOf(1);
      expect(await theatre.code({ do: 'next' })).to.equal('chapter_blocks');
      expect(await theatre.code({ do: 'retry' })).to.equal('well');
      expect(theatre.run?.position).to.include({ index: 1, phase: 'entered' });
      expect(theatre.live().map(({ id }) => id)).to.deep.equal(['f2']);
      expect(await theatre.down()).to.have.lengthOf(1);
      expect(await theatre.code({ do: 'next' })).to.equal('well');
    });

    it('goes on by itself where a chapter says so, and enters each one once', async () => {
      theatre = open([
        { auto_advance: true },
        { auto_advance: true, on_enter: [injects({ service: 'web' }), recoverAll] },
        {},
        { auto_advance: true },
      ]);
      await theatre.give({ do: 'next' });
      expect(theatre.events('chapter.entered').map(({ index }) => index)).to.deep.equal([0, 1, 2]);
      expect(theatre.events('chapter.entering').map(({ cause }) => cause)).to.deep.equal([
        'next',
        'auto',
        'auto',
      ]);
      expect(await theatre.code({ do: 'next' })).to.equal('well');
      expect(await theatre.code({ do: 'next' })).to.equal('end_of_story');
    });

    it('stops where a chapter fails', async () => {
      theatre = open([{ auto_advance: true, on_enter: [injects({ service: 'nobody' })] }, {}]);
      expect(await theatre.code({ do: 'next' })).to.equal('no_target');
      expect(theatre.run?.position).to.deep.include({ index: 0, phase: 'failed' });
      expect(theatre.run?.position.failure).to.include({ action: 0, code: 'no_target' });
    });

    it('has failed, and is not merely cancelled, when it is interrupted after it broke something', async () => {
      theatre = open([
        {
          on_enter: [injects({ service: 'web-1' }), { do: 'wait', delay_ms: 5000 }],
          blocks_advance: true,
        },
      ]);
      // entering, clock, list, inspect, intent, deed, look, fact, done: the tenth is the wait.
      expect(await theatre.code({ do: 'next' }, { kind: 'signal', at: 10 })).to.equal(
        'interrupted',
      );
      expect(theatre.run?.position).to.deep.include({ index: 0, phase: 'failed' });
      expect(theatre.live()).to.have.lengthOf(1);
    });

    it('undoes on the way back what the chapter broke, and nothing else', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'cache-1' }) });
      await theatre.give({ do: 'next' });
      await theatre.give({ do: 'next' });
      expect(await theatre.down()).to.have.lengthOf(2);
      expect(await theatre.code({ do: 'back' })).to.equal('well');
      expect(await theatre.down()).to.deep.equal(['cache-1']);
      expect(theatre.run?.position).to.include({ index: 0, phase: 'entered' });
      await theatre.give({ do: 'back' });
      expect(theatre.run?.position).to.include({ index: -1, chapter: null });
      expect(await theatre.code({ do: 'back' })).to.equal('nothing_to_retry');
    });

    it('undoes the last first, also in a reset', async () => {
      for (const service of ['web-1', 'web-2', 'cache-1'])
        await theatre.give({ do: 'inject', spec: spec({ service }) });
      await theatre.give({ do: 'reset' });
      expect(theatre.deeds.slice(3).map(({ fault }) => fault)).to.deep.equal(['f3', 'f2', 'f1']);
    });

    it('ends a run with everything mended and stopped', async () => {
      theatre = open(
        [{ on_enter: [{ do: 'workload', to: 'start' }, injects({ service: 'web' })] }],
        { engine: 'process' },
      );
      await theatre.give({ do: 'next' });
      expect(theatre.run?.workload).to.not.equal(null);
      expect(await theatre.code({ do: 'reset' })).to.equal('well');
      expect(theatre.run).to.include({ workload: null, stack_started: false });
      expect(theatre.run?.finished_at).to.be.a('string');
      expect(await theatre.code({ do: 'back' })).to.equal('no_run');
    });

    it('says what noticed a fault, and collects the evidence', async () => {
      theatre = open([
        {
          on_enter: [
            injects({ service: 'web-1' }),
            { do: 'detect', within_ms: 1000 },
            { do: 'diagnose' },
          ],
        },
      ]);
      await theatre.give({ do: 'next' });
      const [, noticed, evidence] = theatre.events('action.done').map(({ found }) => found);
      const notices = noticed?.notices as Notice[] | undefined;
      expect(notices?.[0]).to.include({ by: 'engine', target: 'web-1' });
      expect(evidence).to.deep.include({
        found: 'evidence',
        faults: [{ fault: 'f1', targets: ['web-1'] }],
      });
    });
  });
});
