/** The panel of the workload: its figures of the last second, whether they meet the thresholds, and the last minute. Pure. */
import { SIMULATED_BASELINE, simulatedRate, simulatedTimes } from '../../impact/simulated.ts';
import type { Threshold } from '../../impact/steady-state.ts';
import { checkSteadyState } from '../../impact/thresholds.ts';
import { badOf, rateOf, type Window } from '../../impact/windows.ts';
import { type Picture, type PictureProbe, SHOWN_MS } from '../../run/picture.ts';
import type { Run } from '../../run/run.ts';
import type { SteadyState } from '../../story/story.ts';
import { formatDuration } from '../../terms/duration.ts';
import { printable } from '../printable.ts';
import { ratesByCell } from '../sparkline.ts';
import { recentWindow } from '../workload-results.ts';
import type { Wrap } from '../wrap.ts';
import { type ChartCell, chart } from './chart.ts';
import { largeNumber } from './digits.ts';
import { type Line, line, widthOf } from './line.ts';

/** Where the story has no threshold of its own; what is shown of it says so. */
const HALF: Threshold = {
  measure: 'throughput',
  text: '>= 50% of baseline',
  operator: '>=',
  value: 50,
  unit: '% of baseline',
};

/** More rows tell no more. */
const HIGHEST = 16;

export interface WorkloadShown {
  columns: number;
  rows: number;
  steadyState: SteadyState | null;
  nowMs: number;
  /** To be read from the back of a room. */
  isLarge: boolean;
  wrap: Wrap;
}

export function workloadTitle({ workload }: Picture): string {
  if (!workload) return 'Workload';
  return `Workload: ${workload.simulated ? 'simulated, not measured' : printable(workload.kind)}`;
}

/** At most `rows` lines. */
export function workload(picture: Picture, shown: WorkloadShown): Line[] {
  const { run, workload: load } = picture;
  const probes = picture.probes.map(probeLine).slice(0, Math.max(0, Math.floor(shown.rows / 3)));
  if (!run || !load) return [line('No workload is running.', 'faint'), ...probes];
  const figures = figuresOf(run, load, shown);
  const left = shown.rows - figures.length - probes.length;
  return [...figures, ...probes, ...(left > 0 ? lastMinute(run, load, shown, left) : [])];
}

/** The rate in large digits above them, where there is room for it. */
function figuresOf(run: Run, load: NonNullable<Picture['workload']>, shown: WorkloadShown): Line[] {
  const figures = load.simulated
    ? simulatedFigures(run, load.baseline, shown.nowMs)
    : measuredFigures(load.windows, load.baseline, shown);
  const rate = Number.parseInt(figures[0]?.[0]?.text ?? '', 10);
  if (!shown.isLarge || Number.isNaN(rate)) return figures;
  const large = largeNumber(rate).map((each) => line(each, 'strong'));
  const hasRoom = shown.rows >= 2 * large.length + 2 && widthOf(large[0] ?? []) <= shown.columns;
  return hasRoom ? [...large, ...figures] : figures;
}

function simulatedFigures(run: Run, baseline: number | null, nowMs: number): Line[] {
  const full = baseline ?? SIMULATED_BASELINE;
  const rate = simulatedRate(simulatedTimes(run.faults), full, nowMs);
  const figures: Line = [
    { text: `${rate} ops/s`, style: 'strong' },
    { text: ` of ${full}, a simulated curve`, style: 'plain' },
  ];
  return rate < full / 2 ? [figures, line('DEGRADED (simulated)', 'alarm')] : [figures];
}

