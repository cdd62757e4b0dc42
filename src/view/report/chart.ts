/**
 * The pictures of a report: throughput, latency and errors over time with the chapters as bands and the faults as shaded windows, the
 * instances and probes as lanes. Colours are variables of the page, so that one picture is good in light and dark. Pure.
 */
import type { Point, Series } from '../../impact/series.ts';
import type { Report } from '../../run/report/report.ts';
import { printable } from '../printable.ts';
import { type Axis, axisOf, backdropOf } from './backdrop.ts';
import { draw, Plot } from './plot.ts';

export const WIDTH = 960;

const MARGINS = { marginLeft: 64, marginRight: 16 };

export interface Figure {
  caption: string;
  svg: string;
  height: number;
}

/** Of the whole run. Empty where nothing was measured. */
export function measuredFigures(report: Report): Figure[] {
  const { series, run } = report;
  const first = series?.points[0];
  if (!series || !first) return [];
  const toMs = (series.points.at(-1) as Point).at + series.step_ms;
  const axis = axisOf(Date.parse(run.started_at), first.at, toMs);
  const simulated = report.workloads.every(({ simulated }) => simulated);
  return figuresOf(report, series, axis, simulated);
}

/** Around one fault. */
export function faultFigures(report: Report, id: string): Figure[] {
  const fault = report.faults.find((each) => each.id === id);
  const series = fault?.series;
  const first = series?.points[0];
  if (!fault || !series || !first) return [];
  const toMs = (series.points.at(-1) as Point).at + series.step_ms;
  const axis = axisOf(Date.parse(report.run.started_at), first.at, toMs);
  return figuresOf(report, series, axis, fault.impact?.simulated === true).slice(0, 1);
}

function figuresOf(report: Report, series: Series, axis: Axis, simulated: boolean): Figure[] {
  const what = simulated ? ' (simulated, not measured)' : '';
  const points = series.points;
  const x = (point: Point) => axis.of(point.at + series.step_ms / 2);
  const backdrop = backdropOf(report, axis);
  const figure = (caption: string, height: number, label: string, marks: Plot.Markish[]) => ({
    caption,
    height,
    svg: draw(`${caption} over time`, {
      ...MARGINS,
      width: WIDTH,
      height,
      marginTop: 24,
      x: { domain: axis.domain, label: axis.label },
      y: { label, grid: true, zero: true, nice: true },
      marks: [...backdrop, ...marks],
    }),
  });
  const line = (key: keyof Point, stroke: string, width = 1.5) =>
    Plot.lineY(points, { x, y: key as string, stroke, strokeWidth: width });
  const figures = [
    figure(`Throughput${what}`, 220, 'operations a second', [
      Plot.areaY(points, { x, y1: 'lowest', y2: 'highest', fill: 'var(--rate)', fillOpacity: 0.2 }),
      line('ops_per_s', 'var(--rate)'),
    ]),
  ];
  if (points.some(({ p99_ms }) => p99_ms !== null))
    figures.push(
      figure('Latency: p50, p99, p99.9', 200, 'milliseconds', [
        line('p999_ms', 'var(--p999)', 1),
        line('p99_ms', 'var(--p99)'),
        line('p50_ms', 'var(--p50)'),
      ]),
    );
  if (!simulated)
    figures.push(
      figure('Errors, time-outs and dropped', 140, 'a second', [
        Plot.areaY(points, {
          x,
          y1: 0,
          y2: 'errors_per_s',
          fill: 'var(--error)',
          fillOpacity: 0.5,
        }),
        line('errors_per_s', 'var(--error)'),
      ]),
    );
  return figures;
}

/** Instances and probes, a lane each; null where nobody has looked at any. */
export function laneFigure(report: Report): Figure | null {
  const { instances, probes, run } = report;
  const spans = [
    ...(instances?.lanes ?? []).flatMap(({ instance, spans }) =>
      spans.map(({ from_ms, to_ms, state, health, watched }) => {
        const is = health === 'unhealthy' && state === 'running' ? 'unhealthy' : state;
        return { lane: printable(instance), from_ms, to_ms, is, watched };
      }),
    ),
    ...probes.flatMap(({ probe, spans }) =>
      spans.map(({ from_ms, to_ms, state }) => {
        return { lane: `probe ${printable(probe)}`, from_ms, to_ms, is: state, watched: true };
      }),
    ),
  ];
  if (spans.length === 0) return null;
  const lanes = [...new Set(spans.map(({ lane }) => lane))];
  const fromMs = Math.min(Date.parse(run.started_at), ...spans.map(({ from_ms }) => from_ms));
  const toMs = spans.reduce((last, { to_ms }) => Math.max(last, to_ms), fromMs);
  const axis = axisOf(Date.parse(run.started_at), fromMs, toMs);
  const shortest = (axis.domain[1] - axis.domain[0]) / WIDTH;
  const rows = spans.map((span) => {
    const from = axis.of(span.from_ms);
    return { ...span, from, to: Math.max(axis.of(span.to_ms), from + shortest) };
  });
  const caption = 'Instances and probes (pale: nobody looked)';
  const height = 50 + 22 * lanes.length;
  const longest = Math.max(...lanes.map((lane) => lane.length));
  const svg = draw(`${caption} over time`, {
    ...MARGINS,
    marginLeft: Math.min(300, Math.max(64, 7 * longest + 12)),
    width: WIDTH,
    height,
    x: { domain: axis.domain, label: axis.label },
    y: { domain: lanes, label: null },
    marks: [
      Plot.barX(rows, {
        x1: 'from',
        x2: 'to',
        y: 'lane',
        fill: (row: (typeof rows)[number]) => laneColour(row.is),
        fillOpacity: (row: (typeof rows)[number]) => (row.watched ? 0.9 : 0.35),
        title: 'is',
      }),
      ...backdropOf(report, axis).slice(1, 3),
    ],
  });
  return { caption, svg, height };
}

function laneColour(is: string): string {
  switch (is) {
    case 'running':
    case 'met':
      return 'var(--good)';
    case 'paused':
    case 'restarting':
    case 'created':
      return 'var(--p99)';
    case 'unknown':
      return 'var(--mute)';
    case 'gone':
      return 'var(--mute)';
    default:
      return 'var(--error)';
  }
}
