/** No sentence contradicts its own figures, for any windows; and the field cases that showed where one did. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { assess, impact } from '../../src/impact/impact.ts';
import { endOf, type Window, windowOf } from '../../src/impact/windows.ts';
import { faultAt, type Made, made, START, series } from './windows-made.ts';

const PAUSED = {
  kind: 'pause',
  undo: 'unpause',
  words: { doing: 'pausing', done: 'paused', undo: 'unpause' },
} as const;

/** One window after the other, of any lengths, with stretches of one mood. */
const stretches = fc.array(
  fc.record({
    count: fc.integer({ min: 1, max: 40 }),
    ok: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
    refused: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 200 })),
    timeouts: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 50 })),
    latencyMs: fc.constantFrom(1, 5, 200, 3000),
    gapMs: fc.constantFrom(0, 0, 0, 3000),
  }),
  { minLength: 1, maxLength: 8 },
);
const cases = fc.record({
  stretches,
  dt: fc.constantFrom(250, 250, 1000, 10_000),
  before: fc.record({
    ok: fc.integer({ min: 1, max: 200 }),
    refused: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
  }),
  offset: fc.integer({ min: 0, max: 9999 }),
  undoAfter: fc.option(fc.integer({ min: 0, max: 60_000 })),
  latencies: fc.boolean(),
});

type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never;

function windowsOf({ stretches: all, dt, before, latencies }: Case): Window[] {
  let at = START;
  const windows: Window[] = [];
  const add = (what: Made) => {
    const window = made(at, what, dt);
    windows.push(latencies ? window : windowOf({ ...window, histogram: [] }));
    at += dt;
  };
  for (let index = 0; index < 40; index++) add(before);
  for (const { count, gapMs, ...what } of all) {
    at += gapMs;
    for (let index = 0; index < count; index++) add(what);
  }
  return windows;
}

function milliseconds(text: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit as string] as number),
    0,
  );
}

const TIME = String.raw`((?:[\d.]+(?:ms|s|m|h) ?)+)`;

describe('the sentence of an impact', function () {
  this.timeout(60_000);

  it('contradicts no figure of its own, for any windows', () => {
    fc.assert(
      fc.property(cases, (each) => {
        const windows = windowsOf(each);
        const injectedMs = 40 * each.dt - (each.offset % each.dt);
        const undoneMs = each.undoAfter === null ? null : injectedMs + each.undoAfter;
        const nowMs = endOf(windows.at(-1) as Window);
        const { verdict, text } = assess(
          faultAt(injectedMs, undoneMs, PAUSED),
          windows,
          Math.max(nowMs, START + (undoneMs ?? 0)),
        );
        if (verdict.state === 'not_measured') return;
        const ratio = verdict.rate_ratio ?? 0;
        const what = `${text} ${JSON.stringify({ ...verdict, before: 0, during: 0, after: 0 })}`;
        const says = (pattern: RegExp) => pattern.test(text);
        // Nothing is lost, and something is missing.
        if (says(/no operation lost/)) {
          expect(verdict.operations_lost, what).to.equal(0);
          expect(says(/fewer|operations late|no answers/), what).to.equal(false);
        }
        if (says(/operations late/)) expect(says(/fewer/), what).to.equal(false);
        if (says(/no worse than before/)) {
          expect(ratio, what).to.be.at.least(0.9);
          expect(verdict.state, what).to.equal('unaffected');
          if (verdict.operations_lost > 0) expect(text, what).to.include('otherwise no worse');
        }
        if (says(/too early/)) expect(ratio, what).to.be.below(0.9);
        // Back is neither far below the baseline nor several times it.
        if (says(/back to \d/)) expect(ratio, what).to.be.within(0.9, 1.1);
        if (says(/checking that it stays|catching up/)) {
          expect(verdict.worse_now, what).to.deep.equal([]);
          expect(ratio, what).to.be.at.least(0.95);
        }
        const still = /still worse than before \(([^)]+)\)/.exec(text)?.[1];
        if (still?.includes('throughput')) expect(ratio, what).to.be.below(0.9);
        if (still) expect(still.split(', '), what).to.deep.equal(verdict.worse_now);
        // An effect before its cause only where a whole window says so.
        if (says(/before the unpause/)) {
          const first = windows.find(({ at }) => at >= (verdict.time?.to_ms ?? 0)) as Window;
          expect(endOf(first), what).to.be.at.most(START + (undoneMs as number));
        }
        if (says(/back[^,]*(of|after) the unpause/))
          expect(verdict.recovered_after_undo_ms, what).to.be.at.least(0);
        // No time is finer than the windows, and none is far from its figure.
        for (const [, time] of text.matchAll(
          new RegExp(`(?:within|baseline|as before|back|for|up) ${TIME}(?:of|after|,)`, 'g'),
        ))
          expect(milliseconds(time as string), what).to.be.at.least(
            Math.min(60_000, 0.8 * verdict.resolution_ms),
          );
        const [, after] =
          new RegExp(`back(?: to \\d+ % of the baseline)? ${TIME}after the unpause`).exec(text) ??
          [];
        if (after)
          expect(milliseconds(after), what).to.be.closeTo(
            verdict.recovered_after_undo_ms as number,
            Math.max(1000, verdict.resolution_ms, 0.05 * milliseconds(after)),
          );
        // A sick baseline is said.
        const failing = verdict.baseline?.error_ratio ?? 0;
        expect(says(/the baseline itself is sick/), what).to.equal(failing > 0.05);
        expect(text).not.to.match(/NaN|undefined|null|Infinity| -\d/);
      }),
      { numRuns: 400 },
    );
  });

  it('says nothing good of the moments right after a kill', () => {
    const windows = series(41, (index) => (index < 40 ? {} : { ok: 0, refused: 15 }));
    expect(impact(faultAt(10_000), windows, START + 10_250)?.text).to.equal(
      'etcd-2 killed: 15 operations lost (100 %), too early to say whether it is worse: at 0 % of the baseline now',
    );
  });

  it('says loudly that the baseline is sick', () => {
    const windows = series(80, () => ({ ok: 33, refused: 67 }));
    expect(impact(faultAt(10_000), windows, START + 20_000)?.text).to.match(
      /; the baseline itself is sick: 67 % of the operations failed before the fault, too$/,
    );
  });

  describe('of a closed loop that prints once a second and catches up', () => {
    /** 2,000/s; frozen from 20.5 s to 25.5 s, then three seconds of catching up. */
    const rates = (index: number) => {
      if (index < 20 || index > 30) return 2000;
      if (index === 20) return 1000;
      if (index < 25) return 0;
      return [4300, 6000, 6000, 3700, 2000, 2000][index - 25] as number;
    };
    const windows = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        windowOf({
          ...made(START + index * 1000, { ok: rates(index) }, 1000),
          histogram: [],
        }),
      );
    const paused = faultAt(20_500, 25_500, PAUSED);

    it('dates no effect before its cause, and says what was late', () => {
      expect(impact(paused, windows(45), START + 45_000)?.text).to.equal(
        'etcd-2 paused: no answers for 4s, about 9,000 operations late, back to 100 % of the baseline within 1s of the unpause, caught up 3s after the unpause',
      );
    });

    it('never says that less is missing and then more again, while it waits', () => {
      const late = Array.from({ length: 20 }, (_, index) => {
        const { verdict } = assess(paused, windows(26 + index), START + 26_000 + index * 1000);
        return verdict.late;
      });
      expect(late).to.deep.equal(late.toSorted((a, b) => a - b));
    });
  });
});
