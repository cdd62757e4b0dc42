import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parsePlaceholders } from '../../src/terms/placeholders.ts';
import {
  KeySequence,
  NO_KEY,
  NO_WRITE,
  type Selection,
  type SequenceOptions,
} from '../../src/workload/pace/key-sequence.ts';
import { keyedText } from '../../src/workload/pace/keyed-text.ts';

const READ = { weight: 9, usesKey: true, isWrite: false };
const WRITE = { weight: 1, usesKey: true, isWrite: true };

function firstOf(
  count: number,
  options: Partial<SequenceOptions> = {},
  choices = [READ, WRITE],
): Selection[] {
  const sequence = new KeySequence(choices, {
    keys: 100,
    seed: 7,
    inTurn: false,
    firstValue: 1000,
    ...options,
  });
  return Array.from({ length: count }, () => {
    const selection = { choice: 0, key: 0, write: NO_WRITE };
    sequence.next(selection);
    return selection;
  });
}

describe('what is drawn for each operation', () => {
  it('is the same for the same seed, and another for another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
        expect(firstOf(200, { seed })).to.deep.equal(firstOf(200, { seed }));
        expect(firstOf(200, { seed })).not.to.deep.equal(
          firstOf(200, { seed: (seed + 1) % 2 ** 32 }),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('comes as often as its weight says', () => {
    const selection = firstOf(20_000, {}, [
      { ...READ, weight: 6 },
      { ...WRITE, weight: 3 },
      { ...READ, weight: 1 },
    ]);
    const shares = [0, 1, 2].map(
      (choice) => selection.filter((each) => each.choice === choice).length / selection.length,
    );
    expect(shares[0]).to.be.closeTo(0.6, 0.02);
    expect(shares[1]).to.be.closeTo(0.3, 0.02);
    expect(shares[2]).to.be.closeTo(0.1, 0.02);
  });

  it('spreads over the whole key space, and never leaves it', () => {
    const keys = firstOf(5000, { keys: 50 }).map(({ key }) => key);
    expect(new Set(keys).size).to.equal(50);
    expect(Math.min(...keys)).to.equal(0);
    expect(Math.max(...keys)).to.equal(49);
    expect(
      firstOf(100, {}, [{ ...READ, usesKey: false }]).every(({ key }) => key === NO_KEY),
    ).to.equal(true);
  });

  it('numbers the writes, and nothing else', () => {
    const selection = firstOf(1000);
    const writes = selection.filter(({ choice }) => choice === 1).map(({ write }) => write);
    expect(writes).to.deep.equal(writes.map((_, index) => index));
    expect(
      selection.filter(({ choice }) => choice === 0).every(({ write }) => write === NO_WRITE),
    ).to.equal(true);
    const sequence = new KeySequence([WRITE], {
      keys: 1,
      seed: 1,
      inTurn: false,
      firstValue: 1_764_000_000_000_000,
    });
    expect(sequence.valueOf(12)).to.equal('1764000000000012');
    expect(sequence.valueOf(NO_WRITE)).to.equal('');
  });

  it('gives writes a key each when they are to be read back, and reads one that was written', () => {
    const selection = firstOf(2000, { keys: 80, inTurn: true });
    const writes = selection.filter(({ write }) => write !== NO_WRITE);
    expect(writes.length).to.be.greaterThan(160);
    expect(writes.map(({ key }) => key)).to.deep.equal(writes.map((_, index) => index % 80));
    let written = 0;
    for (const { key, write } of selection) {
      if (write === NO_WRITE) expect(key).to.be.below(Math.max(1, written));
      else written++;
    }
  });
});

describe('texts with placeholders', () => {
  it('are filled in, each endpoint of one text with the same key and value', () => {
    expect(keyedText('GET /{{key}}/x?{{ key }}={{value}}')(7, '99')).to.equal('GET /7/x?7=99');
    expect(keyedText('{{key|base64}} {{ value | base64 }}')(7, '99')).to.equal('Nw== OTk=');
    expect(keyedText('{"a":{"b":{{}}}}')(7, '99')).to.equal('{"a":{"b":{{}}}}');
  });

  it('stay as they are where nothing is left open', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('{{'));
        expect(keyedText(text)(1, '2')).to.equal(text);
      }),
    );
  });

  it('lose nothing of what stands around', () => {
    const piece = fc.oneof(
      fc.constantFrom('{{key}}', '{{value}}', '{{key|base64}}', '{', '}', '{{', '}}', '{{x}}', 'a'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const { parts } = parsePlaceholders(text);
        const again = parts
          .map((part) =>
            typeof part === 'string' ? part : `{{${part.of}${part.base64 ? '|base64' : ''}}}`,
          )
          .join('');
        expect(again.replaceAll(/\s/g, '')).to.equal(text.replaceAll(/\s/g, ''));
      }),
    );
  });
});
