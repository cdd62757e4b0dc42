/** A schedule from its first turn to its end, each turn as the watchdog takes it, on the model engine and by a clock of its own. */
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { label } from '../../src/fault/instance.ts';
import type { ThresholdResult } from '../../src/impact/thresholds.ts';
import type { Schedule } from '../../src/run/schedules.ts';
import type { InjectSpec } from '../../src/story/story.ts';
import { injects, recoverAll, spec } from './scripts.ts';
import { open, type Theatre } from './theatre.ts';

const repeat = { every_ms: 60_000, jitter_ms: 20_000, for_ms: 600_000 };
const soak = (patch: Partial<InjectSpec> = {}) =>
  spec({ service: 'web', duration_ms: 20_000, repeat, ...patch });

const SICK: ThresholdResult = {
  threshold: { measure: 'errors', text: '<= 1%', operator: '<=', value: 1, unit: '%' },
  met: false,
  measured: 7,
  text: 'errors 7% (wanted: <= 1%)',
};

describe('a schedule', () => {
  let theatre: Theatre;
  beforeEach(() => {
    theatre = open([{}]);
  });
  const schedule = () => theatre.run?.schedules.at(-1) as Schedule;
  const ends = () => theatre.events('schedule.ended').map(({ because, by }) => `${because} ${by}`);
  const victims = () =>
    theatre
      .events('fault.injecting')
      .map(({ effects }) => effects.map(({ target }) => label(target)).join());
  /** As the watchdog does when the fault's time is up, and when the next turn is due. */
  const pass = async (number: number) => {
    await theatre.wait(20_000);
    await theatre.give({ do: 'watchdog' });
    await theatre.wait(Math.max(0, Date.parse(schedule().next_at) - theatre.clock.now()));
    return theatre.code({ do: 'turn', number });
  };

  it('is written down before its first fault, and takes another target each time, never two at once', async () => {
    await theatre.give({ do: 'inject', spec: soak() });
    expect(theatre.types()).to.deep.equal([
      'run.started',
      'schedule.started',
      'fault.injecting',
      'fault.injected',
    ]);
    for (let number = 2; number <= 6; number++) {
      expect(await pass(number)).to.equal('well');
      expect(theatre.live()).to.have.length(1);
      expect(theatre.live()[0]).to.deep.include({ schedule: 's1' });
    }
    const hit = victims();
    expect(hit).to.have.length(6);
    for (const [index, name] of hit.slice(1).entries()) expect(name).not.to.equal(hit[index]);
    const times = theatre.events('fault.injecting').map(({ at }) => Date.parse(at));
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] as number)).to.be.within(40_000, 81_000);
    expect(theatre.unlawful).to.deep.equal([]);
    expect(schedule()).to.deep.include({ turns: 6, recovered: 5, skipped: 0 });
  });

  it('takes no turn twice, none while its fault is live, and none after its end', async () => {
    await theatre.give({ do: 'inject', spec: soak() });
    const written = () => theatre.events('fault.injecting').length;
    expect(await theatre.code({ do: 'turn', number: 2 }), 'f1 is live').to.equal('well');
    expect(written()).to.equal(1);
    await pass(2);
    expect(written()).to.equal(2);
    await theatre.wait(20_000);
    await theatre.give({ do: 'watchdog' });
    expect(await theatre.code({ do: 'turn', number: 2 }), 'it has come').to.equal('well');
    expect(written()).to.equal(2);
    await theatre.give({ do: 'time is over' });
    expect(await theatre.code({ do: 'turn', number: 3 })).to.equal('well');
    expect(written()).to.equal(2);
    expect(ends()).to.deep.equal(['time watchdog']);
  });

  it('goes on after the death of whoever began it, also between the schedule and its first fault', async () => {
    // clock, list, inspect; then schedule, intent.
    for (const at of [4, 5, 6, 7]) {
      const dying = open([{}]);
      await dying.give({ do: 'inject', spec: soak() }, { kind: 'death', at, how: 'answer lost' });
      const [begun] = dying.run?.schedules ?? [];
      if (!begun) continue;
      await dying.wait(20_000);
      await dying.give({ do: 'watchdog' });
      expect(await dying.code({ do: 'turn', number: begun.turns + 1 })).to.equal('well');
      expect(dying.run?.schedules[0]?.turns, `killed at ${at}`).to.equal(begun.turns + 1);
      expect(dying.unlawful).to.deep.equal([]);
    }
  });

  it('has not begun where its first fault is refused, and ends where that fails', async () => {
    expect(await theatre.code({ do: 'inject', spec: soak({ service: 'nosuch' }) })).to.equal(
      'no_target',
    );
    expect(theatre.run?.schedules).to.deep.equal([]);
    let failures = 0;
    for (let at = 1; at <= 12; at++) {
      theatre = open([{}]);
      const failure = { kind: 'failure', at, how: 'refused' } as const;
      if ((await theatre.code({ do: 'inject', spec: soak() }, failure)) === 'well') continue;
      if (theatre.run?.schedules.length === 0) continue;
      failures++;
      expect(ends(), `the engine fails at ${at}`).to.deep.equal(['failed command']);
    }
    expect(failures).to.be.greaterThan(0);
  });

  it('skips a turn that a guard, the stack or the engine refuses, with the reason, and goes on', async () => {
    await theatre.give({ do: 'inject', spec: soak({ overrule: [] }) });
    const [hit] = victims();
    const other = hit === 'web-1' ? 'web-2' : 'web-1';
    await theatre.wait(20_000);
    await theatre.give({ do: 'watchdog' });
    theatre.checks = [SICK];
    expect(await theatre.code({ do: 'turn', number: 2 })).to.equal('well');
    theatre.checks = [];
    await theatre.give({ do: 'inject', spec: spec({ service: other }) });
    expect(await pass(3), 'the other one is the last healthy').to.equal('well');
    await theatre.give({ do: 'recover', which: 'f2' });
    expect(ends(), 'a fault of its own').to.deep.equal([]);
    expect(await pass(4)).to.equal('well');
    expect(theatre.events('schedule.skipped').map(({ turn, code }) => [turn, code])).to.deep.equal([
      [2, 'sick_stack'],
      [3, 'last_healthy'],
    ]);
    expect(theatre.events('schedule.skipped')[1]?.message).to.match(/last healthy instance of web/);
    expect(schedule()).to.deep.include({ turns: 4, skipped: 2, ended: null });
    expect(theatre.live()).to.have.length(1);
  });

  it('ends when its fault, its id or everything is recovered by hand, before that is undone', async () => {
    for (const which of ['all', 's1', 'f1']) {
      theatre = open([{}]);
      await theatre.give({ do: 'inject', spec: soak() });
      expect(await theatre.code({ do: 'recover', which })).to.equal('well');
      const types = theatre.types();
      expect(types.indexOf('schedule.ended'), which).to.equal(
        types.indexOf('fault.recovering') - 1,
      );
      expect(ends()).to.deep.equal(['recovered command']);
      expect(theatre.live()).to.deep.equal([]);
      expect(schedule().recovered).to.equal(1);
    }
  });

  it('ends between two turns as well: recovered, halted, closed', async () => {
    for (const command of [
      { do: 'recover', which: 'all' },
      { do: 'close', which: 'all' },
      { do: 'halt' },
      { do: 'watchdog halts' },
    ] as const) {
      theatre = open([{}]);
      await theatre.give({ do: 'inject', spec: soak() });
      await theatre.wait(20_000);
      await theatre.give({ do: 'watchdog' });
      await theatre.give(command);
      expect(ends(), command.do).to.have.length(1);
      expect(schedule().ended).to.not.equal(null);
    }
  });

  it('ends when a condition of abort_if holds, or somebody halts, with its fault recovered', async () => {
    for (const command of ['watchdog aborts', 'halt'] as const) {
      theatre = open([{}]);
      await theatre.give({ do: 'inject', spec: soak() });
      await theatre.give({ do: command });
      expect(ends()).to.deep.equal([command === 'halt' ? 'halted command' : 'aborted watchdog']);
      expect(theatre.live()).to.deep.equal([]);
    }
    expect(await theatre.code({ do: 'turn', number: 2 })).to.equal('well');
    expect(theatre.events('fault.injecting')).to.have.length(1);
  });
});

