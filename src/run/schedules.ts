/**
 * Faults that come again and again: a schedule is an event of its own, kept by the watchdog until its time is over or
 * somebody ends it. When its next turn is due, whom that may hit, and what is to be done now. Pure: the same seed gives the
 * same gaps and the same victims.
 */

import { namesOf } from '../fault/candidates.ts';
import { label } from '../fault/instance.ts';
import type { Repeat } from '../story/repeat.ts';
import { formatDuration } from '../terms/duration.ts';
import { seededRandom } from '../terms/random.ts';
import type { EventOf } from './events.ts';
import { type Fault, type FaultSelector, liveFaults, type Meant, type Run } from './run.ts';
import type { ScheduledInject } from './schedule-events.ts';

export interface Schedule extends Repeat {
  id: string;
  chapter: string | null;
  inject: ScheduledInject;
  seed: number;
  /** Also into a stack whose steady state is not met. */
  force: boolean;
  started_at: string;
  /** No turn begins after it. */
  ends_at: string;
  /** Those that came, also those at which nothing was done. */
  turns: number;
  /** Those at which nothing was done. */
  skipped: number;
  /** Of its faults: seen as well again. */
  recovered: number;
  /** When the next one is due. */
  next_at: string;
  /** Labels of those that were hit last. */
  last_targets: string[];
  last_skip: { at: string; turn: number; code: string; message: string } | null;
  ended: { at: string; because: EndReason; by: 'command' | 'watchdog' } | null;
}

export type EndReason = EventOf<'schedule.ended'>['because'];

/** Of ended ones, so many are kept in the state. */
const KEPT_SCHEDULES = 5;
/** Any odd number with many bits: seeds of neighbours must not be neighbours. */
const SPREAD = 0x9e3779b1;

/** Oldest first. */
export function liveSchedules(run: Pick<Run, 'schedules'>): Schedule[] {
  return run.schedules.filter(({ ended }) => ended === null);
}

/** The seed that a turn draws its victims by; the first one's is the schedule's own. `turn`: from 1. */
export function turnSeed({ seed }: Pick<Schedule, 'seed'>, turn: number): number {
  return (seed + Math.imul(turn - 1, SPREAD)) >>> 0;
}

/** From one turn to the next, in ms. */
export function gapMs(schedule: Pick<Schedule, 'seed' | 'every_ms' | 'jitter_ms'>, turn: number) {
  const { every_ms, jitter_ms } = schedule;
  const drawn = seededRandom(turnSeed(schedule, turn) ^ 0x5bd1e995)();
  return Math.round(every_ms + (2 * drawn - 1) * jitter_ms);
}

export function begun(event: EventOf<'schedule.started'>): Schedule {
  const { schedule, chapter, inject, every_ms, jitter_ms, for_ms, ends_at, seed, force, at } =
    event;
  return {
    id: schedule,
    chapter,
    inject,
    every_ms,
    jitter_ms,
    for_ms,
    seed,
    force,
    started_at: at,
    ends_at,
    turns: 0,
    skipped: 0,
    recovered: 0,
    next_at: at,
    last_targets: [],
    last_skip: null,
    ended: null,
  };
}

/** As it stands after an event of its own, or of a fault of its own. Throws RangeError for what cannot follow. */
export function advanced(schedule: Schedule, event: ScheduleEvent): Schedule {
  switch (event.type) {
    case 'fault.injecting':
      return {
        ...turned(schedule, event.at),
        last_targets: event.effects.map(({ target }) => label(target)),
      };
    case 'schedule.skipped': {
      const { at, turn, code, message } = event;
      return {
        ...turned(schedule, at),
        skipped: schedule.skipped + 1,
        last_skip: { at, turn, code, message },
      };
    }
    case 'fault.recovered':
      return {
        ...schedule,
        recovered: schedule.recovered + (event.outcome === 'verified' ? 1 : 0),
      };
    case 'schedule.ended': {
      if (schedule.ended) throw new RangeError(`schedule ${schedule.id} has ended already`);
      const { at, because, by } = event;
      return { ...schedule, ended: { at, because, by } };
    }
  }
}

export type ScheduleEvent = EventOf<
  'fault.injecting' | 'fault.recovered' | 'schedule.skipped' | 'schedule.ended'
>;