function measuredFigures(
  windows: readonly Window[],
  baseline: number | null,
  { steadyState, nowMs, columns, rows, wrap }: WorkloadShown,
): Line[] {
  const recent = recentWindow(windows, nowMs);
  if (!recent) return [line('nothing measured', 'faint')];
  const bad = badOf(recent);
  const p99 = recent.p99_ms === null ? '' : `   p99 ${formatDuration(recent.p99_ms)}`;
  const figures: Line = [
    { text: `${Math.round(rateOf(recent))} ops/s`, style: 'strong' },
    { text: `${p99}   `, style: 'plain' },
    { text: `${bad} failed`, style: bad > 0 ? 'bad' : 'plain' },
  ];
  // The chart has it, too: its top is at least the baseline.
  const normal = baseline === null ? '' : `   (baseline ${Math.round(baseline)})`;
  const hasRoom = widthOf(figures) + normal.length <= columns;
  const limits = steadyState ?? { thresholds: [], objective: null, recover_within_ms: null };
  const thresholds = limits.thresholds.length > 0 ? limits.thresholds : [HALF];
  const unmet = checkSteadyState([recent], { ...limits, thresholds }, baseline)
    .filter(({ met, measured }) => !met && measured !== null)
    .flatMap(({ text }) => wrap(`DEGRADED  ${printable(text)}`, columns))
    .map((each) => line(each, 'alarm'))
    .slice(0, Math.max(1, rows - 1));
  return [hasRoom ? [...figures, { text: normal, style: 'faint' }] : figures, ...unmet];
}

function lastMinute(
  run: Run,
  load: NonNullable<Picture['workload']>,
  { columns, nowMs }: WorkloadShown,
  rows: number,
): Line[] {
  const high = Math.min(rows, HIGHEST);
  const isLabelled = high > 2;
  const cellMs = SHOWN_MS / columns;
  const fromMs = nowMs - SHOWN_MS;
  const rates = load.simulated
    ? simulatedRates(run, load, fromMs, cellMs, columns)
    : ratesByCell(load.windows, fromMs, cellMs, columns);
  const cells = rates.map((rate, index): ChartCell => {
    const at = fromMs + index * cellMs;
    return { rate, isFaulty: run.faults.some((fault) => acted(fault, at, at + cellMs, nowMs)) };
  });
  const full = Math.max(load.baseline ?? 0, ...rates.map((rate) => rate ?? 0));
  const drawn = chart(cells, full, isLabelled ? high - 1 : high);
  return isLabelled ? [...drawn, axis(columns, full)] : drawn;
}

function simulatedRates(
  run: Run,
  { baseline, started_at }: NonNullable<Picture['workload']>,
  fromMs: number,
  cellMs: number,
  cells: number,
): (number | null)[] {
  const times = simulatedTimes(run.faults);
  return Array.from({ length: cells }, (_, cell) => {
    const atMs = fromMs + (cell + 0.5) * cellMs;
    if (atMs < Date.parse(started_at)) return null;
    return simulatedRate(times, baseline ?? SIMULATED_BASELINE, atMs);
  });
}

/** From its injection until its undo began. */
function acted(
  { injected_at, recovering_at }: Run['faults'][number],
  fromMs: number,
  toMs: number,
  nowMs: number,
): boolean {
  if (injected_at === null) return false;
  const endMs = recovering_at === null ? nowMs : Date.parse(recovering_at);
  return Date.parse(injected_at) < toMs && endMs > fromMs;
}

/** `60s ago ── top: 500 ops/s ── now`. */
function axis(columns: number, full: number): Line {
  const middle = ` top: ${Math.round(full)} ops/s, ░ fault `;
  const room = columns - '60s ago'.length - 'now'.length;
  const left = Math.max(0, Math.floor((room - middle.length) / 2));
  const text = middle.length <= room ? ' '.repeat(left) + middle : '';
  return line(`60s ago${text.padEnd(Math.max(0, room))}now`, 'faint');
}

function probeLine({ probe, state, text }: PictureProbe): Line {
  const words = { met: 'met', not_met: 'NOT MET', unknown: 'not known' } as const;
  const style = state === 'met' ? 'good' : state === 'not_met' ? 'alarm' : 'faint';
  return [
    { text: `probe ${printable(probe)}: `, style: 'plain' },
    { text: `${words[state]}`, style },
    { text: state === 'met' || text === '' ? '' : `  ${printable(text)}`, style: 'plain' },
  ];
}
