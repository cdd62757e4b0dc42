import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { sparkline } from '../../src/view/sparkline.ts';
import { START, series } from './windows-made.ts';

describe('windows as a sparkline', () => {
  it('shows the dip, and marks the fault and its undo below it', () => {
    const windows = series(80, (index) =>
      index >= 20 && index < 40 ? { ok: 0 } : index >= 40 && index < 48 ? { ok: 50 } : {},
    );
    expect(
      sparkline(windows, 20, { injectedAtMs: START + 5000, recoveredAtMs: START + 10_000 }),
    ).to.deep.equal({
      bars: '█████▁▁▁▁▁▄▄████████',
      marks: '     ×────○',
    });
  });

  it('leaves what was not measured blank, which nought is not', () => {
    const windows = series(40, (index) =>
      index >= 8 && index < 16 ? null : index >= 24 && index < 32 ? { ok: 0 } : {},
    );
    expect(
      sparkline(windows, 10, { injectedAtMs: START + 6000, recoveredAtMs: null }),
    ).to.deep.equal({ bars: '██  ██▁▁██', marks: '      ×───' });
  });

  it('takes the highest bar from the baseline where one is given', () => {
    expect(
      sparkline(
        series(8, () => ({ ok: 50 })),
        8,
        { injectedAtMs: 0, recoveredAtMs: 0, baseline: 400 },
      ).bars,
    ).to.equal('▄▄▄▄▄▄▄▄');
    expect(
      sparkline(
        series(8, () => ({ ok: 0 })),
        8,
        { injectedAtMs: 0, recoveredAtMs: 0 },
      ).bars,
    ).to.equal('▁▁▁▁▁▁▁▁');
  });

  it('keeps the dip as deep as it was when the load catches up, and marks what is cut', () => {
    const windows = series(80, (index) =>
      index >= 20 && index < 40 ? { ok: 5 } : index >= 40 && index < 48 ? { ok: 900 } : {},
    );
    expect(
      sparkline(windows, 20, {
        injectedAtMs: START + 5000,
        recoveredAtMs: START + 10_000,
        baseline: 400,
      }).bars,
    ).to.equal('█████▁▁▁▁▁▲▲████████');
  });

  it('is never wider than asked, nor has more cells than windows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: -1, max: 120 }),
        fc.integer({ min: -9000, max: 30_000 }),
        (count, width, atMs) => {
          const { bars, marks } = sparkline(
            series(count, () => ({})),
            width,
            { injectedAtMs: START + atMs, recoveredAtMs: START + atMs + 500 },
          );
          expect(bars.length).to.equal(Math.max(0, Math.min(count, width)));
          expect(bars).to.match(/^█*$/);
          expect(marks.length).to.be.at.most(bars.length);
        },
      ),
    );
  });
});
