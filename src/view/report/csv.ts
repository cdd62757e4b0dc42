/** The samples of a run as a table for a spreadsheet: a row a window, as it was measured. Pure. */
import { badOf, rateOf, type Window } from '../../impact/windows.ts';

const COLUMNS = [
  'time',
  'elapsed_s',
  'length_ms',
  'ok',
  'ops_per_s',
  'failed',
  'timeouts',
  'dropped',
  'in_flight',
  'p50_ms',
  'p99_ms',
  'p999_ms',
];

/** `startMs`: when the run began. Numbers and times alone, so that no cell is a formula. */
export function samplesCsv(windows: Iterable<Window>, startMs: number): string {
  const rows = Array.from(windows, (window) => {
    const { at, dt_ms, ok, timeouts, dropped, in_flight, p50_ms, p99_ms, p999_ms } = window;
    return [
      new Date(at).toISOString(),
      ((at - startMs) / 1000).toFixed(3),
      dt_ms,
      ok,
      rateOf(window).toFixed(1),
      badOf(window),
      timeouts,
      dropped,
      in_flight,
      ...[p50_ms, p99_ms, p999_ms].map((each) => (each === null ? '' : each.toPrecision(3))),
    ].join(',');
  });
  return `${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`;
}
