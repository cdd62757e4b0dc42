/** Recorded events that are news by themselves: no step of the work says them. */
import type { Event } from '../../run/events.ts';
import { endWords } from '../schedule-results.ts';
import { sayHypothesis } from './judged.ts';

/** Null: a step says it, or there is nothing to say. */
export function sayEvent(event: Event): string | null {
  switch (event.type) {
    case 'run.aborted':
      return `Aborted: ${event.measured} (abort_if: ${event.condition})`;
    case 'run.halted':
      return `Halted by ${event.halted_by}: recovering ${event.faults.join(', ')}`;
    case 'hypothesis.checked':
      return sayHypothesis(event);
    case 'schedule.skipped':
      return `${event.schedule}: turn ${event.turn} skipped: ${event.message}`;
    case 'schedule.ended':
      return `${event.schedule}: ${endWords(event.because)}`;
    case 'chapter.cancelled':
      return 'Chapter cancelled: the run stands where it stood before';
    case 'fault.recovered':
      return event.outcome === 'closed' ? `${event.fault} closed: ${event.reason}` : null;
    default:
      return null;
  }
}
