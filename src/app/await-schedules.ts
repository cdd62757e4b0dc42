/**
 * Waits until the faults that come again and again in the current chapter are over, and holds nothing meanwhile: the watchdog
 * takes the turns, and another shell may end them. A watchdog that dies in between is started again.
 */
import { dirname } from 'node:path';
import { describeNext, liveSchedules, type Schedule } from '../run/schedules.ts';
import { carryOut } from './carry-out.ts';
import { type Context, currentView } from './context.ts';
import { sleep } from './signals.ts';
import { lookAtWatchdog } from './watchdog/state.ts';

const LOOK_EVERY_MS = 250;

/** Resolves to whether there was anything to wait for. */
export async function awaitSchedules(context: Context): Promise<boolean> {
  let hasWaited = false;
  for (;;) {
    const { run, path } = currentView(context);
    const live = run ? liveSchedules(run).filter(isOf(run.position.chapter)) : [];
    const [schedule] = live;
    if (run === null || path === null || !schedule) return hasWaited;
    if (!hasWaited) {
      const next = describeNext(schedule, run, Date.now());
      context.say(`Waiting until the schedule ${schedule.id} is over: ${next}.`);
    }
    hasWaited = true;
    // A transition that does nothing else.
    if (lookAtWatchdog(dirname(path)).state === 'gone')
      await carryOut(context, { recovers: true }, (runner) =>
        runner.endSchedules([], 'time', 'command'),
      );
    await context.interruptible((signal) => sleep(LOOK_EVERY_MS, signal));
  }
}

function isOf(chapter: string | null): (schedule: Schedule) => boolean {
  return (schedule) => chapter !== null && schedule.chapter === chapter;
}
