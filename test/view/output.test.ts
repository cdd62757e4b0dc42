import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Output } from '../../src/view/output.ts';
import { displayWidth } from '../../src/view/wrap.ts';

/** What a stream gets: a terminal of so many columns, or a pipe. */
function written(columns: number | null) {
  let text = '';
  const stream = {
    isTTY: columns !== null,
    columns,
    write: (more: string) => {
      text += more;
      return true;
    },
  } as unknown as NodeJS.WriteStream;
  return { output: new Output(stream, { bin: 'sf', separator: ':' }), text: () => text };
}

describe('view: where text goes out', () => {
  it('makes every line safe for a terminal, and keeps it one line', () => {
    const { output, text } = written(null);
    output.lines(['f1: killed re\u001b]0;owned\u0007dis\n-1 (\u200fshop)', 'second']);
    expect(text()).to.equal('f1: killed redis -1 (shop)\nsecond\n');
  });

  it('writes JSON of the same value, in which nothing is left that a terminal acts on', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const { output, text } = written(null);
        output.json(value);
        expect(JSON.parse(text())).to.deep.equal(JSON.parse(JSON.stringify(value)));
        expect(text().replaceAll('\n', '')).not.to.match(/\p{Cc}|\p{Bidi_Control}/u);
      }),
    );
  });

  it('spells commands of ours as the host has them typed', () => {
    const { output, text } = written(null);
    output.lines(['Recover with `fault recover`, not with `docker start`.']);
    expect(text()).to.equal('Recover with `sf fault:recover`, not with `docker start`.\n');
  });

  it('breaks lines at words on a terminal, in their order, and never off one', async () => {
    const long = 'one two three four five six seven eight nine ten';
    const terminal = written(20);
    terminal.output.lines([long]);
    terminal.output.lines(['after it']);
    await terminal.output.flush();
    const lines = terminal.text().trimEnd().split('\n');
    expect(lines.every((line) => displayWidth(line) <= 20)).to.equal(true);
    expect(lines.join(' ')).to.equal(`${long} after it`);
    const pipe = written(null);
    pipe.output.lines([long]);
    expect(pipe.text()).to.equal(`${long}\n`);
  });
});
