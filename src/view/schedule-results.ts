/** A schedule as `fault list` and the commands that begin and end one say it: the object for `--json` and a line. Pure. */
import type { Run } from '../run/run.ts';
import { countsOf, describeNext, type EndReason, type Schedule } from '../run/schedules.ts';
import { describeRepeat, type Repeat } from '../story/repeat.ts';

const ENDED: Record<EndReason, string> = {
  time: 'its time was over',
  recovered: 'ended by a recovery',
  aborted: 'ended by a condition of abort_if',
  halted: 'ended by a halt',
  left: 'ended, since its chapter was left',
  reset: 'ended with the run',
  failed: 'ended, since its first fault failed',
  program_gone: 'ended, since the story has no program any more that picks the targets',
};

export function scheduleJson(schedule: Schedule): Record<string, unknown> {
  const { inject, force: _, next_at, ...rest } = schedule;
  const { kind, service, duration_ms } = inject;
  return { ...rest, kind, service, duration_ms, next_at: rest.ended ? null : next_at };
}

/** `s1: delay redis every 1m for 30m` */
export function scheduleWords(schedule: Schedule): string {
  const { id, inject } = schedule;
  const service = inject.service === null ? '' : ` ${[inject.service].flat().join(', ')}`;
  return `${id}: ${inject.kind}${service} ${describeRepeat(schedule)}`;
}

/** `delay every 1m for 30m` */
export function repeatWords({ inject, ...repeat }: Pick<Schedule, 'inject'> & Repeat): string {
  return `${inject.kind} ${describeRepeat(repeat)}`;
}

/** One that has ended says how; a live one what is next. */
export function scheduleLines(schedule: Schedule, run: Run, nowMs: number): string[] {
  const { ended, last_skip } = schedule;
  const stands = ended ? ENDED[ended.because] : describeNext(schedule, run, nowMs);
  return [
    `${scheduleWords(schedule)}  ${countsOf(schedule)}; ${stands}`,
    ...(last_skip ? [`    last skipped: turn ${last_skip.turn}: ${last_skip.message}`] : []),
  ];
}

/** `s1 has ended: 5 turns, 5 recovered.` `verdict`: its sentence; null: not known. */
export function endedLine(schedule: Schedule, verdict: string | null): string {
  return `The schedule ${schedule.id} has ended. ${verdict ?? `${countsOf(schedule)}.`}`;
}

/** `verdicts`: of those that have ended, by their ids. */
export function schedulesJson(
  schedules: readonly Schedule[],
  verdicts: ReadonlyMap<string, string>,
): Record<string, unknown>[] {
  return schedules.map((each) => ({
    ...scheduleJson(each),
    verdict: verdicts.get(each.id) ?? null,
  }));
}

/** Of an event that ends one. */
export function endWords(because: EndReason): string {
  return ENDED[because];
}
