import { expect } from 'chai';
import { describe, it } from 'mocha';
import { describeVerified, grouped, isBroken, type Verified } from '../../src/impact/verified.ts';

const NONE = { count: 0, keys: [] };

function verified(patch: Partial<Verified> = {}): Verified {
  return {
    acknowledged: 29_876,
    keys: 29_876,
    lost: NONE,
    stale: NONE,
    foreign: NONE,
    unreadable: NONE,
    since: '2026-11-24T12:03:04.500Z',
    incomplete: false,
    ...patch,
  };
}

describe('what came of reading back', () => {
  it('is one sentence', () => {
    expect(describeVerified(verified())).to.equal(
      '29,876 acknowledged writes on 29,876 keys read back: all there',
    );
    const mixed = {
      lost: { count: 3, keys: [17, 40, 9112] },
      stale: { count: 1, keys: [88] },
      unreadable: { count: 2, keys: [] },
    };
    expect(describeVerified(verified(mixed))).to.equal(
      '29,876 acknowledged writes on 29,876 keys read back: 3 lost (17, 40, 9112), 1 stale (88), 2 not readable',
    );
    const many = {
      acknowledged: 1,
      keys: 1,
      foreign: { count: 1234, keys: [1, 2] },
      incomplete: true,
    };
    expect(describeVerified(verified(many))).to.equal(
      '1 acknowledged write on 1 key read back: 1,234 with a value that this load did not write (1, 2 and 1,232 more); writes before 12:03:04 are not verified',
    );
    expect(describeVerified(verified({ acknowledged: 0, keys: 0 }))).to.equal(
      'no write was acknowledged, so there is nothing to read back',
    );
  });

  it('is broken by what is lost, stale or foreign, and not by what cannot be read', () => {
    const one = { count: 1, keys: [1] };
    expect(
      [{ lost: one }, { stale: one }, { foreign: one }, { unreadable: one }, {}].map((patch) =>
        isBroken(verified(patch)),
      ),
    ).to.deep.equal([true, true, true, false, false]);
  });

  it('groups figures by thousands', () => {
    expect([0, 999, 1000, 1_234_567].map(grouped)).to.deep.equal([
      '0',
      '999',
      '1,000',
      '1,234,567',
    ]);
  });
});
