/** What came of a schedule: its turns one by one in its faults, and one sentence for all of them. Pure. */
import { formatDuration } from '../../terms/duration.ts';
import type { Event, EventOf } from '../events.ts';
import type { Schedule } from '../schedules.ts';
import type { ReportFault } from './faults.ts';

export interface ReportSchedule
  extends Pick<
    Schedule,
    | 'id'
    | 'chapter'
    | 'every_ms'
    | 'jitter_ms'
    | 'for_ms'
    | 'seed'
    | 'started_at'
    | 'ends_at'
    | 'turns'
    | 'recovered'
    | 'ended'
  > {
  kind: string;
  /** Of each fault. */
  duration_ms: number;
  /** Turns at which nothing was done, and why. */
  skipped: Pick<EventOf<'schedule.skipped'>, 'turn' | 'at' | 'code' | 'message'>[];
  /** Ids of its faults. */
  faults: string[];
  /** The longest time until the first who noticed one of them; null: nobody noticed any. */
  worst_detect_ms: number | null;
  /** Faults that nobody noticed, as far as is known. */
  unnoticed: number;
  /** The longest time from an undo to its proof. */
  longest_recovery_ms: number | null;
  /** Of all of them together; null: nothing was measured. */
  operations_lost: number | null;
  simulated: boolean;
  sentence: string;
}

export function scheduleOf(
  schedule: Schedule,
  { faults, events }: { faults: readonly ReportFault[]; events: readonly Event[] },
): ReportSchedule {
  const mine = faults.filter((fault) => fault.schedule === schedule.id);
  const happened = mine.filter(({ outcome }) => outcome !== 'never_happened');
  const detected = happened.map(firstNoticeMs);
  const figures = happened.flatMap(({ impact }) => impact ?? []);
  const lost = figures.flatMap(({ operations_lost }) => operations_lost ?? []);
  const { id, chapter, every_ms, jitter_ms, for_ms, seed, inject } = schedule;
  const { started_at, ends_at, turns, recovered, ended } = schedule;
  const known = {
    id,
    chapter,
    kind: inject.kind,
    every_ms,
    jitter_ms,
    for_ms,
    duration_ms: inject.duration_ms,
    seed,
    started_at,
    ends_at,
    ended,
    turns,
    recovered,
    skipped: events.flatMap((event) =>
      event.type === 'schedule.skipped' && event.schedule === id
        ? [{ turn: event.turn, at: event.at, code: event.code, message: event.message }]
        : [],
    ),
    faults: mine.map((fault) => fault.id),
    worst_detect_ms: most(detected),
    unnoticed: detected.filter((each) => each === null).length,
    longest_recovery_ms: most(happened.map(({ took_ms }) => took_ms)),
    operations_lost: lost.length > 0 ? lost.reduce((sum, each) => sum + each, 0) : null,
    simulated: figures.some(({ simulated }) => simulated),
  };
  return { ...known, sentence: sentenceOf(known, happened) };
}

function firstNoticeMs({ noticed, probes }: ReportFault): number | null {
  const all = [
    noticed.engine,
    noticed.health,
    noticed.workload,
    ...probes.map(({ noticed_after_ms }) => noticed_after_ms),
  ].filter((each) => each !== null);
  return all.length > 0 ? Math.min(...all) : null;
}

function sentenceOf(
  found: Omit<ReportSchedule, 'sentence'>,
  happened: readonly ReportFault[],
): string {
  const { id, kind, turns, recovered, skipped, ended, worst_detect_ms, unnoticed } = found;
  const { longest_recovery_ms, operations_lost, simulated, started_at } = found;
  const lastAt = ended?.at ?? happened.at(-1)?.injecting_at ?? started_at;
  const overMs = Math.max(0, Date.parse(lastAt) - Date.parse(started_at));
  const faults = happened.length;
  const slowest =
    longest_recovery_ms === null ? '' : `, the slowest in ${formatDuration(longest_recovery_ms)}`;
  const parts = [
    `${faults} × ${kind} at ${counted(turns, 'turn')} over ${formatDuration(overMs)}${ended ? '' : ' so far'}`,
    faults === 0
      ? ''
      : `${recovered === faults ? 'all' : `${recovered} of ${faults}`} recovered${slowest}`,
    skipped.length > 0 ? `${skipped.length} skipped` : '',
    worst_detect_ms === null
      ? faults === 0
        ? ''
        : 'nobody noticed any'
      : `noticed after ${formatDuration(worst_detect_ms)} at worst${unnoticed > 0 ? `, ${unnoticed} not at all` : ''}`,
    operations_lost === null
      ? ''
      : `${operations_lost} operations lost in all${simulated ? ' (simulated)' : ''}`,
  ];
  return `${id}: ${parts.filter((each) => each !== '').join('; ')}.`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function most(values: readonly (number | null)[]): number | null {
  const known = values.filter((each) => each !== null);
  return known.length > 0 ? Math.max(...known) : null;
}
