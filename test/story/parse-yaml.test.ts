import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { OWN_CATALOGUE } from '../../src/app/catalogue.ts';
import { parseStory } from '../../src/story/file/parse.ts';
import { expectProblems, problemsOf, storyOf } from './parsing.ts';

describe('parsing YAML', function () {
  this.timeout(60_000);

  for (const [what, text, ...expected] of [
    ['an empty file', '', ['1:1', '', 'the file is empty', 'story init']],
    ['a file of comments', '# soon\n', ['1:1', '', 'the file is empty']],
    ['a text at the top', 'hello\n', ['1:1', '', 'expected a mapping (name, engine']],
    ['a list at the top', '- title: A\n', ['1:1', '', 'expected a mapping (name, engine']],
    [
      'a tab as indentation',
      'name: x\nchapters:\n\t- title: A\n',
      ['3:1', '', 'a tab is used as indentation', 'Use spaces.'],
    ],
    [
      'a tab after spaces',
      'chapters:\n  - title: A\n  \tnarration: b\n',
      ['3:3', '', 'a tab is used as indentation'],
    ],
    [
      'keys that stand twice',
      'name: a\nchapters:\n  - title: x\n    title: y\nname: b\n',
      ['4:5', '', 'the key "title" stands here twice, first on line 3'],
      ['5:1', '', 'the key "name" stands here twice, first on line 1', 'Take one'],
    ],
    [
      'a second document',
      'name: a\nchapters: [{ title: A }]\n---\nname: b\n',
      ['3:1', '', 'more than one document', '--story'],
    ],
    [
      'a threshold without quotes',
      'steady_state:\n  - throughput: >= 50% of baseline\n',
      ['2:18', '', '> at the beginning of a value', '">= ..."'],
    ],
    [
      'a colon within a text',
      'chapters:\n  - title: Three: one\n',
      ['2:12', '', 'a mapping or list cannot begin here', 'quotes'],
    ],
    [
      'a text that begins with @',
      'chapters:\n  - title: @home\n',
      ['2:12', '', 'cannot start with reserved character @', 'quotes'],
    ],
    [
      'a quote without an end',
      'name: "abc\nchapters:\n  - title: A\n',
      ['1:7', '', 'a quote is not closed'],
    ],
    [
      'a bracket without an end',
      'chapters: [{ title: A }\nname: x\n',
      ['2:1', '', 'must be sufficiently indented'],
    ],
    [
      'an escape that is none',
      'name: "\\q"\nchapters: []\n',
      ['1:8', '', 'invalid escape sequence \\q', 'single quotes'],
    ],
    ['a tag', 'name: !secret x\n', ['1:7', '', 'unresolved tag: !secret', 'quotes']],
    ['an alias of nothing', 'chapters: *them\n', ['1:11', '', 'no anchor &them above', '"*them"']],
    ['an alias of what it stands in', 'chapters: &all [*all]\n', ['1:17', '', 'would never end']],
    [
      'a merge of what is no mapping',
      'chapters:\n  - { <<: 3, title: A }\n',
      ['2:11', '', '<< takes the alias of a mapping'],
    ],
    [
      'a mapping as a key',
      '{ a: b }: c\nchapters: []\n',
      ['1:1', '', 'a key must be a plain text'],
    ],
    [
      'keys that objects bear',
      'prototype: 1\nchapters: [{ title: A }]\n',
      ['1:1', '', '"prototype" cannot be a key'],
    ],
    ['a number as a key', '1: x\nchapters: [{ title: A }]\n', ['1:1', '["1"]', 'unknown key "1"']],
    [
      'a quoted merge key',
      '"<<": { name: x }\nchapters: [{ title: A }]\n',
      ['1:1', '["<<"]', 'unknown key "<<"'],
    ],
    // Kind: what is not looked at in one place gets through there.
    ...['.inf', '-.inf', '.nan', '1e999', '-1E+999'].map((number) => [
      `${number} in what a plugin is told`,
      `workload: { kind: plugin, use: x, rate: 1/s, with: { port: ${number} } }\nchapters: [{ title: A }]\n`,
      ['1:60', '', `${number} is no number`, 'quotes'],
    ]),
    ['a binary file', 'name: x\n\u0000\u0001\u0002', ['2:1', '', 'this is a binary file', 'UTF-8']],
    [
      'bytes that are not UTF-8',
      Buffer.from('name: caf\xe9\n', 'latin1').toString('utf8'),
      ['1:10', '', 'not UTF-8'],
    ],
    [
      'a control character',
      'name: x\nchapters: [{ title: "\u001b[31mred" }]\n',
      ['2:22', '', 'a control character (U+001B)'],
    ],
  ] as [string, string, ...Parameters<typeof expectProblems>[1]][]) {
    it(`refuses ${what}`, () => expectProblems(text, expected));
  }

  it('takes a BOM, and counts columns without it', () => {
    expect(storyOf('\uFEFFname: x\nchapters: [{ title: A }]').name).to.equal('x');
    expectProblems('\uFEFFnam: x\nchapters: [{ title: A }]', [['1:1', 'nam', 'unknown key']]);
  });

  it('takes line ends of Windows, and counts lines by them', () => {
    const text =
      'name: x\r\nchapters:\r\n  - title: A\r\n    narration: |\r\n      One\r\n      two\r\n';
    expect(storyOf(text).chapters[0]?.narration).to.equal('One\ntwo\n');
    expectProblems(`${text}    wrong: 1\r\n`, [['7:5', 'chapters[0].wrong', 'unknown key']]);
  });

  it('counts the columns of what stands behind other scripts', () => {
    expectProblems('chapters: [{ title: 第一章, nope: 1 }]', [
      ['1:26', 'chapters[0].nope', 'unknown key'],
    ]);
  });

  describe('anchors, aliases and merge keys', () => {
    it('work, and own keys win', () => {
      const { chapters } = storyOf(
        'x-quiet: &quiet { auto_advance: true, narration: shared }\nchapters:\n  - { <<: *quiet, title: A }\n  - { title: B, narration: own, <<: [*quiet] }\n  - title: C\n    on_enter: &mend [recover: all]\n  - { title: D, on_enter: *mend }\n',
      );
      expect(
        chapters.map(({ title, narration, auto_advance }) => [title, narration, auto_advance]),
      ).to.deep.equal([
        ['A', 'shared', true],
        ['B', 'own', true],
        ['C', '', false],
        ['D', '', false],
      ]);
      expect(chapters[3]?.on_enter).to.deep.equal([{ do: 'recover', fault: 'all' }]);
    });

    it('say a problem once, where it stands', () => {
      expectProblems(
        'x-a: &a { auto_advance: 3 }\nchapters:\n  - { <<: *a, title: A }\n  - { <<: *a, title: B }\n',
        [['1:25', 'chapters[0].auto_advance', 'expected true or false']],
      );
      expectProblems('x-a: &a\n  - wait: 3\nchapters:\n  - { title: A, on_enter: *a }\n', [
        ['2:11', 'chapters[0].on_enter[0].wait', 'the number 3'],
      ]);
    });

    it('do not turn an anchored number into a text elsewhere', () => {
      const { services } = storyOf(
        'engine: process\nservices: { a: { command: [a], env: { P: &port 8081 }, port: *port } }\nchapters: [{ title: A }]',
      );
      expect(services.a).to.deep.include({ port: 8081, env: { P: '8081' } });
    });
  });

  describe('keeps its bounds', () => {
    const lines = (count: number, line: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => line(index)).join('\n');

    it('with a file of 10 MB', () =>
      expectProblems('#'.repeat(10_000_000), [['1:1', '', 'too large for a story: 9.5 MB', '']]));

    it('with aliases within aliases', () => {
      const bomb = `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${lines(9, (i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`)}\nchapters: []`;
      expectProblems(bomb, [
        [
          '1:1',
          '',
          'more than 50000 values, with its aliases written out',
          'aliases within aliases',
        ],
      ]);
    });

    it('with merges within merges', () => {
      const merges = `x-a0: &a0 { k0: 1 }\n${lines(25, (i) => `x-a${i + 1}: &a${i + 1} { <<: [*a${i}, *a${i}], k${i + 1}: 1 }`)}\nchapters: [{ title: A }]`;
      expect(problemsOf(merges)[0]?.message).to.include('with its aliases written out');
    });

    it('with more aliases than anybody writes', () => {
      expectProblems(`x-a: &a { title: A }\nchapters:\n${lines(1001, () => '- *a')}`, [
        ['1:1', '', 'more than 1000 aliases'],
      ]);
    });

    // Kind: what is wrong costs a time that grows with its square, before it is refused.
    for (const sign of [
      ']',
      '}',
      '[',
      '{',
      '[]',
      '- ',
      '&a ',
      '!a ',
      '"',
      '%a\n',
      ']\n',
      'b: ]\n',
      '? ',
    ])
      it(`with nothing but ${JSON.stringify(sign)}`, () => {
        const [first] = problemsOf(sign.repeat(Math.floor(255_000 / sign.length)));
        expect(first?.message).to.match(
          /more than 60000 words and signs|nested too deeply|not closed/,
        );
      });

    it('with brackets without an end', () => {
      for (const text of [
        `chapters: ${'['.repeat(5000)}`,
        `chapters: ${'['.repeat(5000)}${']'.repeat(5000)}`,
      ]) {
        const problems = problemsOf(text);
        expect(problems).to.have.lengthOf(1);
        expect(problems[0]?.message).to.include('nested too deeply');
      }
    });

    it('with a key of any length', () => {
      const [problem] = problemsOf(`? ${'k'.repeat(100_000)}\n: 1\nchapters: [{ title: A }]`);
      expect(problem?.message).to.have.length.below(100);
      expect(problem?.path).to.have.length.below(100);
    });
  });

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom(
      'chapters:',
      'title',
      ': ',
      '- ',
      '\n',
      '  ',
      '\t',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '|',
      '>',
      '&a ',
      '*a',
      '<<: ',
      '#',
      '!x ',
      '---\n',
      '3s',
      '3',
      ', ',
      'x',
      '?',
      '%',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
          fc.string({ unit: 'binary', maxLength: 60 }),
        ),
        (text) => {
          const result = parseStory(text, {
            path: '/x/gameday.yaml',
            folder: '/x',
            catalogue: OWN_CATALOGUE,
          });
          if ('story' in result) return;
          expect(result.problems).to.not.be.empty;
          for (const { line, column, message, hint } of result.problems) {
            expect(line).to.be.within(1, text.split('\n').length);
            expect(column).to.be.at.least(1);
            expect(message).to.match(/\S/).and.not.include('\n');
            if (hint !== null) expect(hint).to.match(/\S/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
