/** Reading back: what a read means, which keys are asked for again, and when it gives up. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { OperationResult } from '../../src/workload/pace/protocol-client.ts';
import { Ledger } from '../../src/workload/verify/ledger.ts';
import { findValues, type ReadBackOptions, readBack } from '../../src/workload/verify/read-back.ts';

const FIRST = 1_764_000_000_000_000;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Writes 0, 1, … acknowledged one after the other, each to the key of its number modulo `keys`. */
function written(keys: number, writes: number): Ledger {
  const ledger = new Ledger(keys);
  for (let write = 0; write < writes; write++) {
    ledger.begin(write, write * 2);
    ledger.acknowledge(write, write % keys, write * 2 + 1);
  }
  return ledger;
}

const well = (text: string): OperationResult => ({ error: null, undone: false, text });
const ill = (error: string): OperationResult => ({ error, undone: true, text: '' });
const NONE = { count: 0, keys: [] };

function run(
  ledger: Ledger,
  read: (key: number, attempt: number) => OperationResult,
  options: Partial<ReadBackOptions> = {},
) {
  const signal = new AbortController().signal;
  return readBack(ledger, async (key, attempt) => read(key, attempt), {
    firstValue: FIRST,
    isBody: false,
    patienceMs: 300,
    say: () => {},
    signal,
    ...options,
  });
}

describe('reading back', () => {
  it('counts and names what is lost, stale, foreign and not readable, from small to great', async () => {
    const ledger = written(40, 80);
    const result = await run(ledger, (key) => {
      if (key >= 20 && key < 33) return well('');
      if (key === 7) return well(String(FIRST + 7));
      if (key === 9) return well('something else');
      if (key === 11) return ill('wrongtype');
      return well(String(FIRST + 40 + key));
    });
    expect(result).to.deep.equal({
      acknowledged: 80,
      keys: 40,
      lost: { count: 13, keys: [20, 21, 22, 23, 24, 25, 26, 27, 28, 29] },
      stale: { count: 1, keys: [7] },
      foreign: { count: 1, keys: [9] },
      unreadable: { count: 1, keys: [11] },
    });
  });

  it('asks again while the store does not answer, and then knows all', async () => {
    const ledger = written(30, 30);
    const from = performance.now();
    const attempts: number[] = [];
    const result = await run(
      ledger,
      (key, attempt) => {
        attempts.push(attempt);
        return performance.now() - from < 500 ? ill('refused') : well(String(FIRST + key));
      },
      { patienceMs: 20_000 },
    );
    expect(Math.max(...attempts)).to.be.greaterThan(0);
    expect(result).to.deep.include({ keys: 30, lost: NONE, unreadable: NONE });
  });

  it('gives up on a store that is gone, and calls nothing lost', async () => {
    const ledger = written(1000, 1000);
    let asked = 0;
    const result = await run(ledger, () => {
      asked++;
      return ill('refused');
    });
    expect(result.lost).to.deep.equal(NONE);
    expect(result.unreadable).to.deep.equal({ count: 1000, keys: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
    expect(asked, 'not each key has to wait').to.be.lessThan(200);
  });

  it('ends when it is told to', async () => {
    const told = new AbortController();
    let reads = 0;
    const read = () => {
      if (++reads === 5) told.abort();
      return ill('refused');
    };
    const result = await run(written(50, 50), read, { patienceMs: 600_000, signal: told.signal });
    expect(result.unreadable.count).to.equal(50);
  });

  it('says how far it is', async () => {
    const said: [number, number][] = [];
    const slow = async (key: number): Promise<OperationResult> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return well(String(FIRST + key));
    };
    const signal = new AbortController().signal;
    await readBack(written(800, 800), slow, {
      firstValue: FIRST,
      isBody: false,
      patienceMs: 300,
      say: (...args) => said.push(args),
      signal,
    });
    expect(said.length).to.be.greaterThan(0);
    for (const [done, of] of said) expect(done).to.be.within(1, of).and.below(801);
  });

  it('finds the value in what is read', () => {
    const value = String(FIRST + 5);
    const body = { firstValue: FIRST, isBody: true };
    const plain = { firstValue: FIRST, isBody: false };
    expect(findValues(value, plain)).to.deep.equal([5]);
    expect(findValues(`v:${value};`, plain)).to.deep.equal([5]);
    expect(findValues('', plain)).to.deep.equal([]);
    expect(findValues('12', plain)).to.deep.equal(['foreign']);
    expect(findValues(String(FIRST - 1), plain), 'of a load before').to.deep.equal(['foreign']);
    const etcd = {
      header: { cluster_id: '14841639068965178418', revision: '5' },
      kvs: [{ key: base64('17'), version: '1', value: base64(value) }],
    };
    expect(findValues(JSON.stringify(etcd), body)).to.deep.equal([5]);
    expect(
      findValues(JSON.stringify({ header: etcd.header }), body),
      'an answer without it',
    ).to.deep.equal([]);
    expect(findValues(`<p>${base64(`a value ${value}`)}</p>`, body)).to.deep.equal([5]);
  });

  it('takes a page that is not found for nothing, and any other error for no answer', async () => {
    const ledger = written(3, 3);
    const result = await run(
      ledger,
      (key) =>
        [ill('status 404'), ill('status 500'), well(`{"v":"${FIRST + 2}"}`)][
          key
        ] as OperationResult,
      { isBody: true },
    );
    expect([result.lost.keys, result.unreadable.keys]).to.deep.equal([[0], [1]]);
  });
});
