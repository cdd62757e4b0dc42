/**
 * What a load that waits for its answers did later, or not at all. Pure. The backlog grows by what the baseline promised and
 * did not come back, and shrinks by what comes back beyond it; it is never below 0.
 */
import { endOf, rateOf, type Window } from './windows.ts';

/** So little of the largest backlog counts as none. */
const REST = 0.05;
/** After the workload is well again, only a rate that is above the baseline by this factor works off a backlog. */
const CATCHING_UP = 1.05;

export interface Backlog {
  /** The largest it was: operations that came back late, or not at all. */
  late: number;
  /** What is left of it. */
  shortfall: number;
  /** When it was worked off; epoch milliseconds. Null: it is not, or there was none. */
  caught_up_ms: number | null;
}

/** `windows`: since the injection. `wellMs`: when it was known to be well again; null: it is not. `rate`: of the baseline. */
export function backlogOf(
  windows: readonly Window[],
  rate: number,
  wellMs: number | null,
): Backlog {
  let backlog = 0;
  let late = 0;
  let caughtUpMs: number | null = null;
  for (const window of windows) {
    if (wellMs !== null && window.at >= wellMs && rateOf(window) < CATCHING_UP * rate) break;
    backlog = Math.max(0, backlog + (rate * window.dt_ms) / 1000 - window.ok);
    if (backlog > late) [late, caughtUpMs] = [backlog, null];
    else if (caughtUpMs === null && late > 0 && backlog <= REST * late) caughtUpMs = endOf(window);
  }
  return {
    late: Math.round(late),
    shortfall: Math.round(backlog),
    caught_up_ms: caughtUpMs,
  };
}
