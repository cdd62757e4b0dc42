/** A hypothesis held against what was observed: each sort of item met, deviated and not measured, with its figure. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { During } from '../../src/impact/during.ts';
import type { ProbeNote } from '../../src/impact/probe-impact.ts';
import { judge, type Observations } from '../../src/run/hypothesis.ts';
import type { StateLine } from '../../src/run/instance-states.ts';
import { stateOf } from '../../src/run/judged-item.ts';
import type { Fault } from '../../src/run/run.ts';
import type { HypothesisItem } from '../../src/story/hypothesis-spec.ts';
import { fault } from '../story/things.ts';

const START = Date.parse('2026-11-24T10:00:00.000Z');
const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const LOAD = {
  kind: 'http',
  simulated: false,
  baseline: null,
  reference: null,
  started_at: iso(0),
};

/** From second 10 to 20, recovered in 2 s. */
const over = (patch: Partial<Fault> = {}): Fault =>
  fault({
    injecting_at: iso(10),
    injected_at: iso(10),
    phase: 'recovered',
    recovering_at: iso(20),
    recovered_at: iso(22),
    outcome: 'verified',
    workload: LOAD,
    ...patch,
  });
const live = (patch: Partial<Fault> = {}): Fault =>
  fault({ injecting_at: iso(10), injected_at: iso(10), workload: LOAD, ...patch });

const observed = (patch: Partial<Observations> = {}): Observations => ({
  faults: [over()],
  held: new Map(),
  probeNotes: [],
  states: [],
  alertNotes: [],
  nowMs: START + 30_000,
  ...patch,
});
const one = (item: HypothesisItem, patch: Partial<Observations> = {}) => {
  const [found] = judge([item], observed(patch));
  return { state: found?.state, measured: found?.measured, text: found?.text };
};

describe('hypothesis: thresholds', () => {
  const ERRORS: HypothesisItem = {
    expect: 'threshold',
    threshold: { measure: 'errors', text: '<= 1%', operator: '<=', value: 1, unit: '%' },
  };
  const held = (met: boolean, worst: number | null): During => ({
    threshold: 'errors <= 1%',
    met,
    worst,
    unit: '%',
    text: `errors ${met ? 'were at most' : 'rose to'} ${worst}% (wanted: <= 1%)`,
  });

  it('are met or deviated by their worst second', () => {
    expect(one(ERRORS, { held: new Map([['f1', [held(true, 0.2)]]]) })).to.deep.equal({
      state: 'met',
      measured: 0.2,
      text: 'errors were at most 0.2% under f1',
    });
    expect(one(ERRORS, { held: new Map([['f1', [held(false, 40)]]]) })).to.deep.equal({
      state: 'deviated',
      measured: 40,
      text: 'errors rose to 40% under f1',
    });
  });

  it('are not measured without figures, and say why', () => {
    expect(one(ERRORS).state).to.equal('not_measured');
    expect(one(ERRORS, { faults: [over({ workload: null })] }).text).to.contain('no workload ran');
    expect(
      one(ERRORS, { faults: [over({ workload: { ...LOAD, simulated: true } })] }).text,
    ).to.contain('the workload is simulated');
  });

  it('of several faults are as the worst of them', () => {
    const two = [over(), over({ id: 'f2' })];
    const both = (second: During[]) =>
      one(ERRORS, {
        faults: two,
        held: new Map([
          ['f1', [held(true, 0)]],
          ['f2', second],
        ]),
      });
    expect(both([held(false, 9)])).to.include({ state: 'deviated', measured: 9 });
    expect(both([]).state, 'one that nobody measured leaves it open').to.equal('not_measured');
    expect(both([held(true, 0.5)]).state).to.equal('met');
  });
});

