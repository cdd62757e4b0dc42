/**
 * What the continuous looks of the watchdog say: from when to when each probe was met, and what it saw of a fault. Pure.
 * What nobody looked at is neither met nor not met; it is said.
 */
import * as v from 'valibot';
import { formatDuration } from '../terms/duration.ts';
import type { FaultTimes } from './fault-times.ts';

/** The watchdog says at least so often that it still looks. */
export const ALIVE_MS = 1000;
/** After so long without a word, nobody knows how a probe stands. */
export const SILENT_MS = 2500;
/** A shorter time without a look is part of how looks are taken. */
const TOLD_MS = 1000;

/** `unknown`: the look itself could not be taken, as where the engine does not answer. */
export type ProbeState = 'met' | 'not_met' | 'unknown';

/** What the watchdog writes down, in its order; `at` in epoch milliseconds, at the end of a look. */
export type ProbeNote =
  | { at: number; probe: string; state: ProbeState; text: string }
  /** Every probe stands as it was last told; somebody has looked all the time from `since` on. */
  | { at: number; note: 'alive'; since: number }
  /** Of looking; what is between an end and a begin is not known. */
  | { at: number; note: 'begin' | 'end' };

export interface ProbeSpan {
  state: ProbeState;
  from_ms: number;
  /** Up to here it is known. */
  to_ms: number;
  text: string;
}

/** What one probe saw of one fault. */
export const ProbeImpactSchema = v.object({
  probe: v.string(),
  /** From the fault to the first look that was not met; null: none was, or none was met before. */
  noticed_after_ms: v.nullable(v.number()),
  not_met_ms: v.number(),
  /** Part of the fault's time in which nobody looked. */
  not_looked_ms: v.number(),
  /** The last that is known; null: nothing is. */
  state: v.nullable(v.picklist(['met', 'not_met', 'unknown'])),
});
export type ProbeImpact = v.InferOutput<typeof ProbeImpactSchema>;

/** Of one probe, oldest first, without overlaps; neighbours that touch differ. */
export function spansOf(notes: readonly ProbeNote[], probe: string, nowMs: number): ProbeSpan[] {
  const spans: ProbeSpan[] = [];
  let open = null as ProbeSpan | null;
  const extend = (toMs: number, sinceMs = toMs) => {
    if (open && sinceMs - open.to_ms > SILENT_MS) open = null;
    if (open) open.to_ms = Math.max(open.to_ms, toMs);
  };
  for (const note of notes) {
    if ('note' in note) {
      if (note.note === 'alive') extend(note.at, note.since);
      if (note.note === 'end') extend(note.at);
      if (note.note !== 'alive') open = null;
      continue;
    }
    if (note.probe !== probe) continue;
    extend(note.at);
    if (open?.state === note.state) continue;
    open = { state: note.state, from_ms: note.at, to_ms: note.at, text: note.text };
    spans.push(open);
  }
  // What was said a moment ago still holds; after a longer silence nobody knows.
  if (open) extend(nowMs);
  return spans;
}

/** One for each name, as far as it is known until now. */
export function probesImpact(
  fault: FaultTimes,
  names: readonly string[],
  notes: readonly ProbeNote[],
  nowMs: number,
): ProbeImpact[] {
  const intentMs = Date.parse(fault.injecting_at);
  const fromMs = Date.parse(fault.injected_at ?? fault.injecting_at);
  const toMs =
    fault.recovered_at === null ? Math.max(nowMs, fromMs) : Date.parse(fault.recovered_at);
  return names.map((probe) => {
    const spans = spansOf(notes, probe, nowMs).filter(
      (span) => span.from_ms <= toMs && span.to_ms >= intentMs,
    );
    const lasted = (wanted: readonly ProbeState[]) =>
      spans
        .filter(({ state }) => wanted.includes(state))
        .reduce(
          (sum, span) =>
            sum + Math.max(0, Math.min(span.to_ms, toMs) - Math.max(span.from_ms, fromMs)),
          0,
        );
    const first = spans.find(({ state, from_ms }) => state === 'not_met' && from_ms >= intentMs);
    const isNews = first !== undefined && spans[spans.indexOf(first) - 1]?.state !== 'not_met';
    return {
      probe,
      noticed_after_ms: isNews ? Math.max(0, first.from_ms - fromMs) : null,
      not_met_ms: lasted(['not_met']),
      not_looked_ms: Math.max(0, toMs - fromMs - lasted(['met', 'not_met'])),
      state: spans.at(-1)?.state ?? null,
    };
  });
}

/** Whether a look at the probe has ended since the fault was there. */
export function hasLooked(fault: FaultTimes, probe: string, notes: readonly ProbeNote[]): boolean {
  const sinceMs = Date.parse(fault.injected_at ?? fault.injecting_at);
  return notes.some((note) => 'probe' in note && note.probe === probe && note.at >= sinceMs);
}

/** `checkout not met for 2.1s; ledger met all along`, or null for no probes. */
export function probesSentence(impact: readonly ProbeImpact[], isOver: boolean): string | null {
  return impact.length === 0 ? null : impact.map((each) => probeWords(each, isOver)).join('; ');
}

function probeWords(
  { probe, not_met_ms, not_looked_ms, state }: ProbeImpact,
  isOver: boolean,
): string {
  const gap =
    not_looked_ms > TOLD_MS ? `${formatDuration(not_looked_ms)} of it not looked at` : null;
  if (state === null) return `${probe} not looked at`;
  if (not_met_ms === 0 && state !== 'not_met')
    return gap === null
      ? `${probe} met all along`
      : `${probe} met as far as it was looked at, ${gap}`;
  const until = state === 'not_met' && !isOver ? ' so far' : '';
  return `${probe} not met for ${formatDuration(not_met_ms)}${until}${gap === null ? '' : `, ${gap}`}`;
}
