import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import stringWidth from 'string-width';
import { displayWidth, loadWrap, padTo } from '../../src/view/wrap.ts';

const wrap = await loadWrap();

/** Narrow ones, wide ones and one of several code points; of others, terminals and libraries say different widths. */
const unit = fc.constantFrom(...'abcxyz019-_/.:', 'é', 'デ', '漢', '한', '👩\u200d💻');
const words = fc.array(fc.string({ unit, minLength: 1, maxLength: 30 }), { maxLength: 30 });

describe('view: wrap', () => {
  it('breaks a line at its spaces', () => {
    expect(wrap('Three nodes, one quorum. Watch the throughput.', 20)).to.deep.equal([
      'Three nodes, one',
      'quorum. Watch the',
      'throughput.',
    ]);
  });

  it('breaks a word that is longer than a line', () =>
    expect(wrap('a operator-tikv-tikv0-1 b', 10)).to.deep.equal([
      'a operator',
      '-tikv-tikv',
      '0-1 b',
    ]));

  it('keeps an indentation on every line', () =>
    expect(wrap('  one two three', 9)).to.deep.equal(['  one two', '  three']));

  it('keeps an empty line', () => expect(wrap('', 10)).to.deep.equal(['']));

  it('counts columns, not characters', () => {
    expect(displayWidth('データ')).to.equal(6);
    expect(displayWidth('e\u0301')).to.equal(1);
    expect(displayWidth('👩‍💻')).to.equal(2);
    expect(displayWidth('✔ ✖ ▶ …')).to.equal(7);
    expect(padTo('デ', 4)).to.equal('デ  ');
    expect(wrap('データベース', 4)).to.deep.equal(['デー', 'タベ', 'ース']);
  });

  it('measures as the library does, also what it needs no library for', () => {
    for (let code = 0x20; code < 0xffff; code++) {
      const text = `a${String.fromCharCode(code)}b`;
      if (displayWidth(text) !== stringWidth(text))
        expect.fail(`U+${code.toString(16)}: ${displayWidth(text)}, not ${stringWidth(text)}`);
    }
    const any = fc.integer({ min: 0x20, max: 0x2fff }).map((code) => String.fromCharCode(code));
    const mixed = fc.string({
      unit: fc.oneof(any, fc.constantFrom(...'a1 …✔✖▶•─█©\ufe0f\u200d\u20e3')),
    });
    fc.assert(fc.property(mixed, (text) => displayWidth(text) === stringWidth(text)));
  });

  it('never makes a line wider than asked for, and loses and reorders nothing', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 120 }), (list, width) => {
        const broken = wrap(list.join(' '), width);
        expect(broken.every((line) => displayWidth(line) <= width)).to.equal(true);
        // The library composes characters (NFC), which look the same.
        expect(broken.join('').replaceAll(' ', '')).to.equal(list.join('').normalize());
      }),
    );
  });
});
