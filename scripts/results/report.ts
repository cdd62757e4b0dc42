/** A report of a run as `story report --format json` has it. The tests hold real reports against it. */
import * as v from 'valibot';
import { HEALTHS } from '../../src/fault/instance.ts';
import { ProbeImpactSchema } from '../../src/impact/probe-impact.ts';
import { VerifiedSchema } from '../../src/impact/verified.ts';
import { EnvironmentSchema } from '../../src/run/environment.ts';
import { REPORT_VERSION } from '../../src/run/report/report.ts';
import { fault, impact, reportedSchedule, time } from './shapes.ts';

const number = v.nullable(v.number());
const text = v.nullable(v.string());

export const reportVerdict = v.strictObject({
  state: v.picklist(['held', 'deviated', 'not_measured']),
  sentence: v.string(),
  met: v.number(),
  deviated: v.number(),
  not_measured: v.number(),
  deviated_hypotheses: v.array(v.string()),
  faults: v.number(),
  live_faults: v.number(),
  operations_lost: number,
  longest_recovery_ms: number,
  still_worse: v.boolean(),
  lowest_depth: number,
  simulated: v.boolean(),
});

const point = v.strictObject({
  /** Epoch milliseconds of its start. Null below: it was not measured. */
  at: v.number(),
  ops_per_s: number,
  lowest: number,
  highest: number,
  p50_ms: number,
  p99_ms: number,
  p999_ms: number,
  errors_per_s: number,
  error_ratio: number,
});
const series = v.nullable(v.strictObject({ step_ms: v.number(), points: v.array(point) }));

const item = v.strictObject({
  kind: v.picklist([
    'hypothesis',
    'threshold',
    'probe',
    'detection',
    'action',
    'recovery',
    'abort',
    'writes',
  ]),
  when: v.nullable(v.picklist(['before', 'during', 'after'])),
  chapter: text,
  fault: text,
  name: v.string(),
  wanted: v.string(),
  state: v.picklist(['met', 'deviated', 'not_measured']),
  measured: number,
  unit: text,
  text: v.string(),
});

const chapter = v.strictObject({
  number: v.number(),
  id: v.string(),
  title: v.string(),
  narration: v.string(),
  actions: v.array(v.string()),
  phase: v.picklist(['ahead', 'entered', 'failed', 'cut_off', 'left']),
  attempts: v.number(),
  entering_at: v.nullable(time),
  until: v.nullable(time),
  failure: v.nullable(v.strictObject({ code: v.string(), message: v.string() })),
});

const { targets: _t, probes: _p, ...ofFault } = fault.entries;
const { sparkline: _s, ...figures } = impact.entries;
const reportedFault = v.strictObject({
  ...ofFault,
  params: v.record(v.string(), v.unknown()),
  recovering_at: v.nullable(time),
  words: v.strictObject({ done: v.string(), undo: v.string() }),
  targets: v.array(
    v.strictObject({
      label: v.string(),
      name: v.string(),
      service: v.string(),
      effect: v.looseObject({ on: v.string() }),
    }),
  ),
  noticed: v.strictObject({ engine: number, health: number, workload: number }),
  probes: v.array(ProbeImpactSchema),
  recovered_by: v.nullable(v.picklist(['command', 'watchdog'])),
  took_ms: number,
  impact: v.nullable(v.strictObject(figures)),
  series,
});

const lanes = v.nullable(
  v.strictObject({
    lanes: v.array(
      v.strictObject({
        instance: v.string(),
        service: v.string(),
        spans: v.array(
          v.strictObject({
            from_ms: v.number(),
            to_ms: v.number(),
            state: v.string(),
            health: v.picklist(HEALTHS),
            watched: v.boolean(),
          }),
        ),
      }),
    ),
    left_out: v.number(),
  }),
);

const spans = v.array(
  v.strictObject({
    state: v.picklist(['met', 'not_met', 'unknown']),
    from_ms: v.number(),
    to_ms: v.number(),
    text: v.string(),
  }),
);

export const reportSchema = v.strictObject({
  v: v.literal(REPORT_VERSION),
  made_at: time,
  gameday: v.string(),
  run: v.strictObject({
    id: v.string(),
    gameday: v.string(),
    state: v.picklist(['over', 'under_way']),
    started_at: time,
    ended_at: time,
    duration_ms: v.number(),
    story: v.strictObject({ name: v.string(), path: text, digest: v.string() }),
    engine: v.strictObject({ kind: v.string(), project: v.string() }),
  }),
  verdict: reportVerdict,
  caveats: v.array(v.looseObject({ caveat: v.string(), sentence: v.string() })),
  notes: v.array(
    v.strictObject({
      at: time,
      author: v.string(),
      text: v.string(),
      chapter: text,
    }),
  ),
  chapters: v.array(chapter),
  items: v.array(item),
  action_items: v.array(v.string()),
  faults: v.array(reportedFault),
  schedules: v.array(reportedSchedule),
  workloads: v.array(
    v.strictObject({
      kind: v.string(),
      simulated: v.boolean(),
      started_at: time,
      stopped_at: v.nullable(time),
      reason: text,
      gap_ms: number,
    }),
  ),
  series,
  instances: lanes,
  probes: v.array(v.strictObject({ probe: v.string(), spans })),
  /** Those that chapters expect; met: it fired. */
  alerts: v.array(v.strictObject({ alert: v.string(), spans })),
  verified: v.nullable(VerifiedSchema),
  timeline: v.strictObject({
    left_out: v.number(),
    events: v.array(
      v.strictObject({
        seq: v.number(),
        at: time,
        type: v.string(),
        chapter: text,
        fault: text,
        text: v.string(),
      }),
    ),
  }),
  environment: v.nullable(EnvironmentSchema),
});

/** Runs beside each other. */
export const comparison = v.strictObject({
  before: v.array(v.string()),
  after: v.string(),
  differences: v.array(v.picklist(['story', 'workload', 'simulated'])),
  rows: v.array(
    v.strictObject({
      about: v.string(),
      name: v.string(),
      unit: v.picklist(['ops/s', 'ms', 'operations', 'share', 'items', 'keys']),
      before: number,
      after: number,
      noise: v.number(),
      change: v.picklist(['better', 'worse', 'same', 'unknown']),
      failed: v.boolean(),
    }),
  ),
  /** A share. */
  allowed: number,
  failed: v.boolean(),
  sentence: v.string(),
  path: text,
  text: v.optional(v.string()),
});
