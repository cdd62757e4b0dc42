/** Probes on the stage: the looks themselves, and what the steady state makes of them before, during and after a fault. */

import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Engine } from '../../src/engine/engine.ts';
import type { ProbeImpact } from '../../src/impact/probe-impact.ts';
import type { ThresholdResult } from '../../src/impact/thresholds.ts';
import type { CheckedItem } from '../../src/run/checked-item.ts';
import { lookAt } from '../../src/runner/query-probe.ts';
import type { ProbeOf, ProbeSpec } from '../../src/story/probe-spec.ts';
import type { Chapter } from '../../src/story/story.ts';
import { MODEL_BANNER } from './model-engine.ts';
import { injects, recoverAll, spec } from './scripts.ts';
import { open } from './theatre.ts';

const common = { timeout_ms: 1000, retry_for_ms: 0, interval_ms: 500 };
const CHECKOUT: ProbeSpec = { ...common, name: 'checkout', look: 'tcp', host: 'a', port: 1 };
const log = (more: Partial<ProbeOf<'log'>>): ProbeSpec => ({
  ...common,
  name: 'log',
  look: 'log',
  service: 'web',
  must_show: null,
  must_not_show: null,
  since: 'chapter',
  ...more,
});
const container = (more: Partial<ProbeOf<'container'>>): ProbeSpec => ({
  ...common,
  name: 'container',
  look: 'container',
  service: null,
  state: null,
  health: null,
  max_restarts: null,
  oom_killed: null,
  ...more,
});
const steady = (...probes: ProbeSpec[]) => ({
  steady_state: { thresholds: [], objective: null, probes, recover_within_ms: 5000 },
});
const asks = (probe: ProbeSpec): Partial<Chapter> => ({ on_enter: [{ do: 'probe', probe }] });
const impact = (more: Partial<ProbeImpact> = {}): ProbeImpact => ({
  probe: 'checkout',
  noticed_after_ms: 1200,
  not_met_ms: 2100,
  not_looked_ms: 0,
  state: 'met',
  ...more,
});

const P99: ThresholdResult = {
  threshold: { measure: 'p99', text: '<= 250ms', operator: '<=', value: 250, unit: 'ms' },
  met: true,
  measured: 12,
  text: 'p99 12 ms (wanted: <= 250ms)',
};

