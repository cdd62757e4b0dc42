/** What is written down of looks at the instances, and what is known from it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { HEALTHS, STATES } from '../../src/fault/instance.ts';
import {
  changesOf,
  foldStates,
  isFresh,
  NOTHING_SEEN,
  type Observed,
  parseStateLine,
} from '../../src/run/instance-states.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, second)).toISOString();

const seen = (number: number, patch: Partial<Observed> = {}): Observed => ({
  id: `id-${number}`,
  service: 'web',
  number,
  state: 'running',
  health: 'healthy',
  ...patch,
});

const listings = fc.array(
  fc.uniqueArray(
    fc.record({
      number: fc.integer({ min: 1, max: 4 }),
      state: fc.constantFrom(...STATES),
      health: fc.constantFrom(...HEALTHS),
      life: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    }),
    { selector: ({ number }) => number },
  ),
  { maxLength: 12 },
);

describe('instance states', () => {
  it('any looks, written down as changes and read back, are what was seen last; nothing is written twice', () => {
    fc.assert(
      fc.property(listings, (looks) => {
        let known = NOTHING_SEEN;
        for (const [second, look] of looks.entries()) {
          const rows = look.map(({ number, state, health, life }) =>
            seen(number, { state, health, ...(life && { incarnation: life }) }),
          );
          const lines = changesOf(known, rows, at(second), true).map((line) =>
            parseStateLine(JSON.stringify(line)),
          );
          expect(lines).to.not.include(null);
          known = foldStates(known, lines as never[]);
          const there = [...known.instances.values()].filter(({ state }) => state !== 'gone');
          expect(
            there.map(({ id, state, health }) => ({ id, state, health })),
          ).to.have.deep.members(rows.map(({ id, state, health }) => ({ id, state, health })));
          for (const { id, incarnation } of rows)
            if (incarnation) expect(known.instances.get(id)?.incarnation).to.equal(incarnation);
          expect(changesOf(known, rows, at(second), true)).to.deep.equal([]);
        }
      }),
    );
  });

  it('one that was restarted between two looks is another life, though its state is the same', () => {
    const first = changesOf(NOTHING_SEEN, [seen(1, { incarnation: 'a' })], at(0), true);
    const known = foldStates(NOTHING_SEEN, first);
    expect(changesOf(known, [seen(1)], at(1), true)).to.deep.equal([]);
    const [line] = changesOf(known, [seen(1, { incarnation: 'b' })], at(1), true);
    expect(line).to.include({ instance: 'web-1', state: 'running', incarnation: 'b' });
  });

  it('a life is not known where a listing alone saw it begin', () => {
    let known = foldStates(
      NOTHING_SEEN,
      changesOf(NOTHING_SEEN, [seen(1, { incarnation: 'a' })], at(0), true),
    );
    for (const [second, state, incarnation] of [
      [1, 'paused', 'a'],
      [2, 'running', 'a'],
      [3, 'exited', 'a'],
      [4, 'running', null],
    ] as const) {
      known = foldStates(known, changesOf(known, [seen(1, { state })], at(second), true));
      expect(known.instances.get('id-1')).to.include({ state, incarnation });
    }
  });

  it('a part of the stack that was not looked at is not taken for gone', () => {
    const known = foldStates(
      NOTHING_SEEN,
      changesOf(NOTHING_SEEN, [seen(1), seen(2)], at(0), true),
    );
    expect(changesOf(known, [seen(1)], at(1), false)).to.deep.equal([]);
    expect(changesOf(known, [seen(1)], at(1), true)).to.have.length(1);
  });

  it('an older line changes nothing of an instance, whoever wrote it later', () => {
    const [old] = changesOf(NOTHING_SEEN, [seen(1)], at(1), true);
    const [now] = changesOf(NOTHING_SEEN, [seen(1, { state: 'exited' })], at(2), true);
    const known = foldStates(NOTHING_SEEN, [now, old] as never[]);
    expect(known.instances.get('id-1')?.state).to.equal('exited');
  });

  it('is known to be so now only while somebody says that he looks', () => {
    const mark = (note: 'begin' | 'alive' | 'end', second: number) => ({
      at: at(second),
      note,
      pid: 1,
    });
    const looking = foldStates(NOTHING_SEEN, [mark('begin', 0), mark('alive', 15)]);
    const now = (second: number) => Date.parse(at(second));
    expect(isFresh(looking, now(16))).to.equal(true);
    expect(isFresh(looking, now(50)), 'killed').to.equal(false);
    expect(isFresh(foldStates(looking, [mark('end', 16)]), now(16)), 'ended').to.equal(false);
    expect(isFresh(NOTHING_SEEN, now(0)), 'nobody yet').to.equal(false);
  });

  it('what is no line of it is none', () => {
    for (const text of ['', '{', 'null', '{"at":"x"}', '{"at":"x","note":"other","pid":1}'])
      expect(parseStateLine(text), text).to.equal(null);
  });
});
