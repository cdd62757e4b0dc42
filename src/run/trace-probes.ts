/** What the probes of the steady state saw while a fault was live, as spans below it. Pure. */
import { type ProbeNote, spansOf } from '../impact/probe-impact.ts';
import type { TraceSpan } from './trace-span.ts';

/** One for each time that a probe was met, not met, or could not be looked at. `fault`: has ended. */
export function probeSpans(notes: readonly ProbeNote[], fault: TraceSpan): TraceSpan[] {
  const { key, startMs, endMs } = fault;
  const names = new Set(notes.flatMap((note) => ('probe' in note ? [note.probe] : [])));
  return [...names].flatMap((probe) =>
    spansOf(notes, probe, endMs)
      .filter(({ from_ms, to_ms }) => from_ms <= endMs && to_ms >= startMs)
      .map(({ state, from_ms, to_ms, text }): TraceSpan => {
        const words = state.replace('_', ' ');
        return {
          key: `${key} probe ${probe} ${from_ms}`,
          parent: key,
          name: `probe ${probe}: ${words}`,
          startMs: Math.max(from_ms, startMs),
          endMs: Math.min(to_ms, endMs),
          attributes: { 'gameday.probe.name': probe, 'gameday.probe.state': words },
          moments: [],
          error: state === 'not_met' ? text : null,
        };
      }),
  );
}
