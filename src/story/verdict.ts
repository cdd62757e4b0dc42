/**
 * What the workload felt of one fault, as figures. Pure: windows and times in, a verdict out; the sentence is made in
 * felt.ts. Worse are two worse windows in a row, well again are three seconds without a worse one, each of them as good
 * as before: a stack that is good for two seconds and bad for two never counts as recovered.
 */
import { type Baseline, baselineOf, isWell, type Reason, worseBy } from './baseline.ts';
import { badOf, coarsen, endOf, isGap, merge, rateOf, unmeasured, type Window } from './windows.ts';

const WORSE_IN_A_ROW = 2;
const WELL_IN_A_ROW = 3;
const WELL_MS = 3000;
const SECOND_MS = 1000;
/** Older than this, the last window says nothing of now. */
const STALE_MS = 2000;

export interface Times {
  injectedAtMs: number;
  /** When the undo began; null: not yet. */
  recoveredAtMs: number | null;
  /** Operations a second that somebody set as the baseline; otherwise it is measured before the fault. */
  baseline?: number | null;
  /** What the baseline is measured on, where that is not simply everything before the fault. */
  baselineWindows?: readonly Window[];
  /** Windows that begin from here on are about something else. */
  untilMs?: number;
  /** To tell whether the windows reach up to now; without it, the last one counts as now. */
  nowMs?: number;
}

export interface Latency {
  p50_ms: number | null;
  p99_ms: number | null;
  p999_ms: number | null;
}

/** A time in which it was surely worse; `to_ms` null: it still is. Epoch milliseconds. */
export interface Episode {
  from_ms: number;
  noticed_ms: number;
  to_ms: number | null;
}

export interface Verdict {
  /** `not_measured`: there is no baseline, or no window since the fault. */
  state: 'not_measured' | 'unaffected' | 'worse' | 'back';
  /** As good as before, and that is known up to now and, after an undo, for three seconds since. */
  proven: boolean;
  baseline: Baseline | null;
  episodes: Episode[];
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
  const baseline = baselineOf(times.baselineWindows ?? windows.filter((window) => endOf(window) <= injectedAtMs), times.baseline ?? null);
  const since = windows.filter((window) => endOf(window) > injectedAtMs && window.at < untilMs);
  const last = since.at(-1);
  if (!baseline || !last) return notMeasured(baseline);
  const judged = coarsen(since, baseline.grain);
  const { episodes, reasons } = findEpisodes(judged, baseline);
  const latest = episodes.at(-1);
  const endMs = latest ? (latest.to_ms ?? endOf(last)) : Math.max(injectedAtMs, Math.min(recoveredAtMs ?? endOf(last), endOf(last)));
  const affected = since.filter((window) => window.at < endMs);
  const isOver = latest !== undefined && latest.to_ms !== null;
  const unseenMs = Math.min(times.nowMs ?? endOf(last), untilMs) - endOf(last);
  const isStale = unseenMs > Math.max(STALE_MS, 2 * last.dt_ms);
  return {
    state: !latest ? 'unaffected' : isOver ? 'back' : 'worse',
    proven: (!latest || isOver) && !isStale && wellSince(judged, recoveredAtMs),
    baseline,
    episodes,
    worse_by: reasons,
    noticed_after_ms: episodes[0] ? Math.max(0, Math.round(episodes[0].noticed_ms - injectedAtMs)) : null,
    depth: depthOf(judged, injectedAtMs, endMs, baseline.rate),
    ...losses(affected, baseline),
    recovered_after_injection_ms: isOver ? Math.max(0, Math.round(endMs - injectedAtMs)) : null,
    recovered_after_undo_ms: isOver && recoveredAtMs !== null ? Math.round(endMs - recoveredAtMs) : null,
    rate_ratio: ratio(rateAtEnd(since, isOver ? endMs : null, baseline), baseline.rate),
    before: baseline.windows > 0 ? latency(baseline) : null,
    during: latency(merge(affected)),
    after: isOver || (!latest && recoveredAtMs !== null) ? latency(merge(since.filter((window) => window.at >= endMs))) : null,
    slow: slowness(affected, baseline),
    resilience: resilienceOf(affected, baseline.rate),
    measured_ms: since.reduce((sum, window) => sum + window.dt_ms, 0),
    gap_ms: unmeasured(since, injectedAtMs, endOf(last)) + (isStale ? unseenMs : 0),
  };
}

function notMeasured(baseline: Baseline | null): Verdict {
  const nothing = { noticed_after_ms: null, depth: null, recovered_after_injection_ms: null, recovered_after_undo_ms: null, rate_ratio: null };
  const none = { before: baseline && baseline.windows > 0 ? latency(baseline) : null, during: null, after: null, slow: null, resilience: null };
  const counts = { operations_lost: 0, lost_ratio: 0, shortfall: 0, errors: {}, timeouts: 0, dropped: 0, measured_ms: 0, gap_ms: 0 };
  return { state: 'not_measured', proven: false, baseline, episodes: [], worse_by: [], ...nothing, ...none, ...counts };
}

