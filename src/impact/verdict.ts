/**
 * The impact of one fault on the workload, as figures. Pure: windows and times in, a verdict out; the sentence is made in
 * sentence.ts, and degradations.ts says from when to when it was worse.
 */
import { backlogOf } from './backlog.ts';
import { type Baseline, baselineOf, type Reason, worseBy } from './baseline.ts';
import { type Degradation, findDegradations, wellSince } from './degradations.ts';
import { depthOf, endedIn, losses, ratio, resilienceOf, slowness } from './losses.ts';
import {
  coarsen,
  endOf,
  lengthOf,
  merge,
  rateOf,
  unmeasured,
  WINDOW_MS,
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
  /** In the last second; empty: it is not worse now. */
  worse_now: Reason[];
  /** From the injection to the end of the second worse window in a row; null: it was never surely worse. */
  noticed_after_ms: number | null;
  /** The lowest rate as a share of the baseline. */
  depth: number | null;
  /** Operations that did not come back well from the injection until it was well again, beyond those that failed before, too. */
  operations_lost: number;
  /** Of all that ended in that time, 0 to 1. */
  lost_ratio: number;
  /** The most that came back later than the baseline promised, or not at all. */
  late: number;
  /** How many fewer came back well than the baseline promised, after what was made up for. */
  shortfall: number;
  /** From the undo until what was late had been made up for; null: it was not, or nothing was late, or there was no undo. */
  caught_up_after_undo_ms: number | null;
  /** In which nothing came back, neither well nor as an error. */
  silent_ms: number;
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
  /** Times are known to so much, since windows are so long. */
  resolution_ms: number;
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
  const resolution_ms = resolutionOf(judged, latest?.to_ms ?? endOf(last));
  const endMs = latest
    ? notBeforeCause(latest.to_ms ?? endOf(last), recoveredAtMs, resolution_ms)
    : Math.max(injectedAtMs, Math.min(recoveredAtMs ?? endOf(last), endOf(last)));
  const affected = since.filter((window) => window.at < endMs);
  // Merged once: after a day, that is most of what a verdict costs.
  const whole = merge(affected);
  const isOver = latest !== undefined && latest.to_ms !== null;
  const { caught_up_ms, ...backlog } = backlogOf(
    since,
    baseline.rate,
    latest ? latest.proven_ms : endMs,
  );
  const now = lastStretch(since, isOver ? endMs : latest ? null : injectedAtMs, baseline);
  const unseenMs = Math.min(times.nowMs ?? endOf(last), untilMs) - endOf(last);
  const isStale = unseenMs > Math.max(STALE_MS, 2 * last.dt_ms);
  return {
    state: !latest ? 'unaffected' : isOver ? 'back' : 'worse',
    proven: (!latest || isOver) && !isStale && wellSince(judged, recoveredAtMs),
    baseline,
    time: { from_ms: injectedAtMs, to_ms: endMs },
    degradations,
    worse_by: reasons,
    worse_now: latest && !isOver ? worseBy(now, baseline) : [],
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
    ...backlog,
    caught_up_after_undo_ms:
      caught_up_ms === null || recoveredAtMs === null
        ? null
        : Math.max(0, Math.round(caught_up_ms - recoveredAtMs)),
    silent_ms: lengthOf(affected.filter((window) => endedIn(window) === 0)),
    rate_ratio: ratio(rateOf(now), baseline.rate),
    before: baseline.windows > 0 ? latency(baseline) : null,
    during: latency(whole),
    after:
      isOver || (!latest && recoveredAtMs !== null)
        ? latency(merge(since.filter((window) => window.at >= endMs)))
        : null,
    slow: slowness(affected, baseline),
    resilience: resilienceOf(affected, baseline.rate),
    measured_ms: since.reduce((sum, window) => sum + window.dt_ms, 0),
    resolution_ms,
    gap_ms: unmeasured(since, injectedAtMs, endOf(last)) + (isStale ? unseenMs : 0),
  };
}

function notMeasured(baseline: Baseline | null): Verdict {
  const nothing = {
    noticed_after_ms: null,
    depth: null,
    recovered_after_injection_ms: null,
    recovered_after_undo_ms: null,
    caught_up_after_undo_ms: null,
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
    late: 0,
    shortfall: 0,
    silent_ms: 0,
    errors: {},
    timeouts: 0,
    dropped: 0,
    measured_ms: 0,
    resolution_ms: 0,
    gap_ms: 0,
  };
  return {
    state: 'not_measured',
    proven: false,
    baseline,
    time: null,
    degradations: [],
    worse_by: [],
    worse_now: [],
    ...nothing,
    ...none,
    ...counts,
  };
}

/** What happened inside a window has no time of its own: the length of the windows that touch that moment. */
function resolutionOf(windows: readonly Window[], atMs: number): number {
  return windows
    .filter((window) => window.at <= atMs && endOf(window) >= atMs)
    .reduce((longest, { dt_ms }) => Math.max(longest, dt_ms), WINDOW_MS);
}

/** A window that begins before the undo and ends after it may owe its good figures to the undo. */
function notBeforeCause(endMs: number, undoMs: number | null, resolutionMs: number): number {
  return undoMs !== null && endMs < undoMs && endMs + resolutionMs > undoMs ? undoMs : endMs;
}

/** Since it is well, the last ten seconds at most, since one second wavers; while it is worse, the last second. */
function lastStretch(
  windows: readonly Window[],
  wellSinceMs: number | null,
  baseline: Baseline,
): Window {
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
  return merge(windows.slice(from)) as Window;
}

function latency(of: Latency | null): Latency | null {
  return of && { p50_ms: of.p50_ms, p99_ms: of.p99_ms, p999_ms: of.p999_ms };
}
