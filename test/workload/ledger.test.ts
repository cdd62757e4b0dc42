/** The book of acknowledged writes, against a model that tries every order in which a register may have taken them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Ledger, MOST_RANGES } from '../../src/workload/verify/ledger.ts';

interface Planned {
  key: number;
  start: number;
  end: number;
  acknowledged: boolean;
}

const anyWrite: fc.Arbitrary<Planned> = fc
  .record({ key: fc.nat(1), start: fc.nat(12), lasts: fc.nat(6), acknowledged: fc.boolean() })
  .map(({ key, start, lasts, acknowledged }) => ({ key, start, end: start + lasts, acknowledged }));

/** Hands the writes over as time would: by starts and ends, a start before an end of the same moment. Values are 0, 1, … in the order of starts. */
function keep(plans: Planned[]): { ledger: Ledger; plans: (Planned & { value: number })[] } {
  const ledger = new Ledger(2);
  const numbered = plans
    .toSorted((one, other) => one.start - other.start)
    .map((plan, index) => ({ ...plan, value: index }));
  const moments = numbered
    .flatMap((plan) => [
      { at: plan.start, begins: true, plan },
      { at: plan.end, begins: false, plan },
    ])
    .toSorted(
      (one, other) =>
        one.at - other.at ||
        Number(other.begins) - Number(one.begins) ||
        one.plan.value - other.plan.value,
    );
  for (const { at, begins, plan } of moments) {
    if (begins) ledger.begin(plan.value, at);
    else if (plan.acknowledged) ledger.acknowledge(plan.value, plan.key, at);
    else ledger.doubt(plan.value, plan.key);
  }
  return { ledger, plans: numbered };
}

/**
 * Every value that a linearisable register may hold at the end; null for none. Each acknowledged write takes effect at one
 * moment between its start and its end; any other one at some moment after its start, or never. Found by trying all orders.
 */
function lastValues(writes: (Planned & { value: number })[]): Set<number | null> {
  const found = new Set<number | null>();
  const place = (left: typeof writes, last: number | null) => {
    if (left.every(({ acknowledged }) => !acknowledged)) found.add(last);
    for (const next of left) {
      // It may come first of those that are left unless one of them had surely ended before it started.
      if (left.some((other) => other.acknowledged && other.end < next.start)) continue;
      place(
        left.filter((each) => each !== next),
        next.value,
      );
    }
  };
  place(writes, null);
  return found;
}

describe('the ledger of acknowledged writes', () => {
  it('calls rightful exactly what a linearisable register may hold', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 6 }), (planned) => {
        const { ledger, plans } = keep(planned);
        for (const key of [0, 1]) {
          const own = plans.filter((plan) => plan.key === key);
          const rightful = lastValues(own);
          const isWritten = own.some(({ acknowledged }) => acknowledged);
          for (const { value } of own) {
            expect(ledger.judge(key, value), `key ${key}, value ${value}`).to.equal(
              rightful.has(value) || !isWritten ? 'well' : 'stale',
            );
          }
          expect(ledger.judge(key, null)).to.equal(rightful.has(null) ? 'well' : 'lost');
        }
        const acknowledged = plans.filter((plan) => plan.acknowledged);
        expect(ledger.acknowledged).to.equal(acknowledged.length);
        expect([...ledger.writtenKeys()]).to.deep.equal(
          [...new Set(acknowledged.map(({ key }) => key))].toSorted(),
        );
        expect(ledger.written).to.equal([...ledger.writtenKeys()].length);
      }),
      { numRuns: 2000 },
    );
  });

  it('never accuses a store that is as it should be, however many writes were left open', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 3 * MOST_RANGES, maxLength: 200 }),
        (steps) => {
          const ledger = new Ledger(1);
          let last = -1;
          const open: number[] = [];
          for (const [at, acknowledged] of steps.entries()) {
            ledger.begin(at, at * 2);
            if (acknowledged) {
              ledger.acknowledge(at, 0, at * 2 + 1);
              last = at;
            } else {
              ledger.doubt(at, 0);
              open.push(at);
            }
          }
          for (const value of last < 0 ? open : [last, ...open])
            expect(ledger.judge(0, value)).to.equal('well');
        },
      ),
    );
  });

  it('keeps an outage of any length as one range, and still sees what was stale before it', () => {
    const ledger = new Ledger(1);
    write(ledger, 1, 0, 0);
    write(ledger, 2, 0, 2);
    for (let at = 10; at < 10_000; at++) {
      ledger.begin(at, at);
      ledger.doubt(at, 0);
    }
    expect(ledger.judge(0, 1)).to.equal('stale');
    expect(ledger.judge(0, 2)).to.equal('well');
    expect(ledger.judge(0, 5000)).to.equal('well');
    write(ledger, 20_000, 0, 20_000);
    expect(ledger.judge(0, 2)).to.equal('stale');
    expect(ledger.judge(0, 5000), 'it may have come late').to.equal('well');
  });

  it('tells a value that nobody wrote from an old one', () => {
    const ledger = new Ledger(2);
    write(ledger, 5, 1, 0);
    expect(ledger.judge(1, 'foreign')).to.equal('foreign');
    expect(ledger.judge(1, 77)).to.equal('foreign');
    expect(ledger.judge(0, 'foreign'), 'nothing was acknowledged there').to.equal('well');
  });

  it('holds a hundred thousand keys in few megabytes, also when each of them has been through an outage', () => {
    const before = memoryInUse();
    const ledger = new Ledger(100_000);
    for (let round = 0; round < 3; round++) {
      for (let key = 0; key < ledger.keys; key++)
        write(ledger, round * ledger.keys + key, key, round * 2);
    }
    expect(memoryInUse() - before).to.be.lessThan(4 * MEBIBYTE);
    for (let key = 0; key < ledger.keys; key++) {
      ledger.begin(1_000_000 + key, 10);
      ledger.doubt(1_000_000 + key, key);
    }
    expect(memoryInUse() - before).to.be.lessThan(24 * MEBIBYTE);
    expect(ledger.judge(99_999, null)).to.equal('lost');
    const wide = new Ledger(100_000_000);
    for (const key of [0, 1023, 1024, 5000]) write(wide, key, key, key);
    expect(memoryInUse() - before, 'keys that are never written cost nothing').to.be.lessThan(
      25 * MEBIBYTE,
    );
    expect([...wide.writtenKeys()]).to.deep.equal([0, 1023, 1024, 5000]);
    expect([0, 5000, 5001, 99_999_999].map((key) => wide.judge(key, null))).to.deep.equal([
      'lost',
      'lost',
      'well',
      'well',
    ]);
  });
});

/** An acknowledged one that lasts a millisecond. */
function write(ledger: Ledger, number: number, key: number, startMs: number): void {
  ledger.begin(number, startMs);
  ledger.acknowledge(number, key, startMs + 1);
}

const MEBIBYTE = 1024 * 1024;

function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