describe('stage: probes of the steady state', () => {
  it('refuse a fault on a stack that is sick, unless it is meant', async () => {
    const theatre = open([{ on_enter: [injects({ service: 'web-1' })] }], steady(CHECKOUT));
    theatre.looks = () => ({ met: false, text: 'a:1 refuses connections' });
    const outcome = await theatre.give({ do: 'next' });
    expect(outcome).to.include({ code: 'sick_stack' });
    expect((outcome as { error: Error }).error.message).to.equal(
      'The steady state is not met before the fault: probe checkout: a:1 refuses connections.',
    );
    expect(theatre.deeds).to.deep.equal([]);
    theatre.looks = () => ({ met: true, text: 'a:1 accepts connections' });
    expect(await theatre.code({ do: 'inject', spec: spec({ service: 'web-1' }) })).to.equal('well');
    theatre.looks = () => ({ met: false, text: 'a:1 refuses connections' });
    expect(
      await theatre.code({ do: 'inject', spec: spec({ service: 'web-2' }) }),
      'under a live fault it is known',
    ).to.equal('well');
  });

  it('are tried again before a fault for as long as the story says', async () => {
    const theatre = open(
      [{ on_enter: [injects({ service: 'web-1' })] }],
      steady({ ...CHECKOUT, retry_for_ms: 3000 }),
    );
    let looks = 0;
    theatre.looks = () => ({ met: ++looks > 3, text: 'a look' });
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    expect(looks).to.equal(4);
  });

  it('are written down with the fault that they watch, so that the watchdog looks at them', async () => {
    const theatre = open([{ on_enter: [injects({ service: 'web-1' })] }], steady(CHECKOUT));
    await theatre.give({ do: 'next' });
    expect(theatre.events('fault.injecting')[0]?.watched).to.deep.equal(['checkout']);
    expect(theatre.run?.watched).to.deep.equal(['checkout']);
    const without = open([{ on_enter: [injects({ service: 'web-1' })] }]);
    await without.give({ do: 'next' });
    expect(without.events('fault.injecting')[0]).not.to.have.property('watched');
  });

  it('are written down as they stood before the fault and after it, with thresholds and their figures', async () => {
    const theatre = open([], steady(CHECKOUT));
    const checked = () =>
      theatre
        .events('steady_state.checked')
        .map(({ when, fault, items }) => ({ when, fault, items: items.map(inShort) }));
    const inShort = ({ kind, name, met, measured, unit }: CheckedItem) =>
      `${kind} ${name} ${met ? 'met' : 'not met'} ${measured ?? '-'} ${unit ?? '-'}`;
    theatre.looks = () => ({ met: false, text: 'a:1 refuses connections' });
    theatre.checks = [P99];
    expect(await theatre.code({ do: 'inject', spec: spec({ service: 'web-1' }) })).to.equal(
      'sick_stack',
    );
    const [p99, sick] = ['threshold p99 met 12 ms', 'probe checkout not met - -'];
    expect(checked()).to.deep.equal([{ when: 'before', fault: null, items: [p99, sick] }]);
    theatre.looks = () => ({ met: true, text: 'a:1 accepts connections' });
    await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
    await theatre.give({ do: 'recover', which: 'all' });
    const well = 'probe checkout met - -';
    expect(checked().slice(1)).to.deep.equal([
      { when: 'before', fault: 'f1', items: [p99, well] },
      { when: 'after', fault: 'f1', items: [well] },
    ]);
    const without = open([]);
    await without.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
    await without.give({ do: 'recover', which: 'all' });
    expect(without.events('steady_state.checked'), 'nothing to look at').to.deep.equal([]);
  });

  it('are waited for by a recovery, which says how long they were not met', async () => {
    const theatre = open([], steady(CHECKOUT));
    await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
    theatre.impact = [impact()];
    const begun = theatre.clock.now();
    theatre.looks = () => ({ met: theatre.clock.now() - begun > 3000, text: 'a look' });
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
    expect(theatre.clock.now() - begun).to.be.within(3000, 4000);
    expect(theatre.events('fault.recovered')[0]).to.deep.include({
      outcome: 'verified',
      probes: [impact()],
    });
    expect(theatre.run?.faults.at(-1)?.probes).to.deep.equal([impact()]);
  });

  it('are recovered when the watchdog has seen it, too, or after a while without it', async () => {
    const theatre = open([], steady(CHECKOUT));
    const recovered = async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
      theatre.impact = [impact({ state: 'not_met' })];
      const begun = theatre.clock.now();
      theatre.looks = () => {
        if (theatre.clock.now() - begun > seesAfterMs) theatre.impact = [impact()];
        return { met: true, text: 'a look' };
      };
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
      return {
        tookMs: theatre.clock.now() - begun,
        state: theatre.run?.faults.at(-1)?.probes[0]?.state,
      };
    };
    let seesAfterMs = 2500;
    const seen = await recovered();
    expect(seen.state).to.equal('met');
    expect(seen.tookMs).to.be.within(2500, 4000);
    seesAfterMs = Number.POSITIVE_INFINITY;
    const unseen = await recovered();
    expect(unseen.state).to.equal('not_met');
    expect(unseen.tookMs).to.be.within(3500, 5500);
  });

  it('that are not met when the time is over leave the fault unverified, with their own words', async () => {
    const theatre = open([], steady(CHECKOUT));
    await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
    theatre.looks = () => ({ met: false, text: 'a:1 refuses connections' });
    const outcome = await theatre.give({ do: 'recover', which: 'all' });
    expect(outcome).to.include({ code: 'not_verified' });
    expect((outcome as { error: Error }).error.message).to.equal(
      'f1: the targets are well, the steady state is not met: probe checkout: a:1 refuses connections',
    );
    expect(theatre.live()[0]).to.include({ phase: 'unverified' });
    expect(await theatre.down()).to.deep.equal([]);
  });

  it('notice, and are named with their delay', async () => {
    const chapters = [
      { on_enter: [injects({ service: 'web-1' })] },
      { on_enter: [{ do: 'detect' as const, within_ms: 2000 }, { do: 'diagnose' as const }] },
    ];
    const theatre = open(chapters, steady(CHECKOUT));
    theatre.impact = [
      impact({ noticed_after_ms: 1, state: 'not_met' }),
      impact({ probe: 'ledger', noticed_after_ms: null, not_met_ms: 0 }),
    ];
    await theatre.give({ do: 'next' });
    await theatre.wait(500);
    expect(await theatre.code({ do: 'next' })).to.equal('well');
    const [, detected, diagnosed] = theatre.events('action.done').map(({ found }) => found);
    expect(detected?.notices).to.deep.include({
      by: 'probe',
      target: 'checkout',
      after_ms: 1,
      simulated: false,
    });
    expect(detected?.quiet_probes).to.deep.equal([{ probe: 'ledger', state: 'met' }]);
    expect(diagnosed?.data).to.deep.include({ fault: 'f1', probes: theatre.impact });
  });
});

