/**
 * Throughput as one line of blocks, with a line below that marks the fault. The baseline is a full block; a rate far above it
 * is cut and marked, so that a load that catches up does not make the dip small. Pure; no colour.
 */
import { endOf, type Window } from '../impact/windows.ts';

const BLOCKS = '▁▂▃▄▅▆▇█';
const NOT_MEASURED = ' ';
/** A rate above the baseline by more than this factor. */
const CUT_RATIO = 1.5;
export const CUT = '▲';

export interface SparklineOptions {
  injectedAtMs: number;
  /** When the undo began; null: not yet, and the mark goes on to the end. */
  recoveredAtMs: number | null;
  /** Operations a second of a full block; without one: the highest that is shown. */
  baseline?: number | null;
}

export interface Sparkline {
  bars: string;
  /** `×` where the fault was, `○` where its undo began, `─` between them. */
  marks: string;
}

/** At most `width` characters; fewer where there are fewer windows. Empty for no windows. What was not measured is blank. */
export function sparkline(
  windows: readonly Window[],
  width: number,
  { injectedAtMs, recoveredAtMs, baseline = null }: SparklineOptions,
): Sparkline {
  const first = windows[0];
  const last = windows.at(-1);
  if (!first || !last || width < 1) return { bars: '', marks: '' };
  const fromMs = first.at;
  const spanMs = Math.max(1, endOf(last) - fromMs);
  const shortestMs = Math.min(...windows.map((window) => window.dt_ms));
  const cells = Math.max(1, Math.min(Math.floor(width), Math.round(spanMs / shortestMs)));
  const rates = ratesByCell(windows, fromMs, spanMs / cells, cells);
  const full = baseline || Math.max(...rates.map((rate) => rate ?? 0));
  const cellOf = (atMs: number) => Math.floor(((atMs - fromMs) / spanMs) * cells);
  return {
    bars: rates.map((rate) => block(rate, full)).join(''),
    marks: marks(
      cells,
      cellOf(injectedAtMs),
      recoveredAtMs === null ? null : cellOf(recoveredAtMs),
    ),
  };
}

/** Operations a second in each cell; null where none of it was measured. A window counts in every cell that it touches, by its share. */
export function ratesByCell(
  windows: readonly Window[],
  fromMs: number,
  cellMs: number,
  cells: number,
): (number | null)[] {
  const done = new Float64Array(cells);
  const measuredMs = new Float64Array(cells);
  for (const window of windows) {
    const from = (window.at - fromMs) / cellMs;
    const to = (endOf(window) - fromMs) / cellMs;
    for (let cell = Math.max(0, Math.floor(from)); cell < Math.min(cells, to); cell++) {
      const share = (Math.min(to, cell + 1) - Math.max(from, cell)) / (to - from);
      (done[cell] as number) += window.ok * share;
      (measuredMs[cell] as number) += window.dt_ms * share;
    }
  }
  return Array.from(done, (ok, cell) =>
    (measuredMs[cell] as number) > cellMs / 4 ? (ok * 1000) / (measuredMs[cell] as number) : null,
  );
}

function block(rate: number | null, full: number): string {
  if (rate === null) return NOT_MEASURED;
  if (full > 0 && rate > CUT_RATIO * full) return CUT;
  const level = full > 0 ? Math.ceil((rate / full) * BLOCKS.length) : 0;
  return BLOCKS[Math.min(BLOCKS.length, Math.max(1, level)) - 1] as string;
}

function marks(cells: number, fault: number, undo: number | null): string {
  return Array.from({ length: cells }, (_, cell) => {
    if (cell === undo && undo >= fault) return '○';
    if (cell === fault) return '×';
    return cell > fault && (undo === null || cell < undo) ? '─' : ' ';
  })
    .join('')
    .trimEnd();
}
