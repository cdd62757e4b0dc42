import { expect } from 'chai';
import { describe, it } from 'mocha';
import { measuredSince } from '../../src/impact/frame.ts';
import { impact, impactOfSimulated, judgeFault } from '../../src/impact/impact.ts';
import { faultAt, type Made, made, START, series } from './windows-made.ts';

const OUT: Made = { ok: 0, refused: 100 };
const outage = (count: number, from: number, to: number, what: Made | null = OUT) =>
  series(count, (index) => (index >= from && index < to ? what : {}));
const textOf = (...args: Parameters<typeof impact>) => impact(...args)?.text;

describe('impact: the sentence', () => {
  it('says what was lost, how slow it was, and when it was back', () => {
    const windows = series(140, (index) => {
      if (index < 40 || index > 60) return {};
      return index < 48
        ? { ok: 0, refused: 39, inFlight: 61 }
        : index < 50
          ? { ok: 300, latencyMs: 2900 }
          : {};
    });
    const seen = impact(faultAt(10_000, 10_400), windows, START + 35_000);
    expect(seen).to.include({ noticed_after_ms: 500, back: true, simulated: false });
    // 2.9 s within the 6 % of the histogram.
    expect(seen?.text).to.match(
      /^etcd-2 killed: 312 operations lost \(34 %\), p99 (2\.[89]|3|3\.1)s for 2\.5s, back to 100 % of the baseline 2s after the restart$/,
    );
  });

  it('compares with nothing that was measured while the load changed its rate on purpose', () => {
    const ramp = (count: number) =>
      series(100, (index) => ({ ok: index < count ? 10 + 2 * index : 100 })).map((window, index) =>
        index < count ? { ...window, ramping: true as const } : window,
      );
    const seen = impact(faultAt(10_000), ramp(25), START + 20_000);
    expect(judgeFault(faultAt(10_000), ramp(25), START + 20_000)).to.have.nested.property(
      'baseline.rate',
      400,
    );
    expect(seen?.text).to.equal(
      'etcd-2 killed: no operation lost, no worse than before (100 % of the baseline, p99 5ms)',
    );
    // Too little of the last rate before the fault: nothing is said rather than something wrong.
    expect(impact(faultAt(10_000), ramp(38), START + 20_000)).to.equal(null);
    expect(impact(faultAt(10_000), ramp(60), START + 20_000)).to.equal(null);
  });

  it('says what is still wrong', () => {
    const seen = impact(
      faultAt(10_000, 12_000),
      outage(60, 40, 60, { ok: 66, refused: 34 }),
      START + 15_000,
    );
    expect(seen).to.include({ back: false, noticed_after_ms: 500 });
    expect(seen?.text).to.equal(
      'etcd-2 killed: 680 operations lost (34 %), still worse than before (throughput, errors), at 66 % of the baseline now',
    );
  });

  it('says that nothing was felt, or next to nothing', () => {
    const quiet = textOf(faultAt(10_000), outage(80, 0, 0), START + 20_000);
    expect(quiet).to.equal(
      'etcd-2 killed: no operation lost, no worse than before (100 % of the baseline, p99 5ms)',
    );
    expect(
      textOf(faultAt(10_000), outage(80, 40, 41, { ok: 95, refused: 1 }), START + 20_000),
    ).to.match(/^etcd-2 killed: 1 operation lost \(0\.025 %\), otherwise no worse/);
  });

  it('says by whom it was healed', () => {
    const windows = outage(140, 40, 46);
    expect(textOf(faultAt(10_000), windows, START + 35_000)).to.match(
      /back to 100 % of the baseline 1\.5s after the fault$/,
    );
    expect(textOf(faultAt(10_000, 20_000), windows, START + 35_000)).to.match(
      /1\.5s after the fault, before the restart$/,
    );
    expect(
      textOf(
        faultAt(10_000, 11_000, {
          kind: 'pause',
          words: { doing: 'pausing', done: 'paused', undo: 'unpause' },
        }),
        windows,
        START + 35_000,
      ),
    ).to.match(/^etcd-2 paused: .* 500ms after the unpause$/);
  });

  it('says how often it was worse', () => {
    const windows = series(160, (index) =>
      (index >= 40 && index < 48) || (index >= 80 && index < 88) ? OUT : {},
    );
    expect(textOf(faultAt(10_000, 11_000), windows, START + 40_000)).to.match(
      /11s after the restart, after 2 times worse$/,
    );
  });

  it('counts what a load that waits did not do', () => {
    const text = textOf(faultAt(10_000, 15_000), outage(140, 40, 60, { ok: 30 }), START + 35_000);
    expect(text).to.equal(
      'etcd-2 killed: no operation failed, about 1,400 fewer than the baseline, back to 100 % of the baseline within 500ms of the restart',
    );
  });
});

