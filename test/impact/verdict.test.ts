import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { baselineOf } from '../../src/impact/baseline.ts';
import { judge } from '../../src/impact/verdict.ts';
import { badOf } from '../../src/impact/windows.ts';
import { type Made, START, series } from './windows-made.ts';

const OUT: Made = { ok: 0, refused: 100 };
/** Windows from `from` to below `to` are as given, all others good. */
const scripted = (count: number, from: number, to: number, what: Made | null) =>
  series(count, (index) => (index >= from && index < to ? what : {}));
const at = (index: number) => START + index * 250;

describe('verdict: an outage by script', () => {
  it('has every figure of it', () => {
    const windows = scripted(120, 40, 52, OUT);
    const verdict = judge(windows, { injectedAtMs: at(40), recoveredAtMs: at(48) });
    expect(verdict).to.deep.include({
      state: 'back',
      proven: true,
      noticed_after_ms: 500,
      depth: 0,
      operations_lost: 1200,
      lost_ratio: 1,
      errors: { refused: 1200 },
      recovered_after_injection_ms: 3000,
      recovered_after_undo_ms: 1000,
      rate_ratio: 1,
      resilience: 0,
      gap_ms: 0,
      slow: null,
    });
    expect(verdict.worse_by).to.have.members(['throughput', 'errors']);
    expect(verdict.baseline?.rate).to.equal(400);
    expect(verdict.before?.p99_ms).to.be.closeTo(5, 0.3);
    expect(verdict.during).to.deep.equal({ p50_ms: null, p99_ms: null, p999_ms: null });
    expect(verdict.after?.p99_ms).to.be.closeTo(5, 0.3);
  });

  it('counts the lost operations exactly, whatever goes wrong and for how long', () => {
    const wrong = fc.record({
      ok: fc.nat(60),
      refused: fc.integer({ min: 10, max: 40 }),
      timeouts: fc.nat(40),
      dropped: fc.nat(40),
      latencyMs: fc.constant(5),
    });
    fc.assert(
      fc.property(
        fc.array(wrong, { minLength: 2, maxLength: 40 }),
        fc.nat(30),
        (script, undoneAfter) => {
          const windows = series(120, (index) => script[index - 40] ?? {});
          const verdict = judge(windows, {
            injectedAtMs: at(40),
            recoveredAtMs: at(40 + undoneAfter),
          });
          expect(verdict.operations_lost).to.equal(
            windows.reduce((sum, window) => sum + badOf(window), 0),
          );
          expect(verdict.recovered_after_injection_ms).to.equal(script.length * 250);
        },
      ),
    );
  });

  it('is within one window wherever in a window the fault falls', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 249 }),
        fc.integer({ min: 3, max: 30 }),
        (offset, length) => {
          // The fault comes `offset` ms into window 40, so the share of it after that is lost.
          const part = Math.round(((250 - offset) / 250) * 100);
          const windows = series(100, (index) =>
            index === 40
              ? { ok: 100 - part, refused: part }
              : index > 40 && index < 40 + length
                ? OUT
                : {},
          );
          const verdict = judge(windows, { injectedAtMs: at(40) + offset, recoveredAtMs: null });
          expect(verdict.operations_lost).to.equal(part + (length - 1) * 100);
          expect(verdict.noticed_after_ms).to.be.within(250, 750);
          expect(verdict.recovered_after_injection_ms).to.be.within(
            length * 250 - 250,
            length * 250,
          );
        },
      ),
    );
  });

  it('tells a part of the load that is lost by its depth and its resilience', () => {
    const verdict = judge(scripted(100, 40, 60, { ok: 67, refused: 33 }), {
      injectedAtMs: at(40),
      recoveredAtMs: at(60),
    });
    expect(verdict).to.deep.include({ state: 'back', operations_lost: 660, depth: 0.67 });
    expect(verdict.resilience).to.be.closeTo(0.67, 1e-9);
    expect(verdict.lost_ratio).to.be.closeTo(0.33, 1e-9);
  });

  it('says that it was well again before the undo, when others took over', () => {
    const verdict = judge(scripted(120, 40, 46, OUT), {
      injectedAtMs: at(40),
      recoveredAtMs: at(80),
    });
    expect(verdict).to.include({
      state: 'back',
      recovered_after_injection_ms: 1500,
      recovered_after_undo_ms: -8500,
    });
  });

  it('takes off what failed before, too', () => {
    const windows = series(100, (index) =>
      index >= 40 && index < 48 ? { ok: 0, refused: 100 } : { ok: 98, refused: 2 },
    );
    expect(judge(windows, { injectedAtMs: at(40), recoveredAtMs: null }).operations_lost).to.equal(
      800 - 16,
    );
  });
});

