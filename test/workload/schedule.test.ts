import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { PaceSpec } from '../../src/story/workload-spec.ts';
import { Schedule } from '../../src/workload/pace/schedule.ts';

type Rates = Pick<PaceSpec, 'rate' | 'ramp'>;

const rate = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }),
  fc.double({ min: 0.1, max: 50, noNaN: true }),
);
const rates: fc.Arbitrary<Rates> = fc.record({
  rate,
  ramp: fc.array(fc.record({ to: rate, over_ms: fc.integer({ min: 1, max: 600_000 }) }), {
    maxLength: 5,
  }),
});

/** Operations a second at a moment, as the story says it. */
function rateAt({ rate: first, ramp }: Rates, atMs: number): number {
  let [fromMs, from] = [0, first];
  for (const { to, over_ms } of ramp) {
    if (atMs < fromMs + over_ms) return from + ((to - from) * (atMs - fromMs)) / over_ms;
    fromMs += over_ms;
    from = to;
  }
  return from;
}

/** The integral of the rate up to a moment: trapezia are exact, since it is linear between its corners. */
function dueBy(spec: Rates, atMs: number): number {
  const corners = [0];
  for (const { over_ms } of spec.ramp) corners.push((corners.at(-1) as number) + over_ms);
  const inside = [...corners.filter((corner) => corner < atMs), atMs];
  let due = 0;
  // Just below the corner: there the rate is the end of one stretch, which is the beginning of the next.
  for (let i = 1; i < inside.length; i++) {
    const [from, to] = [inside[i - 1] as number, inside[i] as number];
    due += (((rateAt(spec, from) + rateAt(spec, to)) / 2) * (to - from)) / 1000;
  }
  return due;
}

const numbers = fc.array(fc.integer({ min: 0, max: 50_000_000 }), { minLength: 1, maxLength: 20 });

describe('the schedule of a load', () => {
  it('spaces a constant rate evenly, from the beginning', () => {
    const schedule = new Schedule({ rate: 400, ramp: [] });
    expect(Array.from({ length: 5 }, (_, number) => schedule.startOf(number))).to.deep.equal([
      0, 2.5, 5, 7.5, 10,
    ]);
    expect(schedule.startOf(400 * 3600 * 24)).to.equal(86_400_000);
    expect(schedule.steadyAtMs).to.equal(0);
  });

  it('issues exactly as many as the integral of the rate says, however long it runs', () => {
    fc.assert(
      fc.property(rates, numbers, (spec, wanted) => {
        const schedule = new Schedule(spec);
        for (const number of wanted) {
          const due = dueBy(spec, schedule.startOf(number));
          expect(due).to.be.closeTo(number, 1e-6 * Math.max(1, number));
        }
      }),
    );
  });

  it('has no burst and no pause, also where a ramp begins or ends', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 0, max: 2_000_000 }), (spec, first) => {
        const schedule = new Schedule(spec);
        let before = schedule.startOf(first);
        for (let number = first + 1; number < first + 200; number++) {
          const start = schedule.startOf(number);
          const between = [
            rateAt(spec, before),
            rateAt(spec, start),
            ...cornersIn(spec, before, start),
          ];
          // Between two starts lies one operation: the mean rate there is one of the rates in between.
          const mean = 1000 / (start - before);
          expect(mean).to.be.within(
            Math.min(...between) * (1 - 1e-3),
            Math.max(...between) * (1 + 1e-3),
          );
          before = start;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same start whatever was asked before', () => {
    fc.assert(
      fc.property(rates, numbers, (spec, wanted) => {
        const schedule = new Schedule(spec);
        for (const number of wanted)
          expect(schedule.startOf(number)).to.equal(new Schedule(spec).startOf(number));
      }),
    );
  });

  it('knows the next one at any moment, so that it can go on in the middle', () => {
    fc.assert(
      fc.property(rates, fc.double({ min: 0, max: 10_000_000, noNaN: true }), (spec, elapsedMs) => {
        const schedule = new Schedule(spec);
        const next = schedule.firstFrom(elapsedMs);
        // A millionth of an operation, which is long where there are few.
        const slowest = Math.min(spec.rate, ...spec.ramp.map(({ to }) => to)) / 1000;
        const slack = 1e-3 + elapsedMs * 1e-9 + 1e-6 / slowest;
        expect(schedule.startOf(next)).to.be.at.least(elapsedMs - slack);
        if (next > 0) expect(schedule.startOf(next - 1)).to.be.at.most(elapsedMs + slack);
      }),
    );
  });

  it('says when the last rate is reached, and holds it', () => {
    const spec = {
      rate: 100,
      ramp: [
        { to: 500, over_ms: 30_000 },
        { to: 200, over_ms: 60_000 },
      ],
    };
    const schedule = new Schedule(spec);
    expect(schedule.steadyAtMs).to.equal(90_000);
    const first = schedule.firstFrom(90_000);
    expect(first).to.equal(30 * 300 + 60 * 350);
    expect(schedule.startOf(first + 200) - schedule.startOf(first)).to.be.closeTo(1000, 1e-6);
  });
});

function cornersIn(spec: Rates, fromMs: number, toMs: number): number[] {
  let at = 0;
  return spec.ramp.flatMap(({ to, over_ms }) => {
    at += over_ms;
    return at > fromMs && at < toMs ? [to] : [];
  });
}
