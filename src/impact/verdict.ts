/**
 * What the workload felt of one fault, as figures. Pure: windows and times in, a verdict out; the sentence is made in
 * sentence.ts, and degradations.ts says from when to when it was worse.
 */
import { type Baseline, baselineOf, type Reason, worseBy } from './baseline.ts';
import { type Degradation, findDegradations, wellSince } from './degradations.ts';
import {
  badOf,
  coarsen,
  endOf,
  lengthOf,
  merge,
  rateOf,
  unmeasured,
  type Window,
} from './windows.ts';

const SECOND_MS = 1000;
/** Older than this, the last window says nothing of now. */
const STALE_MS = 2000;

export interface Times {
  injectedAtMs: number;
  /** When the undo began; null: not yet. */
  recoveredAtMs: number | null;
  /** Operations a second that somebody set, or a whole baseline of an earlier run; otherwise it is measured before the fault. */
  baseline?: number | Baseline | null;
  /** What the baseline is measured on, where that is not simply everything before the fault. */
  baselineWindows?: readonly Window[];
  /** Windows that end after it are about something else, too. */
  untilMs?: number;
  /** To tell whether the windows reach up to now; without it, the last one counts as now. */
  nowMs?: number;
}

interface Latency {
  p50_ms: number | null;
  p99_ms: number | null;
  p999_ms: number | null;
}

export interface Verdict {
  /** `not_measured`: there is no baseline, or no window since the fault. */
  state: 'not_measured' | 'unaffected' | 'worse' | 'back';
  /** As good as before, and that is known up to now and, after an undo, for three seconds since. */
  proven: boolean;
  baseline: Baseline | null;
  /** From the injection until it was well again, or as far as is known; epoch milliseconds. Null: nothing was measured. */
  time: { from_ms: number; to_ms: number } | null;
  degradations: Degradation[];
  worse_by: Reason[];
  /** From the injection to the end of the second worse window in a row; null: it was never surely worse. */
  noticed_after_ms: number | null;
  /** The lowest rate as a share of the baseline. */
  depth: number | null;
  /** Operations that did not come back well from the injection until it was well again, beyond those that failed before, too. */
  operations_lost: number;
  /** Of all that ended in that time, 0 to 1. */
  lost_ratio: number;
  /** How many fewer came back well than the baseline promised; for loads that wait for their answers, the only loss there is. */
  shortfall: number;
  errors: Record<string, number>;
  timeouts: number;
  dropped: number;
  recovered_after_injection_ms: number | null;
  /** Negative: it was well again before the undo began. Null: no undo yet, or not well again. */
  recovered_after_undo_ms: number | null;
  /** The rate at the end as a share of the baseline. */
  rate_ratio: number | null;
  before: Latency | null;
  during: Latency | null;
  after: Latency | null;
  /** The windows in which latency was worse or nothing came back at all, together. */
  slow: { p99_ms: number; for_ms: number } | null;
  /** Mean of min(1, rate / baseline) from the injection until it was well again. */
  resilience: number | null;
  measured_ms: number;
  /** Of the time since the injection, what nobody measured. */
  gap_ms: number;
}

/** `windows` in their order, also those before the fault. */
export function judge(windows: readonly Window[], times: Times): Verdict {
  const { injectedAtMs, recoveredAtMs, untilMs = Number.POSITIVE_INFINITY } = times;
  const baseline = baselineOf(
    times.baselineWindows ?? windows.filter((window) => endOf(window) <= injectedAtMs),
    times.baseline ?? null,
  );
  // While the load itself changes its rate, nothing can be compared.
  const since = windows.filter(
    (window) => endOf(window) > injectedAtMs && endOf(window) <= untilMs && !window.ramping,
  );
  const last = since.at(-1);
  if (!baseline || !last) return notMeasured(baseline);
  const judged = coarsen(since, baseline.grain);
  const { degradations, reasons } = findDegradations(judged, baseline);
  const latest = degradations.at(-1);
  const endMs = latest
    ? (latest.to_ms ?? endOf(last))
    : Math.max(injectedAtMs, Math.min(recoveredAtMs ?? endOf(last), endOf(last)));
  const affected = since.filter((window) => window.at < endMs);
  // Merged once: after a day, that is most of what a verdict costs.
  const whole = merge(affected);
  const isOver = latest !== undefined && latest.to_ms !== null;
  const unseenMs = Math.min(times.nowMs ?? endOf(last), untilMs) - endOf(last);
  const isStale = unseenMs > Math.max(STALE_MS, 2 * last.dt_ms);
  return {
    state: !latest ? 'unaffected' : isOver ? 'back' : 'worse',
    proven: (!latest || isOver) && !isStale && wellSince(judged, recoveredAtMs),
    baseline,
    time: { from_ms: injectedAtMs, to_ms: endMs },
    degradations,
    worse_by: reasons,
    noticed_after_ms: degradations[0]
      ? Math.max(0, Math.round(degradations[0].noticed_ms - injectedAtMs))
      : null,
    depth: depthOf(judged, injectedAtMs, endMs, baseline.rate),
    ...losses(
      affected,
      whole,
      since.filter((window) => window.at >= endMs && window.at < (latest?.proven_ms ?? endMs)),
      baseline,
    ),
    recovered_after_injection_ms: isOver ? Math.max(0, Math.round(endMs - injectedAtMs)) : null,
    recovered_after_undo_ms:
      isOver && recoveredAtMs !== null ? Math.round(endMs - recoveredAtMs) : null,
    rate_ratio: ratio(rateAtEnd(since, isOver ? endMs : null, baseline), baseline.rate),
    before: baseline.windows > 0 ? latency(baseline) : null,
    during: latency(whole),
    after:
      isOver || (!latest && recoveredAtMs !== null)
        ? latency(merge(since.filter((window) => window.at >= endMs)))
        : null,
    slow: slowness(affected, baseline),
    resilience: resilienceOf(affected, baseline.rate),
    measured_ms: since.reduce((sum, window) => sum + window.dt_ms, 0),
    gap_ms: unmeasured(since, injectedAtMs, endOf(last)) + (isStale ? unseenMs : 0),
  };
}

