/**
 * The journal's events: one schema each, checked by the same parser before an event is written and after it is read.
 * An event says what happened, never how it is shown. `v` counts changes that an older gameday could not read.
 */
import * as v from 'valibot';
import { EffectSchema } from '../fault/effect.ts';
import { InstanceSchema } from '../fault/instance.ts';
import { StackRefSchema } from '../fault/stack.ts';
import { AbortConditionSchema, ReferenceSchema } from '../impact/abort-condition.ts';
import { ProbeImpactSchema } from '../impact/probe-impact.ts';
import { VerifiedSchema } from '../impact/verified.ts';
import { CheckedItemSchema } from './checked-item.ts';
import { EnvironmentSchema } from './environment.ts';
import { JudgedItemSchema } from './judged-item.ts';
import { SCHEDULE_BODIES } from './schedule-events.ts';

export const JOURNAL_VERSION = 2;

/** What begins when the stack is marked. */
export const MARKED_AT = ['run', 'chapter', 'fault', 'recovery'] as const;

/** Names of the probes that the watchdog looks at from here on; none where it is left out. */
const watched = v.optional(v.array(v.string()));

const chapter = { chapter: v.string(), index: v.number() };
const fault = { fault: v.string() };

/** What an action found out, for the reports: data, as `found.ts` has it. */
const found = v.looseObject({ found: v.string() });