function findEpisodes(windows: readonly Window[], baseline: Baseline): { episodes: Episode[]; reasons: Reason[] } {
  const episodes: Episode[] = [];
  const reasons = new Set<Reason>();
  let current: Episode | null = null;
  let row: Window[] = []; // Worse ones in a row while it is well, well ones while it is worse.
  let before: Window | null = null;
  for (const window of windows) {
    if (before && isGap(before, window)) row = []; // Nobody knows what was in between.
    before = window;
    const worse = worseBy(window, baseline);
    if (current === null) {
      row = worse.length > 0 ? [...row, window] : [];
      if (row.length < WORSE_IN_A_ROW) continue;
      current = { from_ms: (row[0] as Window).at, noticed_ms: endOf(window), to_ms: null };
      episodes.push(current);
      for (const each of row) for (const reason of worseBy(each, baseline)) reasons.add(reason);
      row = [];
      continue;
    }
    for (const reason of worse) reasons.add(reason);
    row = worse.length > 0 ? [] : [...row, window];
    const first = shedUntilWell(row, baseline);
    if (first === null) continue;
    current.to_ms = first.at;
    current = null;
    row = [];
  }
  return { episodes, reasons: [...reasons] };
}

/** The first of the windows that prove it well again, or null. Takes off the front what can no longer be part of the proof. */
function shedUntilWell(row: Window[], baseline: Baseline): Window | null {
  for (;;) {
    while (row[0] && !isWell(row[0], baseline)) row.shift();
    if (!isLongEnough(row)) return null;
    if (bySeconds(row).every((second) => isWell(second, baseline))) return row[0] as Window;
    row.shift();
  }
}

/** Neighbours merged into stretches of at least a second; a rest is left out. */
function bySeconds(windows: readonly Window[]): Window[] {
  const seconds: Window[] = [];
  let group: Window[] = [];
  for (const window of windows) {
    group.push(window);
    if (lengthOf(group) < SECOND_MS) continue;
    seconds.push(merge(group) as Window);
    group = [];
  }
  return seconds;
}

function isLongEnough(row: readonly Window[]): boolean {
  return row.length >= WELL_IN_A_ROW && lengthOf(row) >= WELL_MS;
}

/** After an undo, quiet alone is no proof: three seconds of it must have been seen, without a gap, up to the end. */
function wellSince(windows: readonly Window[], undoneAtMs: number | null): boolean {
  if (undoneAtMs === null) return true;
  const since = windows.filter((window) => window.at >= undoneAtMs);
  const gap = since.findLastIndex((window, index) => index > 0 && isGap(since[index - 1] as Window, window));
  return isLongEnough(since.slice(Math.max(0, gap)));
}

function depthOf(windows: readonly Window[], fromMs: number, toMs: number, rate: number): number | null {
  // The window in which the fault fell is half a good one.
  const inside = windows.filter((window) => window.at < toMs && (window.at >= fromMs || windows.length === 1));
  return inside.length > 0 ? ratio(Math.min(...inside.map(rateOf)), rate) : null;
}

function losses(windows: readonly Window[], baseline: Baseline) {
  const whole = merge(windows);
  if (!whole) return { operations_lost: 0, lost_ratio: 0, shortfall: 0, errors: {}, timeouts: 0, dropped: 0 };
  const all = whole.ok + badOf(whole);
  const operations_lost = Math.max(0, Math.round(badOf(whole) - baseline.error_ratio * all));
  const shortfall = Math.max(0, Math.round((baseline.rate * whole.dt_ms) / 1000 - whole.ok));
  const { errors, timeouts, dropped } = whole;
  return { operations_lost, lost_ratio: all === 0 ? 0 : operations_lost / all, shortfall, errors, timeouts, dropped };
}

function slowness(windows: readonly Window[], baseline: Baseline): Verdict['slow'] {
  const { p99_ms } = baseline;
  if (p99_ms === null) return null;
  const slow = windows.filter((window) => worseBy(window, baseline).includes('latency'));
  const worst = merge(slow)?.p99_ms;
  if (worst == null) return null;
  // A window in which nothing came back is part of the wait that the next one then shows.
  const silent = windows.filter((window) => window.ok === 0 && window.timeouts === 0 && window.in_flight > 0);
  return { p99_ms: worst, for_ms: lengthOf(slow) + lengthOf(silent) };
}

function resilienceOf(windows: readonly Window[], rate: number): number | null {
  const length = lengthOf(windows);
  if (length === 0 || rate <= 0) return null;
  return windows.reduce((sum, window) => sum + Math.min(1, rateOf(window) / rate) * window.dt_ms, 0) / length;
}

/** Once it is well, over up to ten seconds of that, since one second wavers; while it is worse, of the last moment. */
function rateAtEnd(windows: readonly Window[], wellSinceMs: number | null, baseline: Baseline): number {
  const wantedMs = Math.max(wellSinceMs === null ? SECOND_MS : 10 * SECOND_MS, baseline.grain_ms);
  let from = windows.length - 1;
  for (let length = 0; from > 0; from--) {
    length += (windows[from] as Window).dt_ms;
    if (length >= wantedMs || (wellSinceMs !== null && (windows[from - 1] as Window).at < wellSinceMs)) break;
  }
  return rateOf(merge(windows.slice(from)) as Window);
}

function latency(of: Latency | null): Latency | null {
  return of && { p50_ms: of.p50_ms, p99_ms: of.p99_ms, p999_ms: of.p999_ms };
}

function lengthOf(windows: readonly Window[]): number {
  return windows.reduce((sum, window) => sum + window.dt_ms, 0);
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
