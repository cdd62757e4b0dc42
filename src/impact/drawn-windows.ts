/** Which windows a sparkline of a fault is drawn from: a little before it, until it was well again. Pure. */
import type { Assessment } from './impact.ts';
import { endOf, WINDOW_MS, type Window, windowOf } from './windows.ts';

/** A fifth of it before, and a fifth after, so that both levels are seen; at least three seconds. */
export function marginOf(lengthMs: number): number {
  return Math.max(3000, lengthMs / 5);
}

/** The measured windows to draw; none where none was measured. */
export function shownOf({ frame, verdict }: Assessment): Window[] {
  const last = frame.windows.at(-1);
  if (!last) return [];
  const isOver = verdict.state === 'back' || verdict.state === 'unaffected';
  const toMs = isOver ? Math.max(verdict.time?.to_ms ?? 0, frame.recoveredAtMs ?? 0) : endOf(last);
  const margin = marginOf(toMs - frame.injectedAtMs);
  const isShown = (window: Window) =>
    window.at >= frame.injectedAtMs - margin &&
    window.at < Math.min(toMs + (isOver ? margin : 0), frame.untilMs);
  return frame.windows.filter(isShown);
}

/** As many points as a picture needs, however long it lasts. */
export function curve(rateAt: (atMs: number) => number, fromMs: number, toMs: number): Window[] {
  const stepMs = Math.max(WINDOW_MS, (toMs - fromMs) / 240);
  const counts = { errors: {}, timeouts: 0, dropped: 0, in_flight: 0, histogram: [] };
  return Array.from({ length: Math.max(0, Math.floor((toMs - fromMs) / stepMs)) }, (_, index) => {
    const at = fromMs + index * stepMs;
    return windowOf({ at, dt_ms: stepMs, ok: (rateAt(at) * stepMs) / 1000, ...counts });
  });
}
