import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { judge } from '../../src/story/measure/verdict.ts';
import { drawFrom } from '../../src/workload/draw.ts';
import { noisy, START } from './windows-made.ts';

const HOUR = 14_400;
const steady = fc.record({
  seed: fc.nat(),
  perWindow: fc.constantFrom(1.25, 25, 50, 125),
  errors: fc.constantFrom(0, 0.002, 0.02),
  before: fc.constantFrom(40, 120, 240),
});

describe('verdict: false alarms', function () {
  this.timeout(120_000);

  // A fixed seed: with chance in it, one run in some thousand would fail without a reason.
  it('does not call an hour of steady but noisy load worse', () => {
    fc.assert(
      fc.property(steady, ({ seed, perWindow, errors, before }) => {
        const windows = noisy(before + HOUR, drawFrom(seed), { perWindow, errors });
        const verdict = judge(windows, { injectedAtMs: START + before * 250, recoveredAtMs: null });
        expect(verdict.state).to.equal('unaffected');
      }),
      { numRuns: 16, seed: 7 },
    );
  });

  it('sees an outage in the same noise at once, and its end', () => {
    fc.assert(
      fc.property(steady, ({ seed, perWindow, errors, before }) => {
        fc.pre(perWindow >= 25);
        const windows = noisy(before + 200, drawFrom(seed), { perWindow, errors }).map((window, index) =>
          index >= before && index < before + 20 ? { ...window, ok: 0, errors: { refused: window.ok }, histogram: [], p99_ms: null } : window,
        );
        const verdict = judge(windows, { injectedAtMs: START + before * 250, recoveredAtMs: START + (before + 20) * 250 });
        expect(verdict).to.include({ state: 'back', noticed_after_ms: 500 });
        // In noise, the first windows after it can look weak.
        expect(verdict.recovered_after_undo_ms).to.be.within(0, 5000);
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});
