/** Shapes that the results of several commands have in common. An object has the keys that stand here and no others. */

import * as v from 'valibot';
import { ReferenceSchema } from '../../src/impact/abort-condition.ts';
import { ProbeImpactSchema } from '../../src/impact/probe-impact.ts';
import { VerifiedSchema } from '../../src/impact/verified.ts';
import { ITEM_STATES, JudgedItemSchema } from '../../src/run/judged-item.ts';
import { END_REASONS } from '../../src/run/schedule-events.ts';
import { CODES } from '../../src/terms/outcomes.ts';

/** A time as ISO 8601. */
export const time = v.pipe(v.string(), v.isoTimestamp());
export const runId = v.nullable(v.pipe(v.string(), v.regex(/^r[1-9]\d*$/)));
export const phase = v.picklist(['entered', 'entering', 'failed']);

const number = v.nullable(v.number());
const codes = Object.keys(CODES) as (keyof typeof CODES)[];

export const problem = v.strictObject({
  file: v.optional(v.nullable(v.string())),
  line: v.number(),
  column: v.number(),
  path: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
});

/** What every refusal and every error is: one object on stdout, with the exit code in it. */
export const error = v.strictObject({
  code: v.picklist(codes),
  message: v.string(),
  next: v.string(),
  exit: v.number(),
  problems: v.optional(v.array(problem)),
  data: v.optional(v.record(v.string(), v.unknown())),
  live: v.optional(v.array(v.string())),
});

/** What the targets of a fault leave of a service. */
const left = v.array(
  v.strictObject({
    service: v.string(),
    of: v.number(),
    untouched: v.number(),
    majority: v.boolean(),
  }),
);

export const fault = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^f[1-9]\d*$/)),
  kind: v.string(),
  phase: v.picklist(['injecting', 'injected', 'recovering', 'unverified', 'recovered']),
  targets: v.array(
    v.strictObject({
      label: v.string(),
      service: v.string(),
      number: v.number(),
      name: v.string(),
      id: v.string(),
    }),
  ),
  left,
  chapter: v.nullable(v.string()),
  /** Whose turn it was; null: it was injected once. */
  schedule: v.nullable(v.string()),
  injecting_at: time,
  injected_at: v.nullable(time),
  deadline: v.nullable(time),
  recovered_at: v.nullable(time),
  outcome: v.nullable(v.picklist(['verified', 'never_happened', 'closed'])),
  reason: v.nullable(v.string()),
  seed: number,
  probes: v.array(ProbeImpactSchema),
});

const repeat = {
  id: v.pipe(v.string(), v.regex(/^s[1-9]\d*$/)),
  chapter: v.nullable(v.string()),
  kind: v.string(),
  every_ms: v.number(),
  jitter_ms: v.number(),
  for_ms: v.number(),
  /** Of each fault. */
  duration_ms: v.number(),
  seed: v.number(),
  started_at: time,
  ends_at: time,
  turns: v.number(),
  recovered: v.number(),
  ended: v.nullable(
    v.strictObject({
      at: time,
      because: v.picklist(END_REASONS),
      by: v.picklist(['command', 'watchdog']),
    }),
  ),
};
const skip = { turn: v.number(), at: time, code: v.string(), message: v.string() };

/** Faults that come again and again. */
export const schedule = v.strictObject({
  ...repeat,
  service: v.nullable(v.union([v.string(), v.array(v.string())])),
  /** Null: it has ended. */
  next_at: v.nullable(time),
  skipped: v.number(),
  last_targets: v.array(v.string()),
  last_skip: v.nullable(v.strictObject(skip)),
});

/** With one sentence for all of its faults, where it has ended. */
export const listedSchedule = v.strictObject({
  ...schedule.entries,
  verdict: v.nullable(v.string()),
});

export const reportedSchedule = v.strictObject({
  ...repeat,
  skipped: v.array(v.strictObject(skip)),
  faults: v.array(v.string()),
  worst_detect_ms: number,
  unnoticed: v.number(),
  longest_recovery_ms: number,
  operations_lost: number,
  simulated: v.boolean(),
  sentence: v.string(),
});

const latency = v.nullable(v.looseObject({ p50_ms: number, p99_ms: number }));

/** What the workload felt of one fault; docs/measurement.md explains each key. */
export const impact = v.strictObject({
  fault: v.string(),
  sentence: v.string(),
  state: v.picklist(['worse', 'unaffected', 'back', 'not_measured', 'simulated']),
  simulated: v.boolean(),
  baseline: number,
  baseline_from: v.nullable(v.string()),
  detect_ms: number,
  depth: number,
  rate_ratio: number,
  worse_by: v.array(v.string()),
  recovered_after_injection_ms: number,
  recovered_after_undo_ms: number,
  caught_up_after_undo_ms: number,
  before: latency,
  during: latency,
  after: latency,
  resilience: number,
  operations_lost: number,
  lost_ratio: number,
  shortfall: number,
  late: number,
  silent_ms: number,
  errors: v.nullable(v.record(v.string(), v.number())),
  timeouts: number,
  dropped: number,
  measured_ms: number,
  gap_ms: number,
  objective: v.nullable(v.string()),
  error_budget_used: number,
  steady_state: v.array(
    v.strictObject({
      threshold: v.string(),
      met: v.boolean(),
      worst: number,
      unit: v.string(),
    }),
  ),
  also_live: v.array(v.string()),
  sparkline: v.strictObject({ bars: v.string(), marks: v.string() }),
});

/** A condition of `abort_if` that held, and what it ended. */
export const aborted = v.nullable(
  v.strictObject({
    at: time,
    condition: v.string(),
    measured: v.string(),
    value: number,
    faults: v.array(v.string()),
    by: v.picklist(['command', 'watchdog']),
    told: v.boolean(),
  }),
);

/** What a chapter expected of its faults, as it was judged. */
export const hypothesis = v.strictObject({
  chapter: v.string(),
  judged_at: time,
  state: v.picklist(ITEM_STATES),
  on_deviation: v.picklist(['stop', 'continue']),
  items: v.array(JudgedItemSchema),
});
/** Those that were judged in the run. */
export const hypotheses = v.array(hypothesis);

export const verified = v.nullable(VerifiedSchema);

export const workload = v.nullable(
  v.strictObject({
    kind: v.string(),
    simulated: v.boolean(),
    baseline: number,
    reference: v.nullable(ReferenceSchema),
    metrics: v.optional(v.string()),
    foreground: v.optional(v.literal(true)),
    started_at: time,
  }),
);

export const chapter = v.strictObject({
  id: v.string(),
  title: v.string(),
  number: v.number(),
  of: v.number(),
  phase,
});

const refused = v.nullable(
  v.strictObject({ code: v.picklist(codes), message: v.string(), next: v.string() }),
);

/** What `--dry-run` says would be done. */
export const plan = v.strictObject({
  title: v.string(),
  steps: v.array(
    v.strictObject({
      action: v.string(),
      targets: v.array(v.strictObject({ label: v.string(), name: v.string(), id: v.string() })),
      left,
      doing: v.nullable(v.string()),
      undo: v.nullable(v.string()),
      refused,
    }),
  ),
});

/** What a fault of a story would hit now. */
export const targetCheck = v.strictObject({
  chapter: v.string(),
  action: v.string(),
  targets: v.array(v.string()),
  left,
  doing: v.nullable(v.string()),
  exact: v.boolean(),
  refused,
  wrong: v.boolean(),
});