/** From the moment at which it really came: those that were missed are not made up for, so that two never come close together. */
function turned(schedule: Schedule, at: string): Schedule {
  const turns = schedule.turns + 1;
  const next_at = new Date(Date.parse(at) + gapMs(schedule, turns)).toISOString();
  return { ...schedule, turns, next_at };
}

/** Ended ones beyond the newest few are in the journal alone. */
export function keptSchedules(schedules: readonly Schedule[]): Schedule[] {
  let over = schedules.filter(({ ended }) => ended !== null).length - KEPT_SCHEDULES;
  return schedules.filter(({ ended }) => ended === null || --over < 0);
}

/** Its fault that is live; null: none is. */
export function liveFaultOf({ id }: Schedule, run: Pick<Run, 'faults'>): Fault | null {
  return liveFaults(run).find(({ schedule }) => schedule === id) ?? null;
}

/** Those that went on in `before`, and have ended in between. */
export function endedSince(before: Run | null, run: Run): Schedule[] {
  const ids = before?.id === run.id ? liveSchedules(before).map(({ id }) => id) : [];
  return run.schedules.filter(({ id, ended }) => ended !== null && ids.includes(id));
}

/** What is due of a schedule now, by how long it is until then. `wait`: its fault is live. */
export type ScheduleStep =
  | { step: 'turn' | 'end'; in_ms: number }
  | { step: 'wait'; fault: string };

/** `nextInMs`, `endsInMs`: from now until the next turn, and until no turn may begin any more. */
export function planSchedule(
  schedule: Schedule,
  run: Pick<Run, 'faults'>,
  { nextInMs, endsInMs }: { nextInMs: number; endsInMs: number },
): ScheduleStep {
  const fault = liveFaultOf(schedule, run);
  // What could not be recovered until the end stays live by itself, as every fault does.
  const isGivenUp = fault?.phase === 'unverified' && endsInMs <= 0;
  if (fault && !isGivenUp) return { step: 'wait', fault: fault.id };
  // One that is late, since nobody was there, still comes while there is time.
  if (endsInMs <= 0 || nextInMs >= endsInMs) return { step: 'end', in_ms: 0 };
  return { step: 'turn', in_ms: Math.max(0, nextInMs) };
}

/** By the clock on the wall. */
export function stepAt(schedule: Schedule, run: Pick<Run, 'faults'>, nowMs: number): ScheduleStep {
  const nextInMs = Date.parse(schedule.next_at) - nowMs;
  return planSchedule(schedule, run, { nextInMs, endsInMs: Date.parse(schedule.ends_at) - nowMs });
}

/** Those that end where these faults are recovered by hand: the ones that they belong to, and the ones that are meant themselves. */
export function schedulesMeant(run: Run, meant: Meant): Schedule[] {
  const { ids, kind, service } = selectorOf(meant);
  return liveSchedules(run).filter((schedule) => {
    const fault = liveFaultOf(schedule, run);
    const { inject } = schedule;
    return (
      (ids.length === 0 || ids.includes(schedule.id) || (fault && ids.includes(fault.id))) &&
      (kind === null || inject.kind === kind) &&
      (service === null ||
        namesOf(inject.service).includes(service) ||
        fault?.targets.some((each) => [each.service, label(each)].includes(service)))
    );
  });
}

function selectorOf(meant: Meant): FaultSelector {
  if (typeof meant !== 'string') return meant;
  return { ids: meant === 'all' ? [] : [meant], kind: null, service: null };
}

/** `18 turns, 16 recovered, 2 skipped` */
export function countsOf({ turns, skipped, recovered }: Schedule): string {
  const parts = [`${turns} ${turns === 1 ? 'turn' : 'turns'}`, `${recovered} recovered`];
  return [...parts, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ');
}

/** What becomes of a live one, in the middle of a sentence. */
export function describeNext(schedule: Schedule, run: Pick<Run, 'faults'>, nowMs: number): string {
  const due = stepAt(schedule, run, nowMs);
  if (due.step === 'end') return 'its time is over, so it ends now';
  const leftMs = Date.parse(schedule.ends_at) - nowMs;
  if (due.step === 'wait')
    return leftMs > 0
      ? `the next turn comes after ${due.fault} is recovered, and none after ${formatDuration(leftMs)}`
      : `it ends when ${due.fault} is recovered`;
  const next = due.in_ms > 0 ? `comes in ${formatDuration(due.in_ms)}` : 'is due now';
  return `the next turn ${next}, and none after ${formatDuration(leftMs)}`;
}
