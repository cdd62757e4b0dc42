import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { formatDuration, parseDuration } from '../../src/terms/duration.ts';

describe('durations', () => {
  for (const [text, durationMs] of [
    ['0', 0],
    ['0s', 0],
    ['1500ms', 1500],
    ['3s', 3000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1h2m3s4ms', 3_723_004],
    [' 3s ', 3000],
    ['0.4ms', 0],
  ] as const) {
    it(`${JSON.stringify(text)} is ${durationMs} ms`, () =>
      expect(parseDuration(text)).to.equal(durationMs));
  }

  for (const text of [
    '',
    '3',
    '3 s',
    '3x',
    's',
    '-3s',
    '3s ago',
    '1,5s',
    '.5s',
    '3.s',
    '3S',
    '1e3ms',
    '٣s',
    '3s3',
    'Infinitys',
  ]) {
    it(`${JSON.stringify(text)} is none`, () => expect(parseDuration(text)).to.equal(null));
  }

  it('adds up whatever units are written, in any order', () => {
    const parts = fc.array(
      fc.tuple(
        fc.nat({ max: 999 }),
        fc.constantFrom(['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000]),
      ),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(parts, (written) => {
        const text = written.map(([amount, [unit]]) => `${amount}${unit}`).join('');
        expect(parseDuration(text)).to.equal(
          written.reduce((sum, [amount, [, factor]]) => sum + amount * Number(factor), 0),
        );
      }),
    );
  });

  it('come back from how they are shown, as exactly as they are shown', () => {
    fc.assert(
      fc.property(fc.nat({ max: 48 * 3_600_000 }), (durationMs) => {
        const shown = formatDuration(durationMs);
        const back = parseDuration(shown.replaceAll(' ', ''));
        const exactly =
          durationMs < 1000 ? 0 : durationMs < 60_000 ? 50 : durationMs < 3_600_000 ? 500 : 30_500;
        expect(Math.abs((back as number) - durationMs), shown).to.be.at.most(exactly);
        // Shown once, it stays: 59.96 s is not first one thing and then another.
        expect(formatDuration(back as number), shown).to.equal(shown.replace(/^60s$/, '1m'));
      }),
    );
  });

  it('are shown for people', () => {
    expect(
      [0, 350, 999, 1000, 3210, 60_000, 125_000, 3_599_000, 3_600_000, 5_400_000].map(
        formatDuration,
      ),
    ).to.deep.equal([
      '0ms',
      '350ms',
      '999ms',
      '1s',
      '3.2s',
      '1m',
      '2m 5s',
      '59m 59s',
      '1h',
      '1h 30m',
    ]);
  });
});
