/** Runs beside each other: what is called better or worse is, and chance is not. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Compared, compare } from '../../src/run/report/compare.ts';

const IMPACT = {
  baseline: 400,
  operations_lost: 100,
  depth: 0.6,
  detect_ms: 500,
  recovered_after_injection_ms: 12_000,
  recovered_after_undo_ms: 2000,
  before: { p50_ms: 5, p99_ms: 20 },
  during: { p50_ms: 6, p99_ms: 200 },
};

function run(more: Partial<typeof IMPACT> | null = {}, deviated = 1): Compared {
  return {
    v: 1,
    run: { id: 'r1', story: { name: 'shop', digest: 'd' } },
    verdict: { deviated, not_measured: 0 },
    workloads: [{ kind: 'http', simulated: false }],
    verified: null,
    faults: [
      { kind: 'kill', chapter: 'fault', impact: more === null ? null : { ...IMPACT, ...more } },
    ],
  };
}

const changeOf = (
  name: string,
  before: Compared[],
  after: Compared,
  allowed: number | null = null,
) => compare(before, after, allowed).rows.find((row) => row.name === name);

describe('comparing runs', () => {
  it('a run with itself is the same in everything', () => {
    const { rows, differences } = compare([run()], run(), 0);
    expect(new Set(rows.map(({ change }) => change))).to.deep.equal(new Set(['same']));
    expect(differences).to.deep.equal([]);
    expect(rows.some(({ failed }) => failed)).to.equal(false);
  });

  it('what one is worse by, the other is better by', () => {
    const figures = fc.record({
      baseline: fc.integer({ min: 1, max: 10_000 }),
      operations_lost: fc.nat(100_000),
      depth: fc.double({ min: 0, max: 1, noNaN: true }),
      detect_ms: fc.nat(60_000),
      recovered_after_undo_ms: fc.integer({ min: -5000, max: 60_000 }),
    });
    const opposite = { better: 'worse', worse: 'better' } as Record<string, string>;
    fc.assert(
      fc.property(figures, figures, (one, other) => {
        for (const name of [
          'operations lost',
          'lowest rate',
          'time to detect',
          'well again after the undo',
        ]) {
          const there = changeOf(name, [run(one)], run(other))?.change as string;
          const back = changeOf(name, [run(other)], run(one))?.change;
          expect(back, name).to.equal(opposite[there] ?? there);
        }
      }),
    );
  });

  it('a difference within chance is none, and one beyond it is', () => {
    expect(changeOf('operations lost', [run()], run({ operations_lost: 125 }))?.change).to.equal(
      'same',
    );
    expect(changeOf('operations lost', [run()], run({ operations_lost: 160 }))?.change).to.equal(
      'worse',
    );
    expect(changeOf('rate before the fault', [run()], run({ baseline: 385 }))?.change).to.equal(
      'same',
    );
    expect(changeOf('rate before the fault', [run()], run({ baseline: 300 }))?.change).to.equal(
      'worse',
    );
  });

  it('several runs before tell how far runs lie apart', () => {
    const before = [20, 300, 150, 500].map((operations_lost) => run({ operations_lost }));
    expect(changeOf('operations lost', before, run({ operations_lost: 600 }))?.change).to.equal(
      'same',
    );
    expect(changeOf('operations lost', before, run({ operations_lost: 900 }))?.change).to.equal(
      'worse',
    );
  });

  it('fails only for what is worse by more than was allowed', () => {
    const after = run({ operations_lost: 160 });
    expect(changeOf('operations lost', [run()], after, 0.5)?.failed).to.equal(true);
    expect(changeOf('operations lost', [run()], after, 0.7)?.failed).to.equal(false);
    expect(changeOf('operations lost', [run()], run({ operations_lost: 10 }), 0)?.failed).to.equal(
      false,
    );
    expect(changeOf('expectations that deviated', [run({}, 0)], run({}, 1), 0.1)?.failed).to.equal(
      true,
    );
  });

  it('what was not measured is not known, and never the same', () => {
    const { rows } = compare([run()], run(null), 0);
    const ofFault = rows.filter(({ about }) => about === 'kill in fault');
    expect(ofFault).to.have.length(8);
    expect(new Set(ofFault.map(({ change }) => change))).to.deep.equal(new Set(['unknown']));
  });

  it('says that stories or workloads differ', () => {
    const other = { ...run(), workloads: [{ kind: 'redis', simulated: true }] };
    other.run = { id: 'r2', story: { name: 'shop', digest: 'other' } };
    expect(compare([run()], other, null).differences).to.deep.equal([
      'story',
      'workload',
      'simulated',
    ]);
  });
});
