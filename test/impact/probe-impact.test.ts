/** What the watchdog's looks say of a fault: what is known, what is not, and that nothing is made up. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  hasLooked,
  type ProbeImpact,
  type ProbeNote,
  type ProbeState,
  probesImpact,
  probesSentence,
  spansOf,
} from '../../src/impact/probe-impact.ts';
import { fault } from '../story/things.ts';

const START = Date.parse('2026-11-24T12:00:00.000Z');
const at = (offsetMs: number) => START + offsetMs;
const iso = (offsetMs: number) => new Date(at(offsetMs)).toISOString();
const seen = (offsetMs: number, state: ProbeState, probe = 'checkout'): ProbeNote => ({
  at: at(offsetMs),
  probe,
  state,
  text: state,
});
const alive = (...offsetsMs: number[]): ProbeNote[] =>
  offsetsMs.map((offsetMs) => ({ at: at(offsetMs), note: 'alive', since: at(offsetMs) }));
const begin = (offsetMs: number): ProbeNote => ({ at: at(offsetMs), note: 'begin' });
const end = (offsetMs: number): ProbeNote => ({ at: at(offsetMs), note: 'end' });

const hit = (recoveredMs: number | null = null) =>
  fault({
    injecting_at: iso(0),
    injected_at: iso(100),
    recovered_at: recoveredMs === null ? null : iso(recoveredMs),
  });
const impact = (
  notes: ProbeNote[],
  nowMs: number,
  recoveredMs: number | null = null,
): ProbeImpact => probesImpact(hit(recoveredMs), ['checkout'], notes, at(nowMs))[0] as ProbeImpact;
const words = (notes: ProbeNote[], nowMs: number, recoveredMs: number | null = null) =>
  probesSentence([impact(notes, nowMs, recoveredMs)], recoveredMs !== null);

describe('what a probe saw of a fault', () => {
  it('is when it was first not met, and for how long', () => {
    const notes = [
      begin(-3000),
      seen(-2900, 'met'),
      ...alive(-1000, 1000),
      seen(1300, 'not_met'),
      ...alive(3000),
      seen(3400, 'met'),
      ...alive(5000),
    ];
    expect(impact(notes, 5100, 5000)).to.deep.equal({
      probe: 'checkout',
      noticed_after_ms: 1200,
      not_met_ms: 2100,
      not_looked_ms: 0,
      state: 'met',
    });
    expect(words(notes, 5100, 5000)).to.equal('checkout not met for 2.1s');
    expect(words(notes.slice(0, 5), 2000)).to.equal('checkout not met for 700ms so far');
  });

  it('is nothing where it stayed met', () => {
    const notes = [begin(-100), seen(0, 'met'), ...alive(2000, 4000)];
    expect(impact(notes, 5000)).to.include({ noticed_after_ms: null, not_met_ms: 0, state: 'met' });
    expect(words(notes, 5000)).to.equal('checkout met all along');
    expect(probesSentence([], true)).to.equal(null);
  });

  it('is no notice where it was not met before', () => {
    const notes = [begin(-3000), seen(-2900, 'not_met'), ...alive(-1000, 1000, 3000)];
    expect(impact(notes, 4000)).to.include({
      noticed_after_ms: null,
      not_met_ms: 3900,
      state: 'not_met',
    });
  });

  it('counts a watchdog that was gone as neither', () => {
    const notes = [
      begin(-500),
      seen(-400, 'met'),
      seen(600, 'not_met'),
      ...alive(1000),
      begin(9000),
      seen(9100, 'not_met'),
      seen(10_100, 'met'),
    ];
    expect(impact(notes, 10_100, 10_100)).to.deep.equal({
      probe: 'checkout',
      noticed_after_ms: 500,
      not_met_ms: 400 + 1000,
      not_looked_ms: 8100,
      state: 'met',
    });
    expect(words(notes, 10_100, 10_100)).to.equal(
      'checkout not met for 1.4s, 8.1s of it not looked at',
    );
  });

  it('ends with the last word of a watchdog that says nothing any more', () => {
    const notes = [begin(-500), seen(-400, 'met'), ...alive(1500)];
    expect(impact(notes, 60_000)).to.include({ not_met_ms: 0, not_looked_ms: 58_500 });
    expect(words(notes, 60_000)).to.match(
      /^checkout met as far as it was looked at, 58\.5s of it not looked at$/,
    );
    expect(words([], 5000)).to.equal('checkout not looked at');
    expect(impact([...notes, end(1600)], 2000)).to.include({ not_looked_ms: 400 });
  });

  it('does not take a look that could not be taken for one that was not met', () => {
    const notes = [
      begin(-500),
      seen(-400, 'met'),
      seen(1000, 'unknown'),
      ...alive(2900),
      seen(3000, 'met'),
    ];
    expect(impact(notes, 4000, 4000)).to.deep.equal({
      probe: 'checkout',
      noticed_after_ms: null,
      not_met_ms: 0,
      not_looked_ms: 2000,
      state: 'met',
    });
  });

  it('knows whether it has been looked at since', () => {
    expect(hasLooked(hit(), 'checkout', [seen(50, 'met')])).to.equal(false);
    expect(hasLooked(hit(), 'checkout', [seen(100, 'met')])).to.equal(true);
    expect(hasLooked(hit(), 'checkout', [seen(200, 'met', 'other'), ...alive(300)])).to.equal(
      false,
    );
  });

  const story = fc
    .array(
      fc.record({
        gapMs: fc.integer({ min: 0, max: 10_000 }),
        what: fc.constantFrom<ProbeState | 'alive' | 'begin' | 'end' | 'other'>(
          'met',
          'not_met',
          'unknown',
          'alive',
          'alive',
          'begin',
          'end',
          'other',
        ),
      }),
      { maxLength: 40 },
    )
    .map((steps) => {
      let offsetMs = -10_000;
      return steps.map(({ gapMs, what }): ProbeNote => {
        offsetMs += gapMs;
        if (what === 'alive') return { at: at(offsetMs), note: what, since: at(offsetMs - gapMs) };
        if (what === 'begin' || what === 'end') return { at: at(offsetMs), note: what };
        return what === 'other' ? seen(offsetMs, 'not_met', 'other') : seen(offsetMs, what);
      });
    });

  it('never adds up to more than there was, and neighbours differ', () => {
    fc.assert(
      fc.property(story, fc.nat(60_000), (notes, laterMs) => {
        const last = Math.max(0, ...notes.map((note) => note.at - START));
        const nowMs = last + laterMs;
        const { not_met_ms, not_looked_ms } = impact(notes, nowMs);
        const total = Math.max(0, nowMs - 100);
        expect(not_met_ms + not_looked_ms).to.be.at.most(total);
        expect(Math.min(not_met_ms, not_looked_ms)).to.be.at.least(0);
        const spans = spansOf(notes, 'checkout', at(nowMs));
        for (const [index, span] of spans.entries()) {
          expect(span.to_ms).to.be.at.least(span.from_ms);
          const before = spans[index - 1];
          if (before) expect(span.from_ms).to.be.at.least(before.to_ms);
        }
      }),
    );
  });

  it('says not met only of times at whose beginning a look said so', () => {
    fc.assert(
      fc.property(story, (notes) => {
        const told = new Set(
          notes.flatMap((note) =>
            'probe' in note && note.probe === 'checkout' && note.state === 'not_met' ? note.at : [],
          ),
        );
        for (const span of spansOf(notes, 'checkout', at(100_000)))
          if (span.state === 'not_met') expect(told.has(span.from_ms)).to.equal(true);
      }),
    );
  });
});