const BODIES = [
  v.object({
    type: v.literal('run.started'),
    run: v.string(),
    gameday: v.string(),
    story: v.object({
      name: v.string(),
      path: v.nullable(v.string()),
      digest: v.string(),
      chapters: v.array(v.object({ id: v.string(), title: v.string() })),
    }),
    engine: StackRefSchema,
    environment: v.optional(EnvironmentSchema),
  }),
  /** Of a stack that is gameday's own. Between the first and the second of each pair, a command that died left it between the two. */
  v.object({ type: v.literal('stack.starting') }),
  v.object({ type: v.literal('stack.started') }),
  v.object({ type: v.literal('stack.stopping') }),
  v.object({ type: v.literal('stack.stopped') }),
  /** Where logs and restarts of the stack stood, for probes that look at what came since. `restarts`: instance -> its count. */
  v.object({
    type: v.literal('stack.marked'),
    because: v.picklist(MARKED_AT),
    logs: v.nullable(v.string()),
    restarts: v.record(v.string(), v.number()),
  }),
  v.object({
    type: v.literal('chapter.entering'),
    ...chapter,
    cause: v.picklist(['next', 'auto', 'retry']),
  }),
  v.object({
    type: v.literal('action.done'),
    ...chapter,
    action: v.number(),
    found: v.nullable(found),
  }),
  v.object({ type: v.literal('chapter.entered'), ...chapter }),
  v.object({
    type: v.literal('chapter.failed'),
    ...chapter,
    action: v.number(),
    code: v.string(),
    message: v.string(),
  }),
  /** Given up before anything was broken; the run stands where it stood before. */
  v.object({ type: v.literal('chapter.cancelled'), ...chapter, reason: v.string() }),
  v.object({ type: v.literal('chapter.left'), ...chapter, to: v.number() }),
  /** The intent: all that is needed to undo it. The fault is live from here. */
  v.object({
    type: v.literal('fault.injecting'),
    ...fault,
    kind: v.string(),
    /** As the kind made its effects of them; kept as evidence, and for reports. */
    params: v.record(v.string(), v.unknown()),
    /** On each target, as it was before. */
    effects: v.array(v.object({ target: InstanceSchema, effect: EffectSchema })),
    /** What is said of it: `killing`, `killed`, and what ends it: `restart`. */
    words: v.object({ doing: v.string(), done: v.string(), undo: v.string() }),
    /** What of the stack ran at that moment: what has fallen with the targets is told by it. */
    before: v.array(v.object({ id: v.string(), service: v.string(), number: v.number() })),
    /** What the targets leave of their services; absent where an older gameday did not say. */
    left: v.optional(
      v.array(
        v.object({
          service: v.string(),
          of: v.number(),
          untouched: v.number(),
          majority: v.boolean(),
        }),
      ),
    ),
    engine_time: v.string(),
    /** ISO by our clock; the watchdog recovers then. */
    deadline: v.nullable(v.string()),
    chapter: v.nullable(v.string()),
    /** The seed that `pick: random` used, so that the same victim can be had again. */
    seed: v.nullable(v.number()),
    /** While the fault is live, each of them ends it, and every other one; absent where there are none. */
    abort_if: v.optional(v.array(AbortConditionSchema)),
    /** Its chapter has a hypothesis, so that the watchdog observes it; absent where it has none. */
    observed: v.optional(v.boolean()),
    /** The schedule whose turn it is; absent where somebody injected it once. */
    schedule: v.optional(v.string()),
    watched,
  }),
  v.object({
    type: v.literal('fault.injected'),
    ...fault,
    took_ms: v.number(),
    targets: v.array(InstanceSchema),
    /** Figures of its effect, as sentences; absent: nothing could be measured. */
    measured: v.optional(v.array(v.string())),
  }),
  v.object({
    type: v.literal('fault.recovering'),
    ...fault,
    by: v.picklist(['command', 'watchdog']),
  }),
  v.object({ type: v.literal('fault.unverified'), ...fault, reason: v.string() }),
  /** The only end of a live fault. */
  v.object({
    type: v.literal('fault.recovered'),
    ...fault,
    outcome: v.picklist(['verified', 'never_happened', 'closed']),
    reason: v.string(),
    /** From the undo to the proof. */
    took_ms: v.number(),
    /** What the probes of the steady state saw of it; none where it is left out. */
    probes: v.optional(v.array(ProbeImpactSchema)),
  }),
  ...SCHEDULE_BODIES,
  /** A condition of `abort_if` held, so that all these faults, live until then, are being recovered. Written before that, or while it is done. */
  v.object({
    type: v.literal('run.aborted'),
    condition: v.string(),
    /** `errors 43% over the last 3s`, and the figure in the condition's unit. */
    measured: v.string(),
    value: v.nullable(v.number()),
    faults: v.array(v.string()),
    by: v.picklist(['command', 'watchdog']),
  }),
  /** All these faults are being recovered, since somebody halted: `since` and `halted_by` are those of the file HALT. */
  v.object({
    type: v.literal('run.halted'),
    halted_by: v.string(),
    since: v.string(),
    reason: v.nullable(v.string()),
    faults: v.array(v.string()),
    by: v.picklist(['command', 'watchdog']),
  }),
  /** A command ended with what the watchdog had done; from here on the run goes on. */
  v.object({ type: v.literal('run.abort_told') }),
  v.object({
    type: v.literal('workload.started'),
    kind: v.string(),
    simulated: v.boolean(),
    /** Operations a second that somebody set, or null: they are measured. */
    baseline: v.nullable(v.number()),
    /** The earlier run that is compared with; absent where none is. */
    reference: v.optional(ReferenceSchema),
    /** Where its figures are served to Prometheus, `host:port`; absent: nowhere. */
    metrics: v.optional(v.string()),
    /** It runs within the command that started it, and ends with it; absent: in the background. */
    foreground: v.optional(v.literal(true)),
    watched,
  }),
  v.object({ type: v.literal('workload.stopped'), reason: v.string() }),
  /** What the workload that was stopped last has written, as it was read back. */
  v.object({ type: v.literal('workload.verified'), verified: VerifiedSchema }),
  v.object({ type: v.literal('run.finished') }),
  /** How the steady state stood, each item with its figure; `fault`: the one it was looked at for, which may be about to begin. */
  v.object({
    type: v.literal('steady_state.checked'),
    when: v.picklist(['before', 'during', 'after']),
    fault: v.nullable(v.string()),
    items: v.array(CheckedItemSchema),
  }),
  /** What a chapter expected of its faults, held against what was observed until the last of them was over. */
  v.object({
    type: v.literal('hypothesis.checked'),
    chapter: v.string(),
    on_deviation: v.picklist(['stop', 'continue']),
    items: v.array(JudgedItemSchema),
  }),
  /** A command ended with these hypotheses, or went on knowing that they deviated. */
  v.object({ type: v.literal('hypothesis.told'), chapters: v.array(v.string()) }),
] as const;

export const EventBodySchema = v.variant('type', [...BODIES]);
export const EventSchema = v.intersect([
  v.object({ v: v.number(), seq: v.number(), at: v.string() }),
  EventBodySchema,
]);

export type EventBody = v.InferOutput<typeof EventBodySchema>;
/** `seq` counts from 1 without a gap; `at` is ISO by the clock of the machine that wrote it, and may jump: order is by `seq`. */
export type Event = { v: number; seq: number; at: string } & EventBody;
export type EventOf<T extends Event['type']> = Extract<Event, { type: T }>;

/** Problems of a value that should be an event, or the event. */
export function parseEvent(value: unknown): { event: Event } | { problem: string } {
  const result = v.safeParse(EventSchema, value);
  if (result.success) return { event: result.output as Event };
  const issue = result.issues[0];
  return { problem: `${v.getDotPath(issue) ?? 'the line'}: ${issue.message}` };
}
