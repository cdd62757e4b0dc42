/** The events of a schedule, as `events.ts` has all of them. */
import * as v from 'valibot';
import { EffectSchema } from '../fault/effect.ts';
import { GUARDS } from '../fault/guards.ts';

const schedule = { schedule: v.string() };

/** All that a turn needs, so that it comes also where the story, or the plugin that brought the kind, is gone. */
const ScheduledInjectSchema = v.object({
  kind: v.string(),
  params: v.record(v.string(), v.unknown()),
  effect: EffectSchema,
  words: v.object({ doing: v.string(), done: v.string(), undo: v.string() }),
  holds: v.nullable(v.string()),
  ends: v.optional(v.literal('at_once')),
  targets: v.optional(v.picklist(['nodes', 'services'])),
  service: v.nullable(v.union([v.string(), v.array(v.string())])),
  labels: v.array(v.string()),
  /** `command`, `leader`: the program stands in the story alone, since it may hold secrets. */
  pick: v.picklist(['random', 'oldest', 'newest', 'all', 'command', 'leader']),
  count: v.union([v.number(), v.object({ share: v.number() })]),
  exclude: v.array(v.string()),
  overrule: v.array(v.picklist(GUARDS)),
  /** Of each fault. */
  duration_ms: v.number(),
});
export type ScheduledInject = v.InferOutput<typeof ScheduledInjectSchema>;

export const END_REASONS = [
  'time',
  'recovered',
  'aborted',
  'halted',
  'left',
  'reset',
  'failed',
  'program_gone',
] as const;

export const SCHEDULE_BODIES = [
  /** From here on the watchdog injects one fault after the other, never two at once, until the schedule has ended; the first is the command's own. */
  v.object({
    type: v.literal('schedule.started'),
    ...schedule,
    chapter: v.nullable(v.string()),
    inject: ScheduledInjectSchema,
    every_ms: v.number(),
    jitter_ms: v.number(),
    for_ms: v.number(),
    /** ISO by our clock: no turn begins after it. */
    ends_at: v.string(),
    /** Of the gaps, and of the victims of each turn. */
    seed: v.number(),
    /** Also into a stack whose steady state is not met. */
    force: v.boolean(),
  }),
  /** A turn, counted from 1, at which nothing was done: a guard, or the engine, said no. */
  v.object({
    type: v.literal('schedule.skipped'),
    ...schedule,
    turn: v.number(),
    code: v.string(),
    message: v.string(),
  }),
  /** No more turns; written before its last fault is recovered. `failed`: the first turn did. `program_gone`: the story lost the program that picks. */
  v.object({
    type: v.literal('schedule.ended'),
    ...schedule,
    because: v.picklist(END_REASONS),
    by: v.picklist(['command', 'watchdog']),
  }),
] as const;
