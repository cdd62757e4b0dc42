/** Throughput of the last minute as columns of blocks, with the time of faults shaded. Pure. */
import type { Line, Span } from './line.ts';

const BLOCKS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const SHADE = '░';

export interface ChartCell {
  /** Operations a second; null: not measured. */
  rate: number | null;
  /** A fault was live. */
  isFaulty: boolean;
}

/** `full`: operations a second of a column that reaches the top. */
export function chart(cells: readonly ChartCell[], full: number, rows: number): Line[] {
  return Array.from({ length: rows }, (_, row) => {
    const spans: { text: string; style: Span['style'] }[] = [];
    for (const cell of cells) {
      const text = blockAt(cell, full, rows, rows - 1 - row);
      const style = cell.isFaulty ? 'bad' : text === ' ' ? 'plain' : 'good';
      const last = spans.at(-1);
      if (last?.style === style) last.text += text;
      else spans.push({ text, style });
    }
    return spans;
  });
}

/** `row` from the bottom. What was measured shows at least the lowest block, and what was not shows none. */
function blockAt({ rate, isFaulty }: ChartCell, full: number, rows: number, row: number): string {
  const empty = isFaulty ? SHADE : ' ';
  if (rate === null) return empty;
  const eighths = full > 0 ? Math.round((Math.min(rate, full) / full) * rows * 8) : 0;
  const here = Math.max(row === 0 ? 1 : 0, Math.min(8, eighths - row * 8));
  return here <= 0 ? empty : (BLOCKS[here] as string);
}
