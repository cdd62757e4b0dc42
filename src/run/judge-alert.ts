/**
 * An alert held against what was seen of it, in the notes of those who look: a note that is met says that it fires. Pure. The time
 * counts from the first of the faults. That nobody could be asked is not that it did not fire.
 */
import { type ProbeNote, type ProbeSpan, spansOf } from '../impact/probe-impact.ts';
import { type AlertSpec, alertKey } from '../story/alert-spec.ts';
import { formatDuration } from '../terms/duration.ts';
import type { JudgedItem } from './judged-item.ts';
import { type Fault, isLive } from './run.ts';

/** As long as may be between two looks, with one that takes its time; and at most half of the time that counts. */
const GAP_MS = 3000;

interface Seen {
  /** From the first fault on, oldest first. */
  spans: ProbeSpan[];
  /** It fired already when the first fault was about to happen. */
  before: boolean;
  fires: ProbeSpan | null;
  fromMs: number;
}

type Finding = Pick<JudgedItem, 'state' | 'measured' | 'unit' | 'text'>;

/** `faults`: of the chapter, one at least. */
export function judgeAlert(
  spec: AlertSpec,
  faults: readonly Fault[],
  notes: readonly ProbeNote[],
  nowMs: number,
): Finding {
  const { spans, before, fires, fromMs } = see(spec, faults, notes, nowMs);
  const unmeasured = (text: string): Finding => ({
    state: 'not_measured',
    measured: null,
    unit: null,
    text,
  });
  if (before) return unmeasured('it fired already before the fault');
  const within = formatDuration(spec.within_ms);
  if (fires) {
    const measured = Math.max(0, fires.from_ms - fromMs);
    const text = `fired ${formatDuration(measured)} after the fault${resolution(spec, faults, notes, nowMs)}`;
    const state = measured <= spec.within_ms ? 'met' : 'deviated';
    return { state, measured, unit: 'ms', text };
  }
  const toMs = faults.some(isLive) ? nowMs : endOf(faults);
  const untilMs = Math.min(toMs, fromMs + spec.within_ms);
  const lookedMs = spans
    .filter(({ state }) => state === 'not_met')
    .reduce((sum, span) => sum + lengthIn(span, fromMs, untilMs), 0);
  const gapMs = untilMs - fromMs - lookedMs;
  if (gapMs > Math.min(GAP_MS, (untilMs - fromMs) / 2)) {
    const why = spans.findLast(({ state }) => state === 'unknown')?.text;
    return unmeasured(`not looked at for ${formatDuration(gapMs)}${why ? `: ${why}` : ''}`);
  }
  if (toMs - fromMs >= spec.within_ms)
    return { state: 'deviated', measured: null, unit: null, text: `did not fire within ${within}` };
  const elapsed = formatDuration(Math.max(0, toMs - fromMs));
  return unmeasured(
    faults.some(isLive)
      ? `has not fired so far, ${elapsed} after the fault`
      : `did not fire in the ${elapsed} until the fault was over; it has ${within}`,
  );
}

/** How long after the undo it resolved, as far as that is known by now: `, resolved 4s after the undo`; empty while it is not undone. */
function resolution(
  spec: AlertSpec,
  faults: readonly Fault[],
  notes: readonly ProbeNote[],
  nowMs: number,
): string {
  const resolved = resolvedAfter(spec, faults, notes, nowMs);
  if (resolved === null) return '';
  if (resolved.after_ms !== null)
    return `, resolved ${formatDuration(Math.max(0, resolved.after_ms))} after the undo`;
  return `, still firing ${formatDuration(resolved.seen_ms)} after the undo`;
}

/** From the last undo until it no longer fired. Null: it did not fire, or nothing is undone. `seen_ms`: how long after the undo it was seen last. */
export function resolvedAfter(
  spec: AlertSpec,
  faults: readonly Fault[],
  notes: readonly ProbeNote[],
  nowMs: number,
): { after_ms: number | null; seen_ms: number } | null {
  const { spans, fires } = see(spec, faults, notes, nowMs);
  if (!fires || faults.some(({ recovering_at }) => recovering_at === null)) return null;
  const undoneMs = Math.max(...faults.map(({ recovering_at }) => Date.parse(recovering_at ?? '')));
  const firing = spans.filter(({ state }) => state === 'met');
  const last = firing.at(-1) as ProbeSpan;
  const after = spans.find(({ state, from_ms }) => state === 'not_met' && from_ms >= last.to_ms);
  return {
    after_ms: after ? after.from_ms - undoneMs : null,
    seen_ms: Math.max(0, last.to_ms - undoneMs),
  };
}

function see(
  spec: AlertSpec,
  faults: readonly Fault[],
  notes: readonly ProbeNote[],
  nowMs: number,
): Seen {
  const intentMs = Math.min(...faults.map((fault) => Date.parse(fault.injecting_at)));
  const fromMs = Math.min(
    ...faults.map((fault) => Date.parse(fault.injected_at ?? fault.injecting_at)),
  );
  const spans = spansOf(notes, alertKey(spec), nowMs).filter(({ to_ms }) => to_ms >= intentMs);
  const [first] = spans;
  const before = first?.state === 'met' && first.from_ms < intentMs;
  return { spans, before, fires: spans.find(({ state }) => state === 'met') ?? null, fromMs };
}

function endOf(faults: readonly Fault[]): number {
  return Math.max(...faults.map(({ recovered_at }) => Date.parse(recovered_at ?? '')));
}

function lengthIn({ from_ms, to_ms }: ProbeSpan, fromMs: number, untilMs: number): number {
  return Math.max(0, Math.min(to_ms, untilMs) - Math.max(from_ms, fromMs));
}