describe('hypothesis: probes', () => {
  const PROBE: HypothesisItem = { expect: 'probe', probe: 'checkout' };
  const note = (seconds: number, state: 'met' | 'not_met'): ProbeNote => ({
    at: START + seconds * 1000,
    probe: 'checkout',
    state,
    text: 'http',
  });
  const alive = (from: number, to: number): ProbeNote => ({
    at: START + to * 1000,
    note: 'alive',
    since: START + from * 1000,
  });

  it('are met all along, or deviated for so long', () => {
    expect(one(PROBE, { probeNotes: [note(5, 'met'), alive(6, 25)] })).to.deep.include({
      state: 'met',
      measured: 0,
    });
    const gone = [
      note(5, 'met'),
      alive(6, 12),
      note(12, 'not_met'),
      alive(12, 15),
      note(15, 'met'),
      alive(15, 25),
    ];
    expect(one(PROBE, { probeNotes: gone })).to.deep.equal({
      state: 'deviated',
      measured: 3000,
      text: 'checkout not met for 3s under f1',
    });
  });

  it('are not measured where nobody looked, or not all the time', () => {
    expect(one(PROBE).state).to.equal('not_measured');
    expect(one(PROBE, { probeNotes: [note(5, 'met'), alive(6, 14)] }).state).to.equal(
      'not_measured',
    );
  });
});

describe('hypothesis: recovers_within', () => {
  const within = (ms: number): HypothesisItem => ({ expect: 'recovers_within', within_ms: ms });

  it('counts from the undo to the proof', () => {
    expect(one(within(3000))).to.deep.equal({
      state: 'met',
      measured: 2000,
      text: 'f1 was well again 2s after its undo',
    });
    expect(one(within(1000))).to.include({ state: 'deviated', measured: 2000 });
  });

  it('is open while nothing is undone, and deviated as soon as the time is over', () => {
    expect(one(within(3000), { faults: [live()] }).state).to.equal('not_measured');
    const slow = live({ phase: 'unverified', recovering_at: iso(20) });
    expect(one(within(20_000), { faults: [slow] }).state).to.equal('not_measured');
    expect(one(within(3000), { faults: [slow] })).to.include({
      state: 'deviated',
      measured: 10_000,
    });
    expect(
      one(within(3000), { faults: [over({ outcome: 'closed', reason: 'by hand' })] }),
    ).to.include({
      state: 'not_measured',
      text: 'f1 was closed by hand: by hand',
    });
  });
});

describe('hypothesis: only', () => {
  const ONLY: HypothesisItem = { expect: 'only', services: ['cache'] };
  const line = (
    seconds: number,
    service: string,
    state = 'running',
    incarnation = iso(0),
  ): StateLine => ({
    at: iso(seconds),
    instance: `${service}-1`,
    id: service,
    service,
    state,
    health: 'none',
    incarnation,
  });
  const begin: StateLine = { at: iso(5), note: 'begin', pid: 1 };
  const alive = (seconds: number): StateLine => ({ at: iso(seconds), note: 'alive', pid: 1 });
  const before = [begin, line(6, 'web'), line(6, 'cache'), line(6, 'db')];

  it('is met where nothing but the targets and these services was affected', () => {
    const states = [...before, line(11, 'web', 'exited'), line(12, 'cache', 'exited'), alive(20)];
    expect(one(ONLY, { states })).to.deep.equal({
      state: 'met',
      measured: 0,
      text: 'nothing else was affected by what was done to web-1',
    });
  });

  it('names every other instance that stopped being well', () => {
    for (const [state, incarnation, how] of [
      ['exited', iso(0), 'exited'],
      ['running', iso(12), 'restarted'],
      ['gone', iso(0), 'gone'],
    ] as const)
      expect(
        one(ONLY, { states: [...before, line(12, 'db', state, incarnation), alive(20)] }),
      ).to.deep.equal({ state: 'deviated', measured: 1, text: `also affected: db-1 (${how})` });
  });

  it('takes nothing for affected that happened before or after', () => {
    const states = [...before, line(9, 'db', 'exited'), alive(20), line(25, 'db', 'gone')];
    expect(one(ONLY, { states }).state).to.equal('met');
  });

  it('is not measured where nobody looked for a part of the time', () => {
    expect(one(ONLY).state).to.equal('not_measured');
    const end: StateLine = { at: iso(14), note: 'end', pid: 1 };
    const states = [...before, end];
    expect(one(ONLY, { states })).to.include({
      state: 'not_measured',
      text: 'nothing else was seen, and the instances were not looked at for 8s',
    });
  });
});

describe('hypothesis: as a whole', () => {
  it('deviates by one item, and is met by one that was measured', () => {
    const state = (...states: ('met' | 'deviated' | 'not_measured')[]) =>
      stateOf(states.map((each) => ({ state: each })));
    expect(state('met', 'not_measured', 'deviated')).to.equal('deviated');
    expect(state('met', 'not_measured')).to.equal('met');
    expect(state('not_measured')).to.equal('not_measured');
  });
});