describe('verdict: latency alone', () => {
  it('is seen, though throughput and errors stay as they were', () => {
    const windows = series(120, (index) =>
      index >= 40 && index < 60 ? { ok: 99, latencyMs: 400 } : {},
    );
    const verdict = judge(windows, { injectedAtMs: at(40), recoveredAtMs: at(56) });
    expect(verdict).to.deep.include({
      state: 'back',
      worse_by: ['latency'],
      operations_lost: 0,
      noticed_after_ms: 500,
      recovered_after_undo_ms: 1000,
    });
    expect(verdict.slow?.p99_ms).to.be.closeTo(400, 25);
    expect(verdict.slow?.for_ms).to.equal(5000);
  });

  it('counts the silence before late answers as part of the wait', () => {
    const windows = series(120, (index) =>
      index >= 40 && index < 44
        ? { ok: 0, inFlight: 400 }
        : index === 44
          ? { ok: 500, latencyMs: 700 }
          : {},
    );
    const verdict = judge(windows, { injectedAtMs: at(40), recoveredAtMs: null });
    expect(verdict).to.deep.include({
      state: 'back',
      operations_lost: 0,
      recovered_after_injection_ms: 1250,
    });
    expect(verdict.slow?.for_ms).to.equal(1250);
  });
});

describe('verdict: well again', () => {
  it('is nothing that flaps, two seconds good and two seconds bad', () => {
    const bad = fc.constantFrom<Made>(
      OUT,
      { ok: 0, inFlight: 9 },
      { ok: 50, timeouts: 50 },
      { latencyMs: 900 },
      { ok: 100, refused: 3 },
      { ok: 70 },
    );
    fc.assert(
      fc.property(
        bad,
        fc.nat(15),
        fc.integer({ min: 20, max: 400 }),
        fc.boolean(),
        (what, phase, length, isUndone) => {
          const windows = series(40 + length, (index) =>
            index >= 40 && (index + phase) % 16 < 8 ? what : {},
          );
          const verdict = judge(windows, {
            injectedAtMs: at(40),
            recoveredAtMs: isUndone ? at(44) : null,
          });
          expect(verdict.state).to.equal('worse');
          expect(verdict.proven).to.equal(false);
          expect(verdict.recovered_after_injection_ms).to.equal(null);
        },
      ),
    );
  });

  it('is not what lasted less than three seconds so far', () => {
    const states = [59, 60, 61, 62].map(
      (count) =>
        judge(scripted(count, 40, 49, OUT), { injectedAtMs: at(40), recoveredAtMs: at(48) }).state,
    );
    expect(states).to.deep.equal(['worse', 'worse', 'back', 'back']);
  });

  it('is taken back by a relapse, which counts as well', () => {
    const windows = series(160, (index) =>
      (index >= 40 && index < 48) || (index >= 80 && index < 88) ? OUT : {},
    );
    const early = judge(windows.slice(0, 90), { injectedAtMs: at(40), recoveredAtMs: at(44) });
    expect(early).to.include({ state: 'worse', proven: false });
    const verdict = judge(windows, { injectedAtMs: at(40), recoveredAtMs: at(44) });
    expect(verdict).to.include({
      state: 'back',
      proven: true,
      operations_lost: 1600,
      noticed_after_ms: 500,
      recovered_after_undo_ms: 11_000,
    });
    expect(verdict.degradations).to.have.length(2);
  });

  it('after an undo needs three seconds that were seen, even where nothing was felt', () => {
    const proven = (count: number) =>
      judge(scripted(count, 0, 0, null), { injectedAtMs: at(40), recoveredAtMs: at(60) }).proven;
    expect([60, 71, 72].map(proven)).to.deep.equal([false, false, true]);
    const withGap = scripted(80, 70, 76, null);
    expect(judge(withGap, { injectedAtMs: at(40), recoveredAtMs: at(60) })).to.include({
      state: 'unaffected',
      proven: false,
    });
  });
});