describe('impact: gaps', () => {
  it('are said, and never taken for an outage', () => {
    const text = textOf(faultAt(10_000, 12_000), outage(160, 60, 80, null), START + 40_000);
    expect(text).to.match(
      /no operation lost, no worse than before .*; 5s of that time was not measured$/,
    );
  });

  it('keep a live fault from being called over while nobody measures', () => {
    const windows = outage(100, 40, 44);
    expect(impact(faultAt(10_000, 11_000), windows, START + 25_100)?.back).to.equal(true);
    const stale = impact(faultAt(10_000, 11_000), windows, START + 33_000);
    expect(stale?.back).to.equal(false);
    expect(stale?.text).to.match(/; 8s of that time was not measured$/);
    expect(
      impact(faultAt(10_000, 11_000, { doneMs: 16_000 }), windows, START + 33_000)?.back,
    ).to.equal(true);
  });

  it('leave nothing to say where there is nothing before the fault, and no proof where there is nothing since', () => {
    expect(impact(faultAt(2000), outage(60, 8, 12), START + 15_000)).to.equal(null);
    expect(impact(faultAt(20_000), outage(60, 0, 0), START + 21_000)).to.include({
      text: 'etcd-2 killed: nothing measured since',
      back: false,
      noticed_after_ms: null,
    });
    expect(impact(faultAt(2000), [], START + 15_000)).to.equal(null);
    expect(
      impact(faultAt(2000), outage(60, 8, 12), START + 15_000, { baseline: 400 })?.text,
    ).to.match(/^etcd-2 killed: 400 operations lost/);
    expect(judgeFault(faultAt(2000), outage(60, 8, 12), START + 15_000).state).to.equal(
      'not_measured',
    );
  });
});

describe('impact: several faults', () => {
  const second = (injectedMs: number, undoneMs: number | null, more = {}) =>
    faultAt(injectedMs, undoneMs, { id: 'f2', ...more });

  it('that overlap are said to', () => {
    const windows = outage(160, 40, 80);
    const [f1, f2] = [faultAt(10_000, 20_000), second(15_000, 18_000)];
    expect(textOf(f1, windows, START + 40_000, { others: [f1, f2] })).to.match(
      /; f2 was live in that time, too$/,
    );
    expect(textOf(f1, windows, START + 40_000, { others: [f1] })).not.to.include(
      'live in that time',
    );
  });

  it('that overlap are compared with what was before the first of them', () => {
    const windows = outage(160, 40, 100);
    const [f1, f2] = [faultAt(10_000), second(20_000, 25_000)];
    const verdict = judgeFault(f2, windows, START + 40_000, { others: [f1, f2] });
    expect(verdict.baseline?.rate).to.equal(400);
    expect(verdict.noticed_after_ms).to.equal(500);
  });

  it('that follow each other do not change what is known of the first', () => {
    const windows = series(240, (index) =>
      (index >= 40 && index < 48) || (index >= 120 && index < 200) ? OUT : {},
    );
    const [f1, f2] = [faultAt(10_000, 11_000, { doneMs: 16_000 }), second(30_000, null)];
    const seen = impact(f1, windows, START + 60_000, { others: [f1, f2] });
    expect(seen).to.include({ back: true });
    expect(seen?.text).to.match(/^etcd-2 killed: 800 operations lost .* 1s after the restart$/);
    expect(judgeFault(f2, windows, START + 60_000, { others: [f1, f2] }).baseline?.rate).to.equal(
      400,
    );
  });

  it('tell from when on windows are needed', () => {
    const minute = 60_000;
    expect(measuredSince(faultAt(100_000), START + 120_000)).to.equal(START + 100_000 - minute);
    const [f1, f2] = [faultAt(50_000), second(100_000, null)];
    expect(measuredSince(f2, START + 120_000, [f1, f2])).to.equal(START + 50_000 - minute);
    expect(
      measuredSince(f2, START + 120_000, [faultAt(10_000, 11_000, { doneMs: 15_000 }), f2]),
    ).to.equal(START + 100_000 - minute);
  });
});

describe('impact: a clock that was set back in the middle', () => {
  const hour = 3_600_000;
  const back = (windows: ReturnType<typeof series>) =>
    windows.map((window) =>
      window.at >= START + 12_000 ? { ...window, at: window.at - hour } : window,
    );

  it('leaves the verdict as it was', () => {
    const windows = outage(140, 40, 52);
    const straight = impact(faultAt(10_000, 12_500), windows, START + 35_000);
    const set = impact(faultAt(10_000, 12_500 - hour), back(windows), START + 35_000 - hour);
    expect(set?.text).to.equal(straight?.text);
    expect(set?.back).to.equal(true);
    expect(measuredSince(faultAt(10_000), START + 35_000 - hour)).to.equal(
      START + 35_000 - hour - 60_000,
    );
  });
});

describe('impact: the simulated workload', () => {
  it('says that it is simulated, and holds nothing up', () => {
    const fault = faultAt(10_000);
    expect(impactOfSimulated(fault, [fault], { baseline: 10_000 }, START + 12_500)).to.deep.equal({
      text: 'simulated, not measured: etcd-2 killed, the curve stands at 50 % of its baseline of 10,000 ops/s',
      noticed_after_ms: 0,
      back: true,
      simulated: true,
      during: [],
    });
  });
});

describe('impact: figures', () => {
  it('are the same for windows of other lengths', () => {
    const windows = Array.from({ length: 60 }, (_, index) =>
      made(
        START + index * 1000,
        index >= 20 && index < 26 ? { ok: 0, refused: 400 } : { ok: 400 },
        1000,
      ),
    );
    expect(textOf(faultAt(20_000, 24_000), windows, START + 60_000)).to.equal(
      'etcd-2 killed: 2,400 operations lost (100 %), back to 100 % of the baseline 2s after the restart',
    );
  });
});
