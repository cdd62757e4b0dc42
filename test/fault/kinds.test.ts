/** What the kinds of gameday have in common, as their rows say it. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { OWN_KINDS } from '../../src/fault/kinds/index.ts';

describe('the kinds of fault', () => {
  it('end by themselves after five minutes where nothing else is said, but for those that end an instance or change a cluster', () => {
    const limits = new Map(OWN_KINDS.map((kind) => [kind.kind, kind.default_duration_ms]));
    const without = [...limits].filter(([, limit]) => limit === null).map(([name]) => name);
    expect(without.sort()).to.deep.equal(
      'cordon crash drain evict kill pause remove restart scale stop'.split(' '),
    );
    expect([...new Set(limits.values())]).to.have.members([null, 300_000]);
  });
});