function notMeasured(baseline: Baseline | null): Verdict {
  const nothing = {
    noticed_after_ms: null,
    depth: null,
    recovered_after_injection_ms: null,
    recovered_after_undo_ms: null,
    rate_ratio: null,
  };
  const none = {
    before: baseline && baseline.windows > 0 ? latency(baseline) : null,
    during: null,
    after: null,
    slow: null,
    resilience: null,
  };
  const counts = {
    operations_lost: 0,
    lost_ratio: 0,
    shortfall: 0,
    errors: {},
    timeouts: 0,
    dropped: 0,
    measured_ms: 0,
    gap_ms: 0,
  };
  return {
    state: 'not_measured',
    proven: false,
    baseline,
    time: null,
    degradations: [],
    worse_by: [],
    ...nothing,
    ...none,
    ...counts,
  };
}

function depthOf(
  windows: readonly Window[],
  fromMs: number,
  toMs: number,
  rate: number,
): number | null {
  // The window in which the fault fell is half a good one.
  const inside = windows.filter(
    (window) => window.at < toMs && (window.at >= fromMs || windows.length === 1),
  );
  // One after the other, since a day has more windows than a call may have arguments.
  const lowest = inside.reduce(
    (least, window) => Math.min(least, rateOf(window)),
    Number.POSITIVE_INFINITY,
  );
  return inside.length > 0 ? ratio(lowest, rate) : null;
}

/** `whole`: the windows as one. `trailing`: the first good windows, in which a single late failure may stand. */
function losses(
  windows: readonly Window[],
  whole: Window | null,
  trailing: readonly Window[],
  baseline: Baseline,
) {
  if (!whole)
    return { operations_lost: 0, lost_ratio: 0, shortfall: 0, errors: {}, timeouts: 0, dropped: 0 };
  const lostIn = (window: Window) => badOf(window) - baseline.error_ratio * endedIn(window);
  const lostOf = (some: readonly Window[]) => some.reduce((sum, window) => sum + lostIn(window), 0);
  const operations_lost = Math.max(0, Math.round(lostOf(windows) + lostOf(trailing)));
  const shortfall = Math.max(0, Math.round((baseline.rate * whole.dt_ms) / 1000 - whole.ok));
  const { errors, timeouts, dropped } = merge([whole, ...trailing]) as Window;
  return {
    operations_lost,
    lost_ratio: Math.min(1, operations_lost / Math.max(1, endedIn(whole))),
    shortfall,
    errors,
    timeouts,
    dropped,
  };
}

function endedIn(window: Window): number {
  return window.ok + badOf(window);
}

function slowness(windows: readonly Window[], baseline: Baseline): Verdict['slow'] {
  const { p99_ms } = baseline;
  if (p99_ms === null) return null;
  const slow = windows.filter((window) => worseBy(window, baseline).includes('latency'));
  const worst = merge(slow)?.p99_ms;
  if (worst == null) return null;
  // A window in which nothing came back is part of the wait that the next one then shows.
  const silent = windows.filter(
    (window) => window.ok === 0 && window.timeouts === 0 && window.in_flight > 0,
  );
  return { p99_ms: worst, for_ms: lengthOf(slow) + lengthOf(silent) };
}

function resilienceOf(windows: readonly Window[], rate: number): number | null {
  const length = lengthOf(windows);
  if (length === 0 || rate <= 0) return null;
  return (
    windows.reduce((sum, window) => sum + Math.min(1, rateOf(window) / rate) * window.dt_ms, 0) /
    length
  );
}

/** Once it is well, over up to ten seconds of that, since one second wavers; while it is worse, of the last moment. */
function rateAtEnd(
  windows: readonly Window[],
  wellSinceMs: number | null,
  baseline: Baseline,
): number {
  const wantedMs = Math.max(wellSinceMs === null ? SECOND_MS : 10 * SECOND_MS, baseline.grain_ms);
  let from = windows.length - 1;
  for (let length = 0; from > 0; from--) {
    length += (windows[from] as Window).dt_ms;
    if (
      length >= wantedMs ||
      (wellSinceMs !== null && (windows[from - 1] as Window).at < wellSinceMs)
    )
      break;
  }
  return rateOf(merge(windows.slice(from)) as Window);
}

function latency(of: Latency | null): Latency | null {
  return of && { p50_ms: of.p50_ms, p99_ms: of.p99_ms, p999_ms: of.p999_ms };
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
