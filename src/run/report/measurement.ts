/**
 * The loads of a run, and what was measured of them over its whole time. Pure. The windows of a day are read once, one by one: they
 * are added up for the chart, and only those are kept that are about a fault.
 */
import { curve } from '../../impact/drawn-windows.ts';
import { measuredSince } from '../../impact/frame.ts';
import { type Series, SeriesSum, seriesOf, usualLength } from '../../impact/series.ts';
import { SIMULATED_BASELINE, simulatedRate, simulatedTimes } from '../../impact/simulated.ts';
import { SET_BACK_MS } from '../../impact/straighten.ts';
import { endOf, isGap, unmeasured, type Window } from '../../impact/windows.ts';
import type { Event } from '../events.ts';
import type { Fault, Run } from '../run.ts';

/** Of the chart of the whole run. */
const MOST_POINTS = 600;
/** After a fault is over, so much more can be put down to it, or proves that it is well. */
const AFTER_MS = 90_000;
/** The first ones tell how long they all are. */
const FIRST_WINDOWS = 32;
/** It takes a moment until the first window is there, and the last one is not whole. */
const EDGE_MS = 2000;

export interface ReportWorkload {
  kind: string;
  simulated: boolean;
  /** ISO; null: it still runs. */
  started_at: string;
  stopped_at: string | null;
  reason: string | null;
  /** Of its time, what nobody measured; null: it is simulated. */
  gap_ms: number | null;
}

export interface Measurement {
  workloads: ReportWorkload[];
  /** Those that are about some fault, in the order of their measurement. */
  windows: readonly Window[];
  isMeasured: boolean;
  isClockSetBack: boolean;
  series: Series | null;
}

interface MeasuredRun {
  run: Run;
  faults: readonly Fault[];
  events: readonly Event[];
  nowMs: number;
  /** Of the run, or now. */
  endMs: number;
}

export function measurementOf(measured: MeasuredRun, windows: Iterable<Window>): Measurement {
  const { run, faults, events, endMs } = measured;
  const read = readThrough(measured, windows);
  const isMeasured = read.stretches.length > 0;
  const workloads = workloadsOf(events);
  for (const each of workloads)
    if (!each.simulated && read.jumps === 0) each.gap_ms = gapOf(each, read.stretches, endMs);
  const drawn = isMeasured ? [] : simulatedWindows(workloads, faults, events, endMs);
  const startMs = Date.parse(run.started_at);
  const simulated = drawn.length > 0 ? seriesOf(drawn, startMs, endMs, MOST_POINTS) : null;
  return {
    workloads,
    windows: read.kept,
    isMeasured,
    isClockSetBack: read.jumps > 0,
    series: isMeasured ? read.series : simulated,
  };
}

/** Time in which windows follow one another. */
type Stretch = Pick<Window, 'at' | 'dt_ms'>;

/** As `straighten` lays windows on one line, but one by one. */
function readThrough(measured: MeasuredRun, windows: Iterable<Window>) {
  const { run, endMs } = measured;
  const stretches: Stretch[] = [];
  const kept: Window[] = [];
  const first: Window[] = [];
  const ranges = rangesOf(measured);
  let sum: SeriesSum | null = null;
  let [jumps, offset] = [0, 0];
  let last: Window | null = null;
  const begin = () => {
    sum = new SeriesSum(Date.parse(run.started_at), endMs, {
      most: MOST_POINTS,
      windowMs: usualLength(first),
    });
    for (const window of first) sum.add(window);
  };
  for (const window of windows) {
    if (last && window.at < endOf(last) - SET_BACK_MS) {
      jumps++;
      offset += endOf(last) - window.at;
    }
    const straight = offset === 0 ? window : { ...window, at: window.at + offset };
    const open = stretches.at(-1);
    if (open && !isGap(open, straight))
      open.dt_ms = Math.max(open.dt_ms, endOf(straight) - open.at);
    else stretches.push({ at: straight.at, dt_ms: straight.dt_ms });
    if (ranges.some(({ from, to }) => window.at >= from && window.at < to)) kept.push(window);
    last = window;
    if (sum === null && first.length < FIRST_WINDOWS) {
      first.push(straight);
      continue;
    }
    if (sum === null) begin();
    (sum as SeriesSum | null)?.add(straight);
  }
  if (sum === null) begin();
  return { stretches, kept, jumps, series: (sum as SeriesSum | null)?.series() ?? null };
}

/** Times of windows that are needed to judge the faults, without overlaps. Epoch milliseconds. */
function rangesOf({ faults, nowMs }: MeasuredRun): { from: number; to: number }[] {
  const ranges = faults
    .map((fault) => ({ from: measuredSince(fault, nowMs, faults), to: endOfTime(fault) }))
    .toSorted((a, b) => a.from - b.from);
  const joined: { from: number; to: number }[] = [];
  for (const range of ranges) {
    const open = joined.at(-1);
    if (open && range.from <= open.to) open.to = Math.max(open.to, range.to);
    else joined.push(range);
  }
  return joined;
}

/** Windows that begin later are not about the fault. */
export function endOfTime({ recovered_at }: Pick<Fault, 'recovered_at'>): number {
  return recovered_at === null ? Number.POSITIVE_INFINITY : Date.parse(recovered_at) + AFTER_MS;
}

function workloadsOf(events: readonly Event[]): ReportWorkload[] {
  const workloads: ReportWorkload[] = [];
  for (const event of events) {
    const open = workloads.at(-1);
    if (event.type === 'workload.started')
      workloads.push({
        kind: event.kind,
        simulated: event.simulated,
        started_at: event.at,
        stopped_at: null,
        reason: null,
        gap_ms: null,
      });
    else if (event.type === 'workload.stopped' && open)
      Object.assign(open, { stopped_at: event.at, reason: event.reason });
  }
  return workloads;
}

function gapOf(
  { started_at, stopped_at }: ReportWorkload,
  stretches: readonly Stretch[],
  endMs: number,
): number {
  const fromMs = Date.parse(started_at);
  const toMs = stopped_at === null ? endMs : Date.parse(stopped_at);
  return unmeasured(stretches, Math.min(fromMs + EDGE_MS, toMs), Math.max(fromMs, toMs - EDGE_MS));
}

/** The curve of a workload that measures nothing, where nothing else was measured. */
function simulatedWindows(
  workloads: readonly ReportWorkload[],
  faults: readonly Fault[],
  events: readonly Event[],
  endMs: number,
): Window[] {
  const times = simulatedTimes(faults);
  return workloads.flatMap(({ simulated, started_at, stopped_at }) => {
    if (!simulated) return [];
    const start = events.find(({ type, at }) => type === 'workload.started' && at === started_at);
    const baseline =
      (start?.type === 'workload.started' ? start.baseline : null) ?? SIMULATED_BASELINE;
    const toMs = stopped_at === null ? endMs : Date.parse(stopped_at);
    return curve((atMs) => simulatedRate(times, baseline, atMs), Date.parse(started_at), toMs);
  });
}
