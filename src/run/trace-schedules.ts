/** The spans of schedules: from the start of each to its end, with every turn at which nothing was done. Pure. */
import { namesOf } from '../fault/candidates.ts';
import type { EventOf } from './events.ts';
import { scheduleKey, span, type TraceSpan, tell } from './trace-span.ts';

type ScheduleEvent = EventOf<'schedule.started' | 'schedule.skipped' | 'schedule.ended'>;

/** Reasons by which one did not end as it was meant to. */
const ERRORS: Partial<Record<EventOf<'schedule.ended'>['because'], string>> = {
  failed: 'its first turn failed',
  program_gone: 'the story has no longer the program that picks its targets',
  aborted: 'aborted',
};

export class ScheduleSpans {
  readonly #open = new Map<string, TraceSpan>();

  clear(): void {
    this.#open.clear();
  }

  /** The span that ends with it. `parent`: key of the chapter or the run that it belongs to. */
  add(event: ScheduleEvent, parent: string): TraceSpan[] {
    const atMs = Date.parse(event.at);
    if (event.type === 'schedule.started') {
      this.#open.set(event.schedule, begun(event, parent, atMs));
      return [];
    }
    const open = this.#open.get(event.schedule);
    if (!open) return [];
    if (event.type === 'schedule.skipped') {
      const { turn, code, message } = event;
      tell(open, atMs, `turn ${turn} skipped`, { 'gameday.code': code, 'gameday.reason': message });
      return [];
    }
    this.#open.delete(event.schedule);
    const { because, by } = event;
    const attributes = { 'gameday.schedule.ended': because, 'gameday.schedule.ended_by': by };
    const error = ERRORS[because] ?? null;
    return [{ ...open, endMs: atMs, attributes: { ...open.attributes, ...attributes }, error }];
  }
}

function begun(event: EventOf<'schedule.started'>, parent: string, atMs: number): TraceSpan {
  const { schedule, inject, every_ms, jitter_ms, for_ms, chapter } = event;
  const what = [inject.kind, namesOf(inject.service).join(', ')].filter(Boolean).join(' ');
  return span(scheduleKey(schedule), parent, `schedule ${what}`, atMs, {
    'gameday.schedule.id': schedule,
    'gameday.schedule.every_ms': every_ms,
    'gameday.schedule.jitter_ms': jitter_ms,
    'gameday.schedule.for_ms': for_ms,
    'gameday.fault.kind': inject.kind,
    ...(chapter !== null && { 'gameday.chapter.id': chapter }),
  });
}
