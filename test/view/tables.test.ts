import { expect } from 'chai';
import { describe, it } from 'mocha';
import { renderChapters, renderColumns } from '../../src/view/tables.ts';

const chapter = (
  title: string,
  traits: { auto_advance?: boolean; blocks_advance?: boolean } = {},
) => ({
  id: title.toLowerCase().replaceAll(' ', '-'),
  title,
  auto_advance: false,
  blocks_advance: false,
  ...traits,
});

const CHAPTERS = [
  chapter('Welcome'),
  chapter('Fault Injection', { blocks_advance: true }),
  chapter('Recovery', { auto_advance: true }),
  chapter('Demo Complete'),
];

describe('view: tables', () => {
  it('lists the chapters, where the run stands, and what they do by themselves', () => {
    expect(renderChapters(CHAPTERS, { index: 1, phase: 'entered' })).to.deep.equal([
      '✔ [1/4] Welcome          welcome',
      '▶ [2/4] Fault Injection  fault-injection  blocks until it has ended',
      '  [3/4] Recovery         recovery         advances by itself',
      '  [4/4] Demo Complete    demo-complete',
    ]);
  });

  it('marks nothing before the first chapter', () => {
    expect(
      renderChapters(CHAPTERS, { index: -1, phase: 'entered' }).map((line) => line[0]),
    ).to.deep.equal([' ', ' ', ' ', ' ']);
  });

  it('says that the current chapter failed, or has not ended', () => {
    expect(renderChapters(CHAPTERS, { index: 1, phase: 'failed' })[1]).to.equal(
      '▶ [2/4] Fault Injection  fault-injection  failed, blocks until it has ended',
    );
    expect(renderChapters(CHAPTERS, { index: 2, phase: 'entering' })[2]).to.equal(
      '▶ [3/4] Recovery         recovery         not ended yet, advances by itself',
    );
  });

  it('aligns numbers of several digits and titles of any script', () => {
    const many = Array.from({ length: 10 }, (_, index) =>
      chapter(index === 0 ? '障害' : `C${index + 1}`),
    );
    const lines = renderChapters(many, { index: 0, phase: 'entered' });
    expect(lines[0]).to.equal('▶ [ 1/10] 障害  障害');
    expect(lines[9]).to.equal('  [10/10] C10   c10');
  });

  it('shows hostile titles on one line', () => {
    expect(
      renderChapters([{ ...chapter('x'), title: 'a\u001b[2J\nb\u202e' }], {
        index: -1,
        phase: 'entered',
      }),
    ).to.deep.equal(['  [1/1] a b  x']);
  });

  it('has a table without rows', () => {
    expect(renderColumns([])).to.deep.equal([]);
    expect(renderChapters([], { index: -1, phase: 'entered' })).to.deep.equal([]);
  });
});
