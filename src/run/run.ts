/** What a run is at one moment, and what can be asked of it. `fold.ts` makes it from the journal's events. Pure. */

import type { FaultWords } from '../fault/contribution.ts';
import type { Effect, LiveEffect } from '../fault/effect.ts';
import type { Left } from '../fault/guards.ts';
import { type Instance, label } from '../fault/instance.ts';
import type { StackRef } from '../fault/stack.ts';
import type { AbortCondition } from '../impact/abort-condition.ts';
import type { ProbeImpact } from '../impact/probe-impact.ts';
import type { Verified } from '../impact/verified.ts';
import type { Workload } from '../impact/workload.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { Abort } from './aborts.ts';
import type { Attempt } from './attempts.ts';
import type { Environment } from './environment.ts';
import type { MARKED_AT } from './events.ts';
import type { Schedule } from './schedules.ts';

/** An instance as one of its stack. */
export type Standing = Pick<Instance, 'id' | 'service' | 'number'>;

export interface Fault {
  id: string;
  kind: string;
  phase: 'injecting' | 'injected' | 'recovering' | 'unverified' | 'recovered';
  params: Record<string, unknown>;
  /** As they were before. */
  targets: Instance[];
  /** On each target, in their order. */
  effects: Effect[];
  words: FaultWords;
  /** What of the stack ran before it. */
  before: Standing[];
  /** What its targets left of their services then. */
  left: Left[];
  chapter: string | null;
  engine_time: string;
  injecting_at: string;
  injected_at: string | null;
  deadline: string | null;
  recovering_at: string | null;
  recovered_at: string | null;
  outcome: 'verified' | 'never_happened' | 'closed' | null;
  /** Why it is not verified, or how it ended. */
  reason: string | null;
  seed: number | null;
  abort_if: AbortCondition[];
  /** Its chapter has a hypothesis. */
  observed: boolean;
  /** Whose turn it was; null: it was injected once. */
  schedule: string | null;
  /** What ran when it was injected, and can show its impact; null: nothing. */
  workload: Workload | null;
  /** What the probes of the steady state saw of it until it was recovered. */
  probes: ProbeImpact[];
}

/** Where the stack stood when something began: `seq` of the event that says so, the engine's word for its logs, instance -> restarts. */
export interface Mark {
  seq: number;
  logs: string | null;
  restarts: Record<string, number>;
}

export interface Position {
  /** From 0; -1 before the first chapter. */
  index: number;
  chapter: string | null;
  phase: 'entered' | 'entering' | 'failed';
  at: string | null;
  failure: { action: number; code: string; message: string } | null;
}

export interface Run {
  id: string;
  gameday: string;
  seq: number;
  started_at: string;
  /** Time of the newest event. */
  changed_at: string;
  story: {
    name: string;
    path: string | null;
    digest: string;
    chapters: { id: string; title: string }[];
  };
  engine: StackRef;
  position: Position;
  /** Where a cancelled chapter falls back to. */
  before: Position;
  /** Live ones first to last, after the newest of the recovered ones. */
  faults: Fault[];
  fault_count: number;
  /** Live ones, and the newest of those that have ended, in the order of their start. */
  schedules: Schedule[];
  schedule_count: number;
  /** By chapter: its newest attempt, with what its hypothesis came to. */
  attempts: Record<string, Attempt>;
  workload: Workload | null;
  aborted: Abort | null;
  /** Probes of the steady state that the watchdog looks at while a fault is live or a workload runs. */
  watched: string[];
  /** The newest of each; only where the story has probes that need one. */
  marks: Partial<Record<(typeof MARKED_AT)[number], Mark>>;
  /** What came of the writes of the last workload that was stopped; null: nothing was read back. */
  verified: Verified | null;
  /** From the moment it begins to start until it is stopped. */
  stack_started: boolean;
  /** What is under way with the stack, or was when a command died; null while it is wholly up or down. */
  stack_change: 'starting' | 'stopping' | null;
  finished_at: string | null;
  /** As far as it was known at the beginning; null: nothing was written down of it. */
  environment: Environment | null;
}

export function isLive(fault: Fault): boolean {
  return fault.phase !== 'recovered';
}

/** Oldest first; undo in reverse. */
export function liveFaults(run: Pick<Run, 'faults'>): Fault[] {
  return run.faults.filter(isLive);
}

/** Live ones, and those that were not recovered yet in `before`: what happened between the two. */
export function faultsSince(before: Run | null, run: Run): Fault[] {
  const over =
    before?.id === run.id
      ? before.faults.filter((fault) => !isLive(fault)).map((fault) => fault.id)
      : [];
  return run.faults.filter((fault) => !over.includes(fault.id));
}

