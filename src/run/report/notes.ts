/** What a reader has to know before trusting a report: that the run goes on, was cut off, has gaps. Data; the view has the words. Pure. */
import { label } from '../../fault/instance.ts';
import type { Event } from '../events.ts';
import { type Fault, isLive, type Run } from '../run.ts';
import type { Measurement } from './measurement.ts';
import type { ReportReadings } from './report.ts';

export type ReportNote =
  /** `held`: a command works on it at this moment. */
  | { note: 'under_way'; held: boolean }
  | { note: 'live_faults'; faults: { fault: string; kind: string; targets: string[] }[] }
  /** A command died while it did this. */
  | { note: 'cut_off'; what: 'chapter' | 'fault' | 'stack'; name: string }
  | { note: 'aborted'; condition: string; measured: string; faults: string[]; by: string }
  | { note: 'halted'; halted_by: string; reason: string | null; faults: string[] }
  | { note: 'simulated' }
  | { note: 'not_measured_for'; gap_ms: number; of_ms: number }
  | { note: 'nothing_measured' }
  | { note: 'clock_set_back' }
  | { note: 'no_story_copy' }
  /** In words of whoever read the files. */
  | { note: 'warning'; text: string };

/** A shorter gap is part of how windows are cut. */
const TOLD_GAP_MS = 1000;

export function notesOf(
  { run, faults, state }: { run: Run; faults: readonly Fault[]; state: 'over' | 'under_way' },
  { workloads, isMeasured, isClockSetBack }: Measurement,
  { events, isHeld, story, warnings, nowMs }: ReportReadings,
): ReportNote[] {
  const notes: ReportNote[] = [];
  const live = faults.filter(isLive);
  if (state === 'under_way') notes.push({ note: 'under_way', held: isHeld });
  if (live.length > 0)
    notes.push({
      note: 'live_faults',
      faults: live.map(({ id, kind, targets }) => {
        return { fault: id, kind, targets: targets.map(label) };
      }),
    });
  if (!isHeld && run.finished_at === null) notes.push(...cutOff(run, live));
  notes.push(...events.flatMap(endOf));
  if (workloads.some(({ simulated }) => simulated)) notes.push({ note: 'simulated' });
  const real = workloads.filter(({ simulated }) => !simulated);
  const gapMs = real.reduce((sum, { gap_ms }) => sum + (gap_ms ?? 0), 0);
  if (real.length > 0 && !isMeasured) notes.push({ note: 'nothing_measured' });
  else if (gapMs > TOLD_GAP_MS) {
    const lengthMs = real.reduce((sum, { started_at, stopped_at }) => {
      return sum + (stopped_at === null ? nowMs : Date.parse(stopped_at)) - Date.parse(started_at);
    }, 0);
    notes.push({ note: 'not_measured_for', gap_ms: gapMs, of_ms: lengthMs });
  }
  if (isClockSetBack) notes.push({ note: 'clock_set_back' });
  if (story === null) notes.push({ note: 'no_story_copy' });
  return [...notes, ...warnings.map((text): ReportNote => ({ note: 'warning', text }))];
}

function cutOff({ position, stack_change, story }: Run, live: readonly Fault[]): ReportNote[] {
  const chapter = story.chapters.find(({ id }) => id === position.chapter);
  return [
    ...(position.phase === 'entering'
      ? [
          {
            note: 'cut_off',
            what: 'chapter',
            name: chapter?.title ?? `${position.chapter}`,
          } as const,
        ]
      : []),
    ...live
      .filter(({ phase }) => phase === 'injecting')
      .map(({ id }) => ({ note: 'cut_off', what: 'fault', name: id }) as const),
    ...(stack_change === null
      ? []
      : [{ note: 'cut_off', what: 'stack', name: stack_change } as const]),
  ];
}

/** What ended faults before a chapter or a person did. */
function endOf(event: Event): ReportNote[] {
  if (event.type === 'run.halted') {
    const { halted_by, reason, faults } = event;
    return [{ note: 'halted', halted_by, reason, faults }];
  }
  if (event.type !== 'run.aborted') return [];
  const { condition, measured, faults, by } = event;
  return [{ note: 'aborted', condition, measured, faults, by }];
}
