/** When alerts are looked at: from the entering of a chapter that expects one, until they have resolved after its faults. Pure. */
import { alertsOf } from '../story/hypothesis-spec.ts';
import type { Chapter } from '../story/story.ts';
import { faultsOfAttempt } from './attempts.ts';
import { isLive, type Run } from './run.ts';

/** An alert that has not resolved for so long after the recovery is somebody's to look at. */
const RESOLVE_MS = 15 * 60_000;
/** One that comes late is seen, too. */
const LATE_MS = 10_000;

/** `chapter`: the run stands in one that expects an alert. `fault`: a fault of such a chapter is live, or over so recently that it counts. */
export function dueAlerts(
  run: Run,
  chapters: readonly Chapter[],
  isFiring: boolean,
  nowMs: number,
): ('chapter' | 'fault')[] {
  if (run.finished_at !== null) return [];
  const expecting = chapters.filter(({ hypothesis }) => alertsOf(hypothesis).length > 0);
  const forMs = isFiring ? RESOLVE_MS : LATE_MS;
  const isObserved = expecting.some(({ id }) =>
    faultsOfAttempt(run, id).some(
      (fault) => isLive(fault) || nowMs - Date.parse(fault.recovered_at ?? '') < forMs,
    ),
  );
  const { chapter } = run.position;
  return [
    ...(expecting.some(({ id }) => id === chapter) ? (['chapter'] as const) : []),
    ...(isObserved ? (['fault'] as const) : []),
  ];
}
