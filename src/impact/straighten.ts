/**
 * Measured time when the machine's clock was set back: windows stay in the order in which they were measured, and their
 * times, and those of the events between them, are laid on one line that only goes forward. Pure.
 */
import { endOf, type Window } from './windows.ts';

/** Less than this is a clock that is being slewed, and rounding. */
export const SET_BACK_MS = 1000;

export interface Straight {
  windows: readonly Window[];
  /** How often the clock was set back. */
  jumps: number;
  /** Where an event of the journal lies on the line of the windows, not before `notBeforeMs` where it can be told. */
  place(epochMs: number, notBeforeMs?: number): number;
}

interface Segment {
  from: number;
  to: number;
  offset: number;
}

/** `windows` in the order of their measurement. */
export function straighten(windows: readonly Window[]): Straight {
  const segments: Segment[] = [];
  const straight: Window[] = [];
  let last: Window | null = null;
  for (const window of windows) {
    let segment = segments.at(-1);
    if (!segment || (last && window.at < endOf(last) - SET_BACK_MS)) {
      const offset: number = last && segment ? endOf(last) + segment.offset - window.at : 0;
      segment = { from: window.at, to: window.at, offset };
      segments.push(segment);
    }
    segment.to = endOf(window);
    straight.push(segment.offset === 0 ? window : { ...window, at: window.at + segment.offset });
    last = window;
  }
  if (segments.length < 2) return { windows: straight, jumps: 0, place: (epochMs) => epochMs };
  return {
    windows: straight,
    jumps: segments.length - 1,
    place: (epochMs, notBeforeMs) => place(segments, epochMs, notBeforeMs),
  };
}

/** The nearest stretch wins, the newest of several: what a live fault asks about is recent. */
function place(
  segments: readonly Segment[],
  epochMs: number,
  notBeforeMs = Number.NEGATIVE_INFINITY,
): number {
  let nearest: { far: number; at: number } | null = null;
  for (const { from, to, offset } of segments) {
    const far = Math.max(0, from - epochMs, epochMs - to);
    if (epochMs + offset >= notBeforeMs && (!nearest || far <= nearest.far))
      nearest = { far, at: epochMs + offset };
  }
  return nearest?.at ?? notBeforeMs;
}
