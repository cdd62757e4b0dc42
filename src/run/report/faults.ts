/** Everything that a report says of one fault: whom it hit, who noticed, what it did to the workload and the probes, how it ended. Pure. */
import { label } from '../../fault/instance.ts';
import { type ImpactFigures, impactFigures, type ReportedFigures } from '../../impact/figures.ts';
import { measuredSince } from '../../impact/frame.ts';
import { type ProbeImpact, type ProbeNote, probesImpact } from '../../impact/probe-impact.ts';
import { type Series, seriesOf } from '../../impact/series.ts';
import { endOf, type Window } from '../../impact/windows.ts';
import type { SteadyState } from '../../story/story.ts';
import type { Event } from '../events.ts';
import type { StateLine } from '../instance-states.ts';
import type { Fault } from '../run.ts';
import { endOfTime } from './measurement.ts';

/** Of a fault's own chart. */
const MOST_POINTS = 240;

export interface ReportFault
  extends Pick<
    Fault,
    | 'id'
    | 'kind'
    | 'phase'
    | 'params'
    | 'left'
    | 'chapter'
    | 'schedule'
    | 'injecting_at'
    | 'injected_at'
    | 'deadline'
    | 'recovering_at'
    | 'recovered_at'
    | 'outcome'
    | 'reason'
    | 'seed'
  > {
  /** `killed`, and what ends it: `restart`. */
  words: { done: string; undo: string };
  targets: { label: string; name: string; service: string; effect: Record<string, unknown> }[];
  /** From the injection to the first who noticed, in ms; null: it did not, as far as is known. */
  noticed: { engine: number | null; health: number | null; workload: number | null };
  probes: ProbeImpact[];
  recovered_by: 'command' | 'watchdog' | null;
  /** From the undo to the proof. */
  took_ms: number | null;
  /** Null where no workload ran. */
  impact: ReportedFigures | null;
  /** Around it; null where nothing was measured. */
  series: Series | null;
}

export interface FaultSources {
  faults: readonly Fault[];
  events: readonly Event[];
  states: readonly StateLine[];
  windows: readonly Window[];
  /** The clock was set back, so that times do not tell which windows are about a fault. */
  isClockSetBack: boolean;
  probeNotes: readonly ProbeNote[];
  /** Of the steady state; null where no story is known. */
  steadyState: SteadyState | null;
  nowMs: number;
}

const NO_LIMITS = { thresholds: [], objective: null, recover_within_ms: null };

export function faultOf(fault: Fault, sources: FaultSources): ReportFault {
  const { events, probeNotes, steadyState, nowMs } = sources;
  const impact = impactOn(fault, sources);
  const names = steadyState?.probes.map(({ name }) => name) ?? [];
  const isOver = fault.recovered_at !== null;
  const ends = events.filter((event) => 'fault' in event && event.fault === fault.id);
  const undo = ends.findLast((event) => event.type === 'fault.recovering');
  const end = ends.findLast((event) => event.type === 'fault.recovered');
  return {
    id: fault.id,
    kind: fault.kind,
    phase: fault.phase,
    params: fault.params,
    left: fault.left,
    chapter: fault.chapter,
    schedule: fault.schedule,
    injecting_at: fault.injecting_at,
    injected_at: fault.injected_at,
    deadline: fault.deadline,
    recovering_at: fault.recovering_at,
    recovered_at: fault.recovered_at,
    outcome: fault.outcome,
    reason: fault.reason,
    seed: fault.seed,
    words: { done: fault.words.done, undo: fault.words.undo },
    targets: fault.targets.map((target, index) => {
      const { service, name } = target;
      return { label: label(target), name, service, effect: { ...fault.effects[index] } };
    }),
    noticed: {
      ...noticedBy(fault, sources),
      workload: impact && !impact.figures.simulated ? impact.figures.detect_ms : null,
    },
    probes: isOver ? fault.probes : probesImpact(fault, names, probeNotes, nowMs),
    recovered_by: undo?.type === 'fault.recovering' ? undo.by : null,
    took_ms: end?.type === 'fault.recovered' && fault.outcome === 'verified' ? end.took_ms : null,
    impact: impact?.figures ?? null,
    series: impact && seriesAround(impact),
  };
}

function impactOn(fault: Fault, sources: FaultSources): ImpactFigures | null {
  const { workload } = fault;
  if (!workload || fault.injected_at === null) return null;
  const { faults, steadyState, nowMs } = sources;
  const windows = workload.simulated ? [] : windowsAbout(fault, sources);
  const fromMs = measuredSince(fault, nowMs, faults);
  // Of very many faults, only those near this one are looked at for each of its windows.
  const isNear = (other: Fault) =>
    Date.parse(other.injecting_at) <= endOfTime(fault) && endOfTime(other) >= fromMs;
  return impactFigures(fault, workload, {
    windows,
    faults: workload.simulated ? faults : faults.filter(isNear),
    steadyState: steadyState ?? NO_LIMITS,
    nowMs,
  });
}

function windowsAbout(
  fault: Fault,
  { windows, faults, nowMs, isClockSetBack }: FaultSources,
): readonly Window[] {
  if (isClockSetBack) return windows;
  const fromMs = measuredSince(fault, nowMs, faults);
  return windows.slice(firstAt(windows, fromMs), firstAt(windows, endOfTime(fault)));
}

/** Index of the first that begins at that time or later. */
function firstAt(windows: readonly Window[], atMs: number): number {
  let [low, high] = [0, windows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((windows[middle] as Window).at < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function seriesAround({ windows }: ImpactFigures): Series | null {
  const [first, last] = [windows[0], windows.at(-1)];
  return first && last ? seriesOf(windows, first.at, endOf(last), MOST_POINTS) : null;
}

/** What a chapter's Detection found; else what was written down of the targets' states. */
function noticedBy(
  fault: Fault,
  { events, states }: FaultSources,
): { engine: number | null; health: number | null } {
  const labels = fault.targets.map(label);
  const found = { engine: null as number | null, health: null as number | null };
  const earlier = (one: number | null, other: number) =>
    one === null ? other : Math.min(one, other);
  const untilAt = fault.recovered_at ?? '9';
  for (const event of events) {
    if (event.type !== 'action.done' || event.found?.found !== 'noticed') continue;
    if (event.at < fault.injecting_at || event.at > untilAt) continue;
    const { notices } = event.found as unknown as {
      notices: { by: string; target: string; after_ms: number }[];
    };
    for (const { by, target, after_ms } of notices)
      if ((by === 'engine' && labels.includes(target)) || by === 'health')
        found[by] = earlier(found[by], after_ms);
  }
  const ids = fault.targets.map(({ id }) => id);
  const fromMs = Date.parse(fault.injected_at ?? fault.injecting_at);
  const endAt = fault.recovering_at ?? untilAt;
  const seen = states.filter(
    (line) =>
      !('note' in line) &&
      ids.includes(line.id) &&
      line.at >= fault.injecting_at &&
      line.at <= endAt,
  );
  for (const line of seen) {
    if ('note' in line) continue;
    const afterMs = Math.max(0, Date.parse(line.at) - fromMs);
    if (found.engine === null && line.state !== 'running') found.engine = afterMs;
    if (found.health === null && line.health === 'unhealthy') found.health = afterMs;
  }
  return found;
}