describe('a chapter with a fault that comes again', () => {
  const hypothesis = [{ expect: 'recovers_within', within_ms: 30_000 }] as const;
  const soaking = { on_enter: [injects(soak())], hypothesis: [...hypothesis] };

  it('is judged when the schedule is over, by all of its faults', async () => {
    const theatre = open([soaking, {}]);
    await theatre.give({ do: 'next' });
    for (const number of [2, 3]) {
      await theatre.wait(20_000);
      await theatre.give({ do: 'watchdog' });
      await theatre.wait(60_000);
      await theatre.give({ do: 'turn', number });
    }
    await theatre.wait(20_000);
    await theatre.give({ do: 'watchdog' });
    expect(theatre.events('hypothesis.checked')).to.deep.equal([]);
    await theatre.give({ do: 'time is over' });
    expect(theatre.events('hypothesis.checked')).to.have.length(1);
    expect(theatre.judged).to.deep.equal([['f1', 'f2', 'f3']]);
  });

  it('blocks the way where it says so, goes on beside the next ones where it does not, and never advances by itself', async () => {
    const blocking = open([{ ...soaking, blocks_advance: true }, {}]);
    await blocking.give({ do: 'next' });
    expect(await blocking.code({ do: 'next' })).to.equal('chapter_blocks');
    await blocking.give({ do: 'recover', which: 's1' });
    expect(await blocking.code({ do: 'next' })).to.equal('well');
    const open_ = open([{ ...soaking, auto_advance: true }, { on_enter: [recoverAll] }]);
    await open_.give({ do: 'next' });
    expect(open_.run?.position.index).to.equal(0);
    expect(await open_.code({ do: 'next' })).to.equal('well');
    expect(open_.events('schedule.ended').map(({ because }) => because)).to.deep.equal([
      'recovered',
    ]);
  });

  it('ends with its chapter, and with the run; the last chapter stops nothing while it goes on', async () => {
    for (const [command, because] of [
      ['back', 'left'],
      ['retry', 'left'],
      ['reset', 'reset'],
    ] as const) {
      const theatre = open([soaking]);
      await theatre.give({ do: 'workload', to: 'start' });
      await theatre.give({ do: 'next' });
      await theatre.wait(20_000);
      await theatre.give({ do: 'watchdog' });
      expect(theatre.run?.workload, 'between two turns').not.to.equal(null);
      await theatre.give({ do: command });
      expect(theatre.events('schedule.ended')[0]?.because).to.equal(because);
      expect(theatre.run?.schedules.filter(({ ended }) => !ended)).to.have.length(
        command === 'retry' ? 1 : 0,
      );
    }
  });
});