/** Whether the watchdog looks at the probes of the steady state now. */
export function isProbed(run: Run): boolean {
  return (
    run.watched.length > 0 &&
    run.finished_at === null &&
    (run.workload !== null || run.faults.some(isLive))
  );
}

/** Whether the watchdog observes what a chapter expects of a live fault. */
export function isObserved(run: Run): boolean {
  return run.finished_at === null && liveFaults(run).some(({ observed }) => observed);
}

/** True while leaving the run would lose something: a chapter was entered, something of it still acts on the stack, or an abort has not been told. */
export function isUnderWay(run: Run): boolean {
  const acts =
    run.position.index >= 0 ||
    run.stack_started ||
    run.workload !== null ||
    run.schedules.some(({ ended }) => ended === null) ||
    liveFaults(run).length > 0;
  return run.finished_at === null && (acts || run.aborted?.told === false);
}

/** Which faults are meant: by their ids, by that of their schedule, or all; of these, those of a kind, and those that hit a service or an instance. */
export type Meant = string | 'all' | FaultSelector;

export interface FaultSelector {
  /** Empty: all. */
  ids: readonly string[];
  kind: string | null;
  /** A service, or `service-number`. */
  service: string | null;
}

/** The live faults that are meant, newest first. Throws Refusal `unknown_fault`, or `no_target` where kind or service match none; a fault that is recovered already is none. */
export function faultsMeant(run: Run, meant: Meant): Fault[] {
  const { ids, kind, service } =
    typeof meant === 'string'
      ? { ids: meant === 'all' ? [] : [meant], kind: null, service: null }
      : meant;
  for (const id of ids) refuseUnknown(run, id);
  const live = liveFaults(run).toReversed();
  const found = live
    .filter(
      ({ id, schedule }) =>
        ids.length === 0 || ids.includes(id) || (schedule !== null && ids.includes(schedule)),
    )
    .filter((fault) => kind === null || fault.kind === kind)
    .filter(
      ({ targets }) =>
        service === null || targets.some((each) => [each.service, label(each)].includes(service)),
    );
  // Nothing to do is well where nothing is live; a slip of the hand is not.
  if (found.length === 0 && live.length > 0 && (kind !== null || service !== null))
    throw new Refusal(
      'no_target',
      `No live fault matches. Live now: ${live.map(({ id, kind, targets }) => `${id} (${kind} ${targets.map(label).join(', ')})`).join(', ')}.`,
      'fault list',
    );
  return found;
}

function refuseUnknown(run: Run, which: string): void {
  const live = liveFaults(run).toReversed();
  const [, sort, number = 0] = /^([fs])([1-9]\d*)$/.exec(which) ?? [];
  const count = { f: run.fault_count, s: run.schedule_count }[sort ?? ''] ?? 0;
  if (Number(number) < 1 || Number(number) > count) {
    const known =
      live.length > 0
        ? `Live now: ${live.map((fault) => fault.id).join(', ')}.`
        : 'No fault is live.';
    throw new Refusal('unknown_fault', `This run has no fault "${which}". ${known}`, 'fault list');
  }
}

/**
 * What of ours disturbs an instance now, oldest first: the effects of live faults whose undo has not begun and whose time is
 * not up. `nowMs`: epoch; a watchdog undoes what is due before it can write that down.
 */
export function effectsOn(run: Pick<Run, 'faults'>, id: string, nowMs: number): LiveEffect[] {
  return liveFaults(run)
    .filter(({ phase }) => phase === 'injecting' || phase === 'injected')
    .filter(({ deadline }) => deadline === null || Date.parse(deadline) > nowMs)
    .flatMap(effectsOf)
    .filter(({ target }) => target.id === id);
}

/** One for each of its targets. */
export function effectsOf({ id, targets, effects, deadline }: Fault): LiveEffect[] {
  return targets.map((target, index) => ({
    fault: id,
    target,
    effect: effects[index] as Effect,
    deadline,
  }));
}

/** Instance id -> live fault, for all that a live fault of ours disturbs; with `on`, by this ability. */
export function disturbed(run: Run | null, on: string | null = null): Map<string, string> {
  const held = new Map<string, string>();
  for (const { fault, target, effect } of run ? liveFaults(run).flatMap(effectsOf) : [])
    if (on === null || effect.on === on) held.set(target.id, fault);
  return held;
}

/** Services that live faults other than this one hold as a whole, so that which instances they have is no business of it. */
export function servicesHeld(run: Pick<Run, 'faults'>, except: Pick<Fault, 'id'>): Set<string> {
  const others = liveFaults(run).filter(({ id }) => id !== except.id);
  return new Set(
    others
      .flatMap(({ targets }) => targets.filter(({ number }) => number === 0))
      .map(({ service }) => service),
  );
}
