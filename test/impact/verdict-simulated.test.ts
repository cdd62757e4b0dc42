import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { simulatedRate, simulatedTimes } from '../../src/impact/simulated.ts';
import { faultAt, START } from './windows-made.ts';

describe('the simulated curve', () => {
  const fault = { injectedAtMs: 1000, recoveredAtMs: 21_000 };
  const at = (seconds: number) => simulatedRate([fault], 10_000, 1000 + seconds * 1000);

  it('falls after the fault and climbs after the recovery, a step a second', () => {
    expect([-1, 0, 1, 2, 3, 4, 5, 19].map(at)).to.deep.equal([
      10_000, 8000, 6500, 5000, 3500, 2000, 2000, 2000,
    ]);
    expect([20, 21, 22, 23, 24, 25, 26, 27, 28, 900].map(at)).to.deep.equal([
      3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 10_000, 10_000,
    ]);
  });

  it('never climbs from lower than it had fallen', () => {
    const early = { injectedAtMs: 0, recoveredAtMs: 1500 };
    expect([0, 1499, 1500, 4500, 6500].map((ms) => simulatedRate([early], 100, ms))).to.deep.equal([
      80, 65, 65, 65, 80,
    ]);
  });

  it('is what the worst of several faults leaves, always between a fifth and all of the baseline', () => {
    const times = fc
      .record({ injectedAtMs: fc.nat(20_000), lasts: fc.option(fc.nat(20_000)) })
      .map(({ injectedAtMs, lasts }) => ({
        injectedAtMs,
        recoveredAtMs: lasts === null ? null : injectedAtMs + lasts,
      }));
    fc.assert(
      fc.property(fc.array(times, { maxLength: 4 }), fc.nat(60_000), (faults, nowMs) => {
        const alone = faults.map((each) => simulatedRate([each], 1000, nowMs));
        expect(simulatedRate(faults, 1000, nowMs))
          .to.equal(Math.min(1000, ...alone))
          .and.to.be.within(200, 1000);
      }),
    );
  });

  it('takes its times from the faults that happened', () => {
    expect(
      simulatedTimes([faultAt(0, 5000), faultAt(9000), { ...faultAt(1), injected_at: null }]),
    ).to.deep.equal([
      { injectedAtMs: START, recoveredAtMs: START + 5000 },
      { injectedAtMs: START + 9000, recoveredAtMs: null },
    ]);
  });
});
