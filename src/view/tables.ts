/** Tables of what stands in a story, as lines without colour: they go to stdout and through `grep`. Pure. */
import type { Chapter } from '../story/story.ts';
import { printable } from './printable.ts';
import { displayWidth, padTo } from './wrap.ts';

type Row = Pick<Chapter, 'id' | 'title' | 'auto_advance' | 'blocks_advance'>;

export interface Standing {
  /** From 0; -1 before the first chapter. */
  index: number;
  phase: 'entered' | 'entering' | 'failed';
  /** A condition of the story ended what was broken in it. */
  aborted?: boolean;
}

/** One line a chapter: `▶ [4/8] Fault Injection  fault-injection  blocks`. */
export function renderChapters(chapters: readonly Row[], at: Standing): string[] {
  const digits = String(chapters.length).length;
  const rows = chapters.map((chapter, index) => [
    `${markOf(index, at)} [${String(index + 1).padStart(digits)}/${chapters.length}] ${printable(chapter.title)}`,
    printable(chapter.id),
    traitsOf(chapter, index === at.index ? at : { phase: 'entered' }).join(', '),
  ]);
  return renderColumns(rows);
}

/** Columns two spaces apart, each as wide as its widest cell; no blanks at the ends of lines. */
export function renderColumns(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => displayWidth(row[column] ?? ''))),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => padTo(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function markOf(index: number, at: Standing): string {
  if (index < at.index) return '✔';
  return index === at.index ? '▶' : ' ';
}

function traitsOf(chapter: Row, { phase, aborted }: Pick<Standing, 'phase' | 'aborted'>): string[] {
  const words = { entered: null, entering: 'not ended yet', failed: 'failed' } as const;
  return [
    words[phase],
    aborted ? 'aborted' : null,
    chapter.auto_advance ? 'advances by itself' : null,
    chapter.blocks_advance ? 'blocks until it has ended' : null,
  ].filter((each) => each !== null);
}
