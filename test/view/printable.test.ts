import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { printable, printableLines } from '../../src/view/printable.ts';

/** Anything that a terminal acts on instead of showing it. */
const ACTED_ON = /[\p{Cc}\p{Bidi_Control}\u200b\u2028\u2029\u2060\ufeff\u{e0000}-\u{e007f}]/u;

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b[',
      '\u001b]0;',
      '\u001bP',
      '\u009b',
      '\u0007',
      '\u001b\\',
      '2J',
      '31m',
      '\r',
      '\n',
      '\u202e',
      '\u2066',
      '\u200b',
      '\u007f',
      '\u{e0041}',
      '\ud800',
      '\u0000',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe('view: printable', () => {
  const cases: [what: string, text: string, seen: string][] = [
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['cursor movement and a cleared screen', 'a\u001b[2J\u001b[1;1Hb\u001b[5A', 'ab'],
    ['the single-character introducer of eight bits', 'a\u009b31mb', 'ab'],
    ['a title for the window', '\u001b]0;owned\u0007redis', 'redis'],
    ['a link, keeping its text', '\u001b]8;;http://evil.example\u0007shop\u001b]8;;\u0007', 'shop'],
    ['a reset of the terminal', '\u001bcredis', 'redis'],
    ['a name that would overwrite the line', 'redis\rgone\b\b', 'redis gone'],
    ['line breaks of every kind', 'a\nb\r\nc\u2028d\u0085e', 'a b c d e'],
    ['tabs', 'a\tb', 'a b'],
    ['an override of the reading order', 'redis\u202egnp.exe\u202c', 'redisgnp.exe'],
    ['isolates and marks of the reading order', '\u2066a\u2069\u200f\u061cb', 'ab'],
    ['characters that are never seen', 're\u200bdi\ufeffs\u{e0041}\u00ad', 'redis'],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
  ];
  for (const [what, text, seen] of cases)
    it(`takes out ${what}`, () => expect(printable(text)).to.equal(seen));

  it('keeps what can be seen: letters of any script, emoji of several parts, accents', () => {
    for (const text of [
      'Überprüfung',
      'データベース',
      'قاعدة',
      '👩‍💻 ❤️ 🏴',
      'n\u0303',
      'نمی\u200cدانم',
      '  | indented',
    ])
      expect(printable(text)).to.equal(text);
  });

  it('leaves nothing that a terminal acts on, whatever comes in', () => {
    fc.assert(
      fc.property(
        hostile,
        (text) => !ACTED_ON.test(printable(text)) && !ACTED_ON.test(printableLines(text).join('')),
      ),
      { numRuns: 2000 },
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(hostile, (text) => printable(printable(text)) === printable(text)),
      { numRuns: 2000 },
    );
  });

  it('can be handed to map as it is', () =>
    expect(['a\n', 'b'].map(printable)).to.deep.equal(['a ', 'b']));

  it('clips lines of megabytes', () => {
    expect(printable('x'.repeat(1_000_000)))
      .to.have.length.below(3000)
      .and.match(/x…$/);
  });

  it('keeps line breaks where lines are asked for', () => {
    expect(printableLines('one \r\ntwo\n\n\u001b[31mthree\u001b[0m\n')).to.deep.equal([
      'one',
      'two',
      '',
      'three',
      '',
    ]);
    expect(printableLines('')).to.deep.equal([]);
  });
});
