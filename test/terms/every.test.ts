import { expect } from 'chai';
import { describe, it } from 'mocha';
import { EVERY_PATTERN, formatEvery, parseEvery } from '../../src/terms/every.ts';

describe('how often', () => {
  for (const [text, every_ms, jitter_ms, said] of [
    ['60s', 60_000, 0, '1m'],
    ['60s ± 20s', 60_000, 20_000, '1m ± 20s'],
    ['60s±20s', 60_000, 20_000, '1m ± 20s'],
    ['1m30s +- 500ms', 90_000, 500, '1m 30s ± 500ms'],
    ['2s+/-1s', 2000, 1000, '2s ± 1s'],
  ] as const)
    it(`${text} is ${said}`, () => {
      expect(parseEvery(text)).to.deep.equal({ every_ms, jitter_ms });
      expect(text).to.match(EVERY_PATTERN);
      expect(formatEvery({ every_ms, jitter_ms })).to.equal(said);
    });

  for (const text of ['', '60', 'soon', '60s ±', '± 20s', '60s ± 20s ± 5s', '60s - 20s', '60s 20s'])
    it(`${JSON.stringify(text)} is neither`, () => {
      expect(parseEvery(text)).to.equal(null);
      expect(text).not.to.match(EVERY_PATTERN);
    });
});
