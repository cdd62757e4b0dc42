/** Runs beside each other, for a person, a pull request and programs. Pure. */
import { grouped } from '../../impact/verified.ts';
import type { ComparedRow, Comparison } from '../../run/report/compare.ts';
import type { Result } from '../results.ts';
import { renderColumns } from '../tables.ts';
import { duration, percent } from './words.ts';

const HEADS = ['', 'before', 'after', 'change', ''];
const DIFFERENCES: Record<Comparison['differences'][number], string> = {
  story: 'The story was edited between them: not everything can be compared.',
  workload: 'Their workloads differ.',
  simulated: 'A workload of them was simulated: it has no figures.',
};

/** `r3, r4 against r5: 2 worse, 1 better, 8 the same; 1 is worse by more than 10 %.` */
export function comparisonSentence(comparison: Comparison, allowed: number | null): string {
  const { rows, before, after } = comparison;
  const of = (change: ComparedRow['change']) => rows.filter((row) => row.change === change).length;
  const failed = rows.filter((row) => row.failed).length;
  const unknown = of('unknown') > 0 ? `, ${of('unknown')} not known` : '';
  const fails =
    allowed === null
      ? ''
      : `; ${failed === 0 ? 'none is' : failed === 1 ? '1 is' : `${failed} are`} worse by more than ${percent(allowed)}`;
  return `${after} against ${before.join(', ')}: ${of('worse')} worse, ${of('better')} better, ${of('same')} the same${unknown}${fails}.`;
}

export function comparisonLines(comparison: Comparison, allowed: number | null): string[] {
  return [
    comparisonSentence(comparison, allowed),
    ...comparison.differences.map((each) => DIFFERENCES[each]),
    ...renderColumns([HEADS, ...comparison.rows.map(cellsOf)]),
  ];
}

export function comparisonMarkdown(comparison: Comparison, allowed: number | null): string {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[
    `**${comparisonSentence(comparison, allowed)}**`,
    ...comparison.differences.map((each) => `> ${DIFFERENCES[each]}`),
    [
      row(HEADS),
      row(['---', '---:', '---:', '---:', '---']),
      ...comparison.rows.map((each) => row(cellsOf(each))),
    ].join('\n'),
  ].join('\n\n')}\n`;
}

/** Ends with 8 where something is worse by more than what was allowed. `text`: null: it was not asked for, or stands in `path`. */
export function comparisonResult(made: {
  comparison: Comparison;
  allowed: number | null;
  path: string | null;
  text: string | null;
}): Result {
  const { comparison, allowed, path, text } = made;
  const failed = comparison.rows.some((row) => row.failed);
  const json = {
    ...comparison,
    allowed,
    failed,
    sentence: comparisonSentence(comparison, allowed),
    path,
    ...(text !== null && { text }),
  };
  const lines = comparisonLines(comparison, allowed);
  return {
    json,
    lines: path === null ? lines : [...lines, path],
    ...(text !== null && { raw: text }),
    ...(failed && { exit: 8 as const }),
  };
}

function cellsOf({ about, name, unit, before, after, change, failed }: ComparedRow): string[] {
  const words = { better: 'better', worse: 'worse', same: 'the same', unknown: 'not known' }[
    change
  ];
  return [
    about === 'the run' ? name : `${about}: ${name}`,
    figure(before, unit),
    figure(after, unit),
    before !== null && after !== null && change !== 'same' ? difference(before, after) : '',
    failed ? `${words} (!)` : words,
  ];
}

function difference(before: number, after: number): string {
  if (before === 0) return after === 0 ? '' : 'from 0';
  const share = (after - before) / Math.abs(before);
  return `${share > 0 ? '+' : '-'}${percent(Math.abs(share))}`;
}

function figure(value: number | null, unit: ComparedRow['unit']): string {
  if (value === null) return '-';
  if (unit === 'ms') return duration(value);
  if (unit === 'share') return percent(value);
  if (unit === 'ops/s') return `${Math.round(value)}/s`;
  return unit === 'operations' ? grouped(Math.round(value)) : String(Number(value.toFixed(1)));
}
