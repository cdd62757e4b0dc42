/** What a number of a probe must be, and which number of a text is meant. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  asNumber,
  EXPECTED_EXAMPLES,
  EXPECTED_VALUE,
  type ExpectedValue,
  isExpected,
  numberIn,
  parseExpectedValue,
} from '../../src/terms/expected-value.ts';

const parsed = (text: string): ExpectedValue => {
  const value = parseExpectedValue(text);
  if (value === null) throw new Error(`${text} is not understood`);
  return value;
};
const meets = (value: number, text: string) => isExpected(value, parsed(text));
/** As somebody would write one. */
const decimals = fc
  .integer({ min: -1_000_000, max: 1_000_000 })
  .map((thousandths) => thousandths / 1000);
const numbers = fc.oneof(
  decimals,
  fc.double({ noNaN: true }),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

describe('an expected value', () => {
  it('is understood as the examples say', () => {
    for (const example of EXPECTED_EXAMPLES)
      expect(parseExpectedValue(example), example).not.to.equal(null);
    expect(meets(0.99, '>= 0.99')).to.equal(true);
    expect(meets(0.98, '>= 0.99')).to.equal(false);
    expect(meets(5, '< 5')).to.equal(false);
    expect([94, 95, 105, 106].map((value) => meets(value, '100 ± 5'))).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
    expect([189, 190, 210, 211].map((value) => meets(value, '200 ± 5%'))).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
    expect([94, 95, 105, 106].map((value) => meets(value, 'between 95 and 105'))).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
    expect([0, 1, 2].map((value) => meets(value, '1'))).to.deep.equal([false, true, false]);
    expect(meets(-3, '= -3')).to.equal(true);
    expect(meets(97, '100 +- 5')).to.equal(true);
    expect(meets(0.7, '0.8 ± 0.1'), 'as it is written, not as the machine subtracts').to.equal(
      true,
    );
    expect(meets(0.9, '0.8 ± 0.1')).to.equal(true);
  });

  it('compares as its operator says, whatever the numbers', () => {
    fc.assert(
      fc.property(numbers, decimals, (value, limit) => {
        expect(meets(value, `>= ${limit}`)).to.equal(value >= limit);
        expect(meets(value, `<=${limit}`)).to.equal(value <= limit);
        expect(meets(value, `> ${limit}`)).to.equal(value > limit);
        expect(meets(value, ` < ${limit} `)).to.equal(value < limit);
        expect(meets(value, `${limit}`)).to.equal(value === limit);
      }),
    );
  });

  it('takes both ends of a range for a part of it, and nothing outside', () => {
    fc.assert(
      fc.property(numbers, decimals, decimals, (value, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        expect(meets(value, `between ${from} and ${to}`)).to.equal(value >= from && value <= to);
        if (from < to) expect(parseExpectedValue(`between ${to} and ${from}`)).to.equal(null);
      }),
    );
  });

  it('is the same around a centre as between its ends, to the last decimal that is written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.nat(100_000),
        fc.integer({ min: -300_000, max: 300_000 }),
        (centre, width, value) => {
          const text = `${centre / 1000} ± ${width / 1000}`;
          expect(meets(value / 1000, text), `${value / 1000} in ${text}`).to.equal(
            Math.abs(value - centre) <= width,
          );
        },
      ),
    );
  });

  it('is never met by what is no number', () => {
    fc.assert(
      fc.property(decimals, (limit) =>
        ['>=', '<=', '>', '<', '='].every((operator) => !meets(Number.NaN, `${operator} ${limit}`)),
      ),
    );
  });

  it('keeps the words of whoever wrote it, and takes no others', () => {
    expect(parsed('  100 ± 5 ').text).to.equal('100 ± 5');
    for (const wrong of [
      '',
      '>=',
      'many',
      '=> 3',
      '5 ± -1',
      '5 ±',
      'between 1',
      '>= 1 and <= 2',
      '1,5',
      '>= 1e999',
      '5 ± 5 %%',
    ])
      expect(parseExpectedValue(wrong), wrong).to.equal(null);
  });

  it('is for editors what it is for the parser, except for empty ranges', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[<>=]{0,2} ?-?\d{0,3}(\.\d?)? ?[±%]? ?\d?$/)),
        (text) => {
          if (parseExpectedValue(text) !== null) expect(EXPECTED_VALUE.test(text)).to.equal(true);
        },
      ),
    );
  });
});

describe('the number in a text', () => {
  const value = (text: string, pattern: string | null = null) => {
    const found = numberIn(text, pattern);
    return 'value' in found ? found.value : found.problem;
  };

  it('is the whole text, or the only one in it', () => {
    expect(value(' 0.987\n')).to.equal(0.987);
    expect(value('ratio: -1.5e3 of all')).to.equal(-1500);
    expect(value('+Inf')).to.equal(Number.POSITIVE_INFINITY);
    expect(value('nobody')).to.equal('it holds no number');
    expect(value('3 of 5')).to.equal('it holds 2 numbers, and no pattern says which one');
    expect(value('version v1.2.3 of web-1a')).to.equal('it holds no number');
  });

  it('is the first group of the pattern, where there is one', () => {
    expect(value('hits 3\nratio 0.5\n', '^ratio ([0-9.]+)$')).to.equal(0.5);
    expect(value('hits 3', 'ratio ([0-9.]+)')).to.equal('nothing in it fits the pattern');
    expect(value('ratio x', 'ratio (.+)')).to.equal('what the pattern finds is no number');
  });

  it('is any number that somebody prints alone or into words', () => {
    fc.assert(
      fc.property(
        fc.oneof(decimals, fc.double({ noNaN: true, noDefaultInfinity: true })),
        (number) => {
          expect(asNumber(String(number))).to.equal(number === 0 ? Number(String(number)) : number);
          expect(value(`it is ${number} now`)).to.equal(Number(String(number)));
        },
      ),
    );
  });
});