describe('stage: looks at what came since', () => {
  it('take the lines of a log since the run, the chapter or the fault began', async () => {
    const shows = (since: 'run' | 'chapter' | 'fault') =>
      asks(log({ must_show: MODEL_BANNER, since }));
    const chapters = [
      {},
      { on_enter: [injects({ service: 'web-1' }), recoverAll] },
      shows('fault'),
      shows('chapter'),
      shows('run'),
    ];
    const theatre = open(chapters);
    for (const expected of ['well', 'well', 'well', 'deviated'])
      expect(await theatre.code({ do: 'next' })).to.equal(expected);
    expect(theatre.events('stack.marked').map(({ because }) => because)).to.deep.equal([
      'run',
      'chapter',
      'chapter',
      'fault',
      'recovery',
      'chapter',
      'chapter',
    ]);
  });

  it('never write down a line', async () => {
    const theatre = open([
      { on_enter: [injects({ service: 'web-1' }), recoverAll] },
      asks(log({ must_not_show: MODEL_BANNER, since: 'fault' })),
    ]);
    await theatre.give({ do: 'next' });
    const outcome = await theatre.give({ do: 'next' });
    expect((outcome as { error: Error }).error.message).to.equal(
      `The probe log is not met: 1 line of web-1 fits /${MODEL_BANNER}/.`,
    );
  });

  it('count restarts since the fault, and not the one that a crash itself brings', async () => {
    const quiet = container({ service: 'store', max_restarts: 0 });
    const theatre = open([
      { on_enter: [injects({ kind: 'crash', service: 'store' })] },
      asks(quiet),
      { on_enter: [recoverAll] },
      asks(quiet),
    ]);
    const store = await theatre.idOf('store-1');
    theatre.engine.meddle('crash', store);
    await theatre.wait(1000);
    for (const _ of [1, 2, 3]) {
      expect(await theatre.code({ do: 'next' })).to.equal('well');
      await theatre.wait(1000);
    }
    theatre.engine.meddle('crash', store);
    await theatre.wait(1000);
    expect(await theatre.give({ do: 'next' })).to.include({ code: 'deviated' });
  });

  it('mark nothing for a story that needs no mark', async () => {
    const theatre = open([asks(container({})), asks(CHECKOUT)]);
    for (const _ of [1, 2]) expect(await theatre.code({ do: 'next' })).to.equal('well');
    expect(theatre.events('stack.marked')).to.deep.equal([]);
  });
});

describe('stage: looks at instances and programs', () => {
  const signal = new AbortController().signal;
  const since = { logs: null, restarts: {}, crashed: [], faulted: [] };
  const look = (engine: Engine, probe: ProbeSpec) =>
    lookAt(
      { engine: () => engine, network: () => Promise.reject(new Error('no network')) },
      probe,
      since,
      signal,
    );

  it('hold state, health and memory against what is wanted', async () => {
    const theatre = open([]);
    await theatre.wait(1000);
    const { engine } = theatre;
    expect(await look(engine, container({ service: 'cache', health: 'healthy' }))).to.include({
      met: true,
      text: '2 of 2 instances are as expected',
    });
    engine.meddle('pause', await theatre.idOf('cache-2'));
    expect(await look(engine, container({ service: 'cache', health: 'healthy' }))).to.include({
      met: false,
      text: '1 of 2 instances are as expected: cache-2 is paused',
    });
    expect((await look(engine, container({ service: 'cache', state: 'paused' }))).met).to.equal(
      false,
    );
    expect((await look(engine, container({ service: 'nobody' }))).met).to.equal(false);
    const inspect: Engine['inspect'] = async (id) => {
      const now = await engine.inspect(id);
      return now && { ...now, oom_killed: now.service === 'store' };
    };
    const ended = Object.assign(Object.create(engine), {
      inspect,
      list: () => engine.list(),
    }) as Engine;
    expect(await look(ended, container({ service: 'store', oom_killed: false }))).to.include({
      met: false,
      text: '0 of 1 instance is as expected: store-1 was ended for want of memory',
    });
    expect((await look(ended, container({ service: 'web', oom_killed: false }))).met).to.equal(
      true,
    );
  });

  it('hold a number of a program against its limits, and write down nothing else of its output', async () => {
    const { engine } = open([]);
    const value = { text: '>= 0.9', min: 0.9, max: null, min_excluded: false, max_excluded: false };
    const says = (shell: string, more: Partial<ProbeOf<'command'>> = {}): ProbeSpec => ({
      ...common,
      timeout_ms: 20_000,
      name: 'ratio',
      look: 'command',
      command: { shell },
      expect_output: null,
      expect_value: value,
      pattern: null,
      ...more,
    });
    expect(await look(engine, says('echo 0.95'))).to.deep.equal({
      met: true,
      text: '0.95 (wanted: >= 0.9)',
    });
    expect(await look(engine, says('echo 0.5'))).to.include({ met: false });
    expect(
      await look(engine, says('echo user s3cret ratio 0.97', { pattern: 'ratio ([0-9.]+)' })),
    ).to.deep.equal({
      met: true,
      text: '0.97 (wanted: >= 0.9)',
    });
    const failed = await look(engine, says('echo s3cret; exit 3'));
    expect(failed).to.deep.equal({ met: false, text: 'exit code 3', lines: ['s3cret'] });
    expect(
      (await look(engine, says('echo s3cret', { expect_value: null, expect_output: 'x' }))).text,
    ).to.equal('exit code 0, without the expected text');
  });
});
