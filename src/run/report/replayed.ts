/** A run from all of its events, and whether it is over. Pure. */
import type { Event } from '../events.ts';
import { fold } from '../fold.ts';
import { type Fault, isLive, isUnderWay, type Run } from '../run.ts';
import { liveSchedules, type Schedule } from '../schedules.ts';

/** The run, with every fault and every schedule that it had: the run itself keeps the newest ones alone. */
export function replayed(events: readonly Event[]): {
  run: Run;
  faults: Fault[];
  schedules: Schedule[];
} {
  let run: Run | null = null;
  const faults = new Map<string, Fault>();
  const schedules = new Map<string, Schedule>();
  for (const event of events) {
    run = fold(run, event);
    for (const schedule of run.schedules) schedules.set(schedule.id, schedule);
    if (!('fault' in event)) continue;
    const fault = run.faults.find(({ id }) => id === event.fault);
    if (fault) faults.set(fault.id, fault);
  }
  if (!run) throw new RangeError('there is no event');
  return { run, faults: [...faults.values()], schedules: [...schedules.values()] };
}

/** Ended, or at the end of its story with nothing of it left, or nothing of it goes on and no chapter was entered. */
export function isOver(run: Run, faults: readonly Fault[]): boolean {
  const { position, story, workload, stack_started } = run;
  const isAtEnd = position.index >= story.chapters.length - 1 && position.phase === 'entered';
  const acts =
    faults.some(isLive) || liveSchedules(run).length > 0 || workload !== null || stack_started;
  return !isUnderWay(run) || (isAtEnd && position.index >= 0 && !acts);
}
