/** What stands behind and on every chart of a report: the axis of time, chapters, faults, notes, alerts; and the key to them. Pure. */
import type { Report } from '../../run/report/report.ts';
import { alertChanges } from '../say/judged.ts';
import { Plot } from './plot.ts';

/** What the colours of the charts mean, by their names. */
export const KEY = [
  ['rate', 'operations a second (band: lowest and highest)'],
  ['p50', 'p50'],
  ['p99', 'p99'],
  ['p999', 'p99.9'],
  ['error', 'errors'],
  ['fault', 'a fault is live (dashed: injected, undone)'],
] as const;
/** And what else stands in them. */
export const MARKS = 'numbers on top: chapters; ▲: notes; ◆: an alert fires; ◇: it has resolved';
const MARK = { frameAnchor: 'bottom', r: 4 } as const;

/** Time on the axis: elapsed since the run began, in a unit that gives short numbers. */
export interface Axis {
  of(atMs: number): number;
  label: string;
  domain: [number, number];
}

interface Band {
  from: number;
  to: number;
  name: string;
}

export function axisOf(startMs: number, fromMs: number, toMs: number): Axis {
  const lengthMs = Math.max(1, toMs - fromMs);
  const [unitMs, unit] =
    lengthMs <= 150_000
      ? [1000, 'seconds']
      : lengthMs <= 7_200_000
        ? [60_000, 'minutes']
        : [3_600_000, 'hours'];
  const of = (atMs: number) => (atMs - startMs) / unitMs;
  return {
    of,
    label: `${unit} since the run began`,
    domain: [of(fromMs), of(Math.max(toMs, fromMs + 1))],
  };
}

/** Chapters as bands with their numbers, faults as shaded windows with their ids; notes and alerts as marks. */
export function backdropOf(report: Report, axis: Axis): Plot.Markish[] {
  const [from, to] = axis.domain;
  const clip = (band: Band): Band[] =>
    band.to <= from || band.from >= to
      ? []
      : [{ ...band, from: Math.max(from, band.from), to: Math.min(to, band.to) }];
  const bands = report.chapters.flatMap(({ entering_at, until, number }) => {
    if (entering_at === null || until === null) return [];
    const band = { from: axis.of(Date.parse(entering_at)), to: axis.of(Date.parse(until)) };
    return clip({ ...band, name: String(number) });
  });
  const faults = faultBands(report, axis).flatMap(clip);
  const undos = report.faults
    .map(({ recovering_at }) => axis.of(Date.parse(recovering_at ?? '')))
    .filter((at) => at > from && at < to);
  const alerts = report.alerts.flatMap(({ alert, spans }) => alertChanges(alert, spans));
  const place = { x: (band: Band) => (band.from + band.to) / 2, frameAnchor: 'top' } as const;
  const span = { x1: 'from', x2: 'to' };
  return [
    Plot.rectX(
      bands.filter((_, index) => index % 2 === 1),
      { ...span, fill: 'currentColor', fillOpacity: 0.05 },
    ),
    Plot.rectX(faults, { ...span, fill: 'var(--fault)', fillOpacity: 0.16 }),
    Plot.ruleX([...faults.map(({ from: at }) => at), ...undos], {
      x: (at: number) => at,
      stroke: 'var(--fault)',
      strokeDasharray: '3,2',
    }),
    Plot.dotX(timesOf(report.notes, axis), { ...MARK, symbol: 'triangle', fill: 'currentColor' }),
    Plot.dotX(
      timesOf(
        alerts.filter(({ fires }) => fires),
        axis,
      ),
      {
        ...MARK,
        symbol: 'diamond',
        fill: 'var(--bad)',
      },
    ),
    Plot.dotX(
      timesOf(
        alerts.filter(({ fires }) => !fires),
        axis,
      ),
      {
        ...MARK,
        symbol: 'diamond',
        stroke: 'var(--bad)',
        fill: 'var(--paper)',
      },
    ),
    Plot.text(bands, { ...place, text: 'name', dy: -14, fill: 'currentColor', fillOpacity: 0.6 }),
    Plot.text(faults, { ...place, text: 'name', dy: 4, fill: 'var(--fault)', fontWeight: 'bold' }),
  ];
}

/** On the axis, of those that lie within it. */
function timesOf(marks: readonly { at: string }[], { of, domain: [from, to] }: Axis): number[] {
  return marks.map(({ at }) => of(Date.parse(at))).filter((at) => at > from && at < to);
}

function faultBands({ faults, run, made_at }: Report, axis: Axis): Band[] {
  return faults.flatMap(({ id, injected_at, recovered_at }) => {
    if (injected_at === null) return [];
    const end = recovered_at ?? (run.state === 'over' ? run.ended_at : made_at);
    return [{ from: axis.of(Date.parse(injected_at)), to: axis.of(Date.parse(end)), name: id }];
  });
}
