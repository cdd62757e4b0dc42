/** A line of `--events`, as other programs read it. The tests hold real lines against it. */
import * as v from 'valibot';
import { VerifiedSchema } from '../../src/impact/verified.ts';
import { EventSchema } from '../../src/run/events.ts';
import { EVENTS_VERSION, type EventLine } from '../../src/run/outgoing.ts';
import type { Doing, Evidence, RecoverWait } from '../../src/run/progress.ts';
import { OCCASIONS } from '../../src/story/outlet-spec.ts';
import { NOTIFICATION_VERSION } from '../../src/view/outlets/notification.ts';
import { time } from './shapes.ts';

const number = v.nullable(v.number());
const names = v.array(v.string());
const id = v.array(v.union([v.string(), v.number()]));
/** As the journal keeps it: `found` says what it is of. */
const found = v.nullable(v.looseObject({ found: v.string() }));

/** Does not compile where `Told` has a shape that the schema lacks. */
const allOf =
  <Told>() =>
  <Schema extends v.GenericSchema>(
    schema: Schema & ([Told] extends [v.InferInput<Schema>] ? unknown : { lacks: Told }),
  ): Schema =>
    schema;

const waits = allOf<RecoverWait>()(
  v.variant('waits_for', [
    v.strictObject({ waits_for: v.literal('undo'), is: names, undo: v.string() }),
    v.strictObject({ waits_for: v.literal('intent'), left_ms: v.number() }),
    v.strictObject({
      waits_for: v.literal('state'),
      target: v.string(),
      state: v.string(),
      health: v.string(),
    }),
    v.strictObject({ waits_for: v.literal('stay'), target: v.string() }),
    v.strictObject({
      waits_for: v.literal('stack'),
      down: v.array(v.strictObject({ target: v.string(), state: v.string() })),
    }),
    v.strictObject({
      waits_for: v.literal('replacement'),
      target: v.string(),
      owner: v.string(),
      well: v.number(),
      wanted: v.number(),
    }),
    v.strictObject({
      waits_for: v.picklist(['workload', 'probes']),
      unmet: names,
      /** Until the wait is given up. */
      left_ms: v.number(),
    }),
  ]),
);

const now = v.variant('now', [
  v.looseObject({ now: v.literal('starting'), waits_for: v.picklist(['setup', 'steady_rate']) }),
  v.strictObject({ now: v.literal('looking'), text: v.string() }),
  v.strictObject({ now: v.literal('noticing'), count: v.number() }),
  v.strictObject({ now: v.literal('reading_back'), read: v.number(), of: v.number() }),
]);

const doing = allOf<Doing>()(
  v.variant('do', [
    v.strictObject({
      do: v.literal('stack'),
      to: v.picklist(['up', 'down']),
      project: v.string(),
      anew: v.boolean(),
    }),
    v.strictObject({
      do: v.literal('countdown'),
      kind: v.string(),
      targets: v.array(v.strictObject({ label: v.string(), name: v.string() })),
      left_ms: v.number(),
      of_ms: v.number(),
    }),
    v.strictObject({
      do: v.literal('inject'),
      kind: v.string(),
      words: v.strictObject({ doing: v.string(), done: v.string() }),
      service: v.nullable(v.string()),
      targets: names,
      fault: v.nullable(v.string()),
      changed: v.optional(v.picklist(['nothing', 'something', 'unknown'])),
    }),
    v.strictObject({
      do: v.literal('recover'),
      fault: v.string(),
      kind: v.string(),
      targets: names,
      wait: v.nullable(waits),
      how: v.optional(names),
      untouched: v.optional(v.boolean()),
    }),
    v.strictObject({
      do: v.literal('action'),
      /** As the story has it, without what signs in. */
      action: v.looseObject({ do: v.string() }),
      now: v.nullable(now),
    }),
    v.strictObject({
      do: v.literal('read_back'),
      read: v.number(),
      of: v.number(),
      verified: v.nullable(v.union([VerifiedSchema, v.literal('unknown')])),
    }),
  ]),
);

