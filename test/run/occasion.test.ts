/** Which occasions come of a run's events and of how a transition ends; each deviation once. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Event } from '../../src/run/events.ts';
import { Occasions } from '../../src/run/occasion.ts';
import type { Run } from '../../src/run/run.ts';

const AT = '2026-01-02T03:04:05.000Z';
const run = {
  id: 'r1',
  story: { name: 'shop', chapters: [{ id: 'one', title: 'See http://me:S3CRET@h/' }] },
  position: { chapter: 'one' },
  faults: [],
} as unknown as Run;
const recorded = (event: object) => ({
  type: 'recorded' as const,
  event: { v: 2, seq: 1, at: AT, ...event } as Event,
});
const item = (state: string) => ({ state, text: `p99 ${state}`, name: 'p99', wanted: '<= 1ms' });
const checked = (...states: string[]) =>
  recorded({
    type: 'hypothesis.checked',
    chapter: 'one',
    on_deviation: 'stop',
    items: states.map(item),
  });
const ended = (code: string, exit: number, ...live: string[]) => ({
  type: 'released' as const,
  error: { code, message: `${code}!`, next: 'x', exit },
  live: live.map((fault) => ({ fault, kind: 'kill', targets: [] })),
});
const names = (occasions: Occasions, ...told: Parameters<Occasions['of']>[0][]) =>
  told.flatMap((each) => occasions.of(each, run, AT).map(({ occasion }) => occasion));

describe('occasions', () => {
  it('a hypothesis that deviated is told once, with what did', () => {
    const occasions = new Occasions(new Set());
    const [one] = occasions.of(checked('met', 'deviated', 'not_measured'), run, AT);
    expect(one).to.include({ occasion: 'deviated', detail: 'p99 deviated' });
    expect(one?.chapter?.title).to.equal('See http://h/');
    expect(names(occasions, ended('deviated', 8))).to.deep.equal([]);
    expect(names(new Occasions(new Set()), checked('met', 'not_measured'))).to.deep.equal([]);
  });

  it('what the watchdog has told is not told again by the command that ends with it', () => {
    const told = recorded({ type: 'hypothesis.told', chapters: ['one'] });
    expect(names(new Occasions(new Set()), told, ended('deviated', 8))).to.deep.equal([]);
    expect(names(new Occasions(new Set()), ended('deviated', 8))).to.deep.equal(['deviated']);
  });

  it('still live: after a signal, a deviation or an uncertain end, once a fault; not after a refusal', () => {
    const live = (error: ReturnType<typeof ended>, known: string[] = []) =>
      names(new Occasions(new Set(known)), error).includes('still_live');
    expect(live(ended('interrupted', 130, 'f1'))).to.equal(true);
    expect(live(ended('not_verified', 9, 'f1'))).to.equal(true);
    expect(live(ended('not_verified', 9, 'f1'), ['f1'])).to.equal(false);
    expect(live(ended('not_verified', 9, 'f1', 'f2'), ['f1'])).to.equal(true);
    expect(live(ended('chapter_blocks', 4, 'f1'))).to.equal(false);
    expect(live(ended('interrupted', 130))).to.equal(false);
  });
});
