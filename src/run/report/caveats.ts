/** What a reader has to know before trusting a report: that the run goes on, was cut off, has gaps. Data; the view has the words. Pure. */
import { label } from '../../fault/instance.ts';
import type { Event } from '../events.ts';
import { type Fault, isLive, type Run } from '../run.ts';
import type { Measurement } from './measurement.ts';
import type { ReportReadings } from './report.ts';

export type Caveat =
  /** `held`: a command works on it at this moment. */
  | { caveat: 'under_way'; held: boolean }
  | { caveat: 'live_faults'; faults: { fault: string; kind: string; targets: string[] }[] }
  /** A command died while it did this. */
  | { caveat: 'cut_off'; what: 'chapter' | 'fault' | 'stack'; name: string }
  | { caveat: 'aborted'; condition: string; measured: string; faults: string[]; by: string }
  | { caveat: 'halted'; halted_by: string; reason: string | null; faults: string[] }
  | { caveat: 'simulated' }
  | { caveat: 'not_measured_for'; gap_ms: number; of_ms: number }
  | { caveat: 'nothing_measured' }
  | { caveat: 'clock_set_back' }
  | { caveat: 'no_story_copy' }
  /** In words of whoever read the files. */
  | { caveat: 'warning'; text: string };

/** A shorter gap is part of how windows are cut. */
const TOLD_GAP_MS = 1000;

export function caveatsOf(
  { run, faults, state }: { run: Run; faults: readonly Fault[]; state: 'over' | 'under_way' },
  { workloads, isMeasured, isClockSetBack }: Measurement,
  { events, isHeld, story, warnings, nowMs }: ReportReadings,
): Caveat[] {
  const caveats: Caveat[] = [];
  const live = faults.filter(isLive);
  if (state === 'under_way') caveats.push({ caveat: 'under_way', held: isHeld });
  if (live.length > 0)
    caveats.push({
      caveat: 'live_faults',
      faults: live.map(({ id, kind, targets }) => {
        return { fault: id, kind, targets: targets.map(label) };
      }),
    });
  if (!isHeld && run.finished_at === null) caveats.push(...cutOff(run, live));
  caveats.push(...events.flatMap(endOf));
  if (workloads.some(({ simulated }) => simulated)) caveats.push({ caveat: 'simulated' });
  const real = workloads.filter(({ simulated }) => !simulated);
  const gapMs = real.reduce((sum, { gap_ms }) => sum + (gap_ms ?? 0), 0);
  if (real.length > 0 && !isMeasured) caveats.push({ caveat: 'nothing_measured' });
  else if (gapMs > TOLD_GAP_MS) {
    const lengthMs = real.reduce((sum, { started_at, stopped_at }) => {
      return sum + (stopped_at === null ? nowMs : Date.parse(stopped_at)) - Date.parse(started_at);
    }, 0);
    caveats.push({ caveat: 'not_measured_for', gap_ms: gapMs, of_ms: lengthMs });
  }
  if (isClockSetBack) caveats.push({ caveat: 'clock_set_back' });
  if (story === null) caveats.push({ caveat: 'no_story_copy' });
  return [...caveats, ...warnings.map((text): Caveat => ({ caveat: 'warning', text }))];
}

function cutOff({ position, stack_change, story }: Run, live: readonly Fault[]): Caveat[] {
  const chapter = story.chapters.find(({ id }) => id === position.chapter);
  return [
    ...(position.phase === 'entering'
      ? [
          {
            caveat: 'cut_off',
            what: 'chapter',
            name: chapter?.title ?? `${position.chapter}`,
          } as const,
        ]
      : []),
    ...live
      .filter(({ phase }) => phase === 'injecting')
      .map(({ id }) => ({ caveat: 'cut_off', what: 'fault', name: id }) as const),
    ...(stack_change === null
      ? []
      : [{ caveat: 'cut_off', what: 'stack', name: stack_change } as const]),
  ];
}

/** What ended faults before a chapter or a person did. */
function endOf(event: Event): Caveat[] {
  if (event.type === 'run.halted') {
    const { halted_by, reason, faults } = event;
    return [{ caveat: 'halted', halted_by, reason, faults }];
  }
  if (event.type !== 'run.aborted') return [];
  const { condition, measured, faults, by } = event;
  return [{ caveat: 'aborted', condition, measured, faults, by }];
}