const evidence = allOf<Exclude<Evidence, { about: 'output' | 'target' }>>()(
  v.variant('about', [
    v.strictObject({
      about: v.literal('targets'),
      doing: v.string(),
      targets: names,
      left: v.array(
        v.strictObject({
          service: v.string(),
          of: v.number(),
          untouched: v.number(),
          majority: v.boolean(),
        }),
      ),
    }),
    /** Of programs and logs nothing but how many lines they wrote. */
    v.strictObject({ about: v.literal('output'), left_out: v.number() }),
    v.strictObject({
      about: v.literal('target'),
      target: v.string(),
      kind: v.string(),
      now: v.nullable(
        v.looseObject({
          state: v.string(),
          health: v.string(),
          exit_code: number,
          oom_killed: v.boolean(),
          restart_count: v.number(),
        }),
      ),
      left_out: v.number(),
    }),
    v.strictObject({ about: v.literal('measured'), texts: names }),
    v.strictObject({ about: v.literal('impact'), text: v.string(), during: names }),
    v.strictObject({ about: v.literal('figures'), texts: names }),
    v.strictObject({ about: v.literal('probes'), text: v.string() }),
    v.strictObject({
      about: v.literal('pick'),
      named: v.nullable(v.string()),
      exit_code: v.number(),
    }),
    v.strictObject({ about: v.literal('leader'), named: names, why: v.nullable(v.string()) }),
    v.strictObject({
      about: v.literal('steady_state'),
      checks: v.array(v.strictObject({ met: v.boolean(), text: v.string() })),
    }),
    v.strictObject({
      about: v.literal('others'),
      of: v.number(),
      unwell: v.array(v.strictObject({ target: v.string(), is: v.string() })),
    }),
    v.strictObject({ about: v.literal('notices'), found: v.looseObject({ found: v.string() }) }),
  ]),
);

const endedBy = v.nullable(
  v.strictObject({ code: v.string(), message: v.string(), next: v.string(), exit: v.number() }),
);

const head = { v: v.literal(EVENTS_VERSION), at: time, run: v.nullable(v.string()) };

export const eventLineSchema = v.variant('type', [
  v.strictObject({ ...head, type: v.literal('recorded'), event: EventSchema }),
  v.strictObject({
    ...head,
    type: v.literal('chapter'),
    index: v.number(),
    of: v.number(),
    id: v.string(),
    title: v.string(),
    narration: v.string(),
    unverified: v.array(v.strictObject({ fault: v.string(), kind: v.string(), targets: names })),
  }),
  v.strictObject({
    ...head,
    type: v.literal('step'),
    id,
    phase: v.picklist(['planned', 'running', 'done', 'failed', 'skipped']),
    doing,
    took_ms: v.optional(v.number()),
    found: v.optional(found),
    error: v.optional(v.strictObject({ message: v.string(), interrupted: v.boolean() })),
  }),
  v.strictObject({ ...head, type: v.literal('evidence'), id, evidence }),
  /** The command has let go of the run; one that plays several chapters does so after each. */
  v.strictObject({
    ...head,
    type: v.literal('released'),
    error: endedBy,
    live: v.array(v.strictObject({ fault: v.string(), kind: v.string(), targets: names })),
  }),
  /** The last line of a command. */
  v.strictObject({ ...head, type: v.literal('ended'), exit: v.number(), error: endedBy }),
]);

/** What a webhook in plain JSON is told, and a program of `hooks:` on its stdin. */
export const occasionSchema = v.strictObject({
  v: v.literal(NOTIFICATION_VERSION),
  occasion: v.picklist([...OCCASIONS, 'before_inject']),
  at: time,
  run: v.string(),
  story: v.string(),
  chapter: v.nullable(
    v.strictObject({ id: v.string(), title: v.string(), number: v.number(), of: v.number() }),
  ),
  fault: v.nullable(
    v.strictObject({
      id: v.nullable(v.string()),
      kind: v.string(),
      done: v.string(),
      targets: names,
      injecting_at: v.nullable(time),
      recovered_at: v.nullable(time),
      outcome: v.nullable(v.picklist(['verified', 'never_happened', 'closed'])),
    }),
  ),
  live: names,
  detail: v.nullable(v.string()),
  text: v.string(),
});

/** Each type of a line stands in the schema. */
type Missing = Exclude<EventLine['type'], v.InferOutput<typeof eventLineSchema>['type']>;
true satisfies Missing extends never ? true : never;