describe('verdict: what was not measured', () => {
  it('is a gap and no loss', () => {
    const verdict = judge(scripted(120, 60, 80, null), {
      injectedAtMs: at(40),
      recoveredAtMs: at(44),
    });
    expect(verdict).to.include({
      state: 'unaffected',
      operations_lost: 0,
      depth: 1,
      gap_ms: 5000,
      resilience: 1,
    });
  });

  it('neither proves anything well nor anything worse across the gap', () => {
    const windows = series(90, (index) =>
      index >= 52 && index < 80 ? null : index >= 40 && index < 48 ? OUT : {},
    );
    expect(judge(windows, { injectedAtMs: at(40), recoveredAtMs: at(44) })).to.include({
      state: 'worse',
      gap_ms: 7000,
    });
    const apart = series(90, (index) =>
      index > 50 && index < 60 ? null : index === 50 || index === 60 ? OUT : {},
    );
    expect(judge(apart, { injectedAtMs: at(40), recoveredAtMs: null })).to.include({
      state: 'unaffected',
      operations_lost: 200,
    });
  });

  it('makes an old verdict no proof for now', () => {
    const windows = scripted(120, 40, 48, OUT);
    expect(
      judge(windows, { injectedAtMs: at(40), recoveredAtMs: at(48), nowMs: at(120) + 400 }),
    ).to.include({ proven: true, gap_ms: 0 });
    expect(
      judge(windows, { injectedAtMs: at(40), recoveredAtMs: at(48), nowMs: at(120) + 9000 }),
    ).to.include({
      state: 'back',
      proven: false,
      gap_ms: 9000,
    });
  });

  it('leaves nothing to compare with when fewer than ten windows came before', () => {
    const verdict = (before: number) =>
      judge(scripted(40, before, before + 8, OUT), {
        injectedAtMs: at(before),
        recoveredAtMs: null,
      });
    expect(verdict(9)).to.include({
      state: 'not_measured',
      baseline: null,
      proven: false,
      noticed_after_ms: null,
    });
    expect(verdict(10)).to.include({ state: 'back', operations_lost: 800 });
    expect(judge([], { injectedAtMs: START, recoveredAtMs: null }).state).to.equal('not_measured');
    expect(
      judge(scripted(40, 0, 0, null), { injectedAtMs: at(60), recoveredAtMs: null }).state,
    ).to.equal('not_measured');
  });

  it('can be replaced by a baseline that somebody set', () => {
    const verdict = judge(scripted(60, 4, 12, OUT), {
      injectedAtMs: at(4),
      recoveredAtMs: null,
      baseline: 400,
    });
    expect(verdict).to.include({
      state: 'back',
      operations_lost: 800,
      rate_ratio: 1,
      before: null,
    });
    expect(
      judge(scripted(60, 0, 0, null), { injectedAtMs: at(20), recoveredAtMs: null, baseline: 800 })
        .worse_by,
    ).to.deep.equal(['throughput']);
  });
});

describe('verdict: odd loads', () => {
  it('is the same for a few operations a second, only later', () => {
    // One or two operations a window: 5/s, evenly spaced.
    const sparse = (index: number) =>
      Math.floor(((index + 1) * 5) / 4) - Math.floor((index * 5) / 4);
    const windows = series(400, (index) =>
      index >= 200 && index < 260 ? { ok: 0, refused: sparse(index) } : { ok: sparse(index) },
    );
    const verdict = judge(windows, { injectedAtMs: at(200), recoveredAtMs: at(260) });
    expect(verdict).to.include({ state: 'back', operations_lost: 75, depth: 0 });
    expect(verdict.noticed_after_ms).to.be.within(2000, 8000);
    expect(verdict.recovered_after_undo_ms).to.be.within(-2000, 2000);
  });

  it('tells a load that waits for its answers by what it did not do', () => {
    const windows = series(120, (index) => (index >= 40 && index < 60 ? { ok: 30 } : {}));
    const verdict = judge(windows, { injectedAtMs: at(40), recoveredAtMs: at(60) });
    expect(verdict).to.deep.include({
      state: 'back',
      operations_lost: 0,
      shortfall: 1400,
      worse_by: ['throughput'],
    });
  });

  it('takes windows of any length, as long as they say so', () => {
    const windows = series(120, (index) => (index >= 40 && index < 60 ? OUT : {})).map(
      (window) => ({
        ...window,
        at: START + (window.at - START) * 40,
        dt_ms: 10_000,
      }),
    );
    const verdict = judge(windows, {
      injectedAtMs: START + 400_000,
      recoveredAtMs: START + 600_000,
    });
    expect(verdict).to.include({
      state: 'back',
      proven: true,
      operations_lost: 2000,
      noticed_after_ms: 20_000,
      recovered_after_undo_ms: 0,
      gap_ms: 0,
    });
  });

  it('has no baseline of nothing', () => {
    const verdict = judge(
      series(60, () => ({ ok: 0 })),
      { injectedAtMs: at(40), recoveredAtMs: null },
    );
    expect(verdict).to.include({
      state: 'unaffected',
      depth: null,
      rate_ratio: null,
      resilience: null,
    });
    expect(baselineOf(series(12, () => ({ ok: 0 })))).to.include({ rate: 0, p99_ms: null });
  });
});
