/** What each command prints with `--json`, by its id. The tests hold real outputs against it. */
import * as v from 'valibot';
import { OWN_CATALOGUE } from '../../src/app/catalogue.ts';
import { RunSummarySchema } from '../../src/run/report/summary.ts';
import { FORMATS } from '../../src/view/report/index.ts';
import { containers } from './containers.ts';
import { comparison, reportVerdict } from './report.ts';
import {
  aborted,
  chapter,
  error,
  fault,
  hypotheses,
  hypothesis,
  impact,
  listedSchedule,
  phase,
  plan,
  runId,
  schedule,
  targetCheck,
  time,
  verified,
  workload,
} from './shapes.ts';

const number = v.nullable(v.number());

const position = {
  run: runId,
  chapter: v.nullable(chapter),
  next: v.nullable(v.strictObject({ id: v.string(), title: v.string(), number: v.number() })),
  end_of_story: v.boolean(),
  live_faults: v.array(fault),
  live_schedules: v.array(schedule),
  impact: v.array(impact),
  verified,
  hypotheses,
};
const moved = v.strictObject(position);
const planned = v.strictObject({ plan });
const span = { typical_ms: v.number(), longest_ms: v.number(), reading_ms: v.number() };

const measured = v.strictObject({
  measured_ms: v.number(),
  ok: v.number(),
  failed: v.number(),
  ops_per_s: v.number(),
  errors: v.record(v.string(), v.number()),
  timeouts: v.number(),
  dropped: v.number(),
  p50_ms: number,
  p99_ms: number,
  p999_ms: number,
});

const watched = v.union([
  v.strictObject({
    at: time,
    kind: v.nullable(v.string()),
    simulated: v.literal(true),
    ops_per_s: v.number(),
    baseline: v.number(),
  }),
  v.strictObject({
    at: time,
    kind: v.nullable(v.string()),
    simulated: v.literal(false),
    ops_per_s: number,
    p50_ms: v.optional(number),
    p99_ms: v.optional(number),
    errors: v.optional(v.record(v.string(), v.number())),
    timeouts: v.optional(v.number()),
    dropped: v.optional(v.number()),
  }),
]);

const drift = v.strictObject({
  target: v.string(),
  finding: v.string(),
  text: v.string(),
  /** What came of the fault beside what was meant, as a sentence. */
  note: v.optional(v.string()),
});

/** Where the load of a drafted story goes, and why there. */
const drafted = v.looseObject({
  kind: v.picklist(['http', 'redis', 'tcp', 'simulated']),
  why: v.string(),
});

const doctorLine = v.strictObject({
  about: v.string(),
  level: v.picklist(['ok', 'warning', 'problem']),
  text: v.string(),
  next: v.nullable(v.string()),
  code: v.nullable(error.entries.code),
});

/** A kind of fault, with what can be set. */
const kind = v.strictObject({
  kind: v.string(),
  family: v.string(),
  summary: v.string(),
  undo: v.string(),
  holds: v.nullable(v.string()),
  on_restart: v.picklist(['ends', 'stays', 'by_engine', 'by_how']),
  default_duration_ms: number,
  params: v.array(
    v.strictObject({
      name: v.string(),
      help: v.string(),
      example: v.string(),
      values: v.nullable(v.array(v.string())),
    }),
  ),
});

/** What a person saw; `chapter`: where the run stood. */
const note = v.strictObject({
  at: time,
  author: v.string(),
  text: v.string(),
  chapter: v.nullable(v.string()),
});

/** A start or stop of the stack that was cut off, and the command that ends it; null where there is none. */
const unfinished = v.nullable(
  v.strictObject({
    stack: v.picklist(['starting', 'stopping']),
    text: v.string(),
    next: v.string(),
  }),
);

/** Who halted all faults, since when, and why. */
const halt = v.strictObject({
  by: v.string(),
  since: time,
  reason: v.nullable(v.string()),
});

export const RESULTS = {
  error: v.strictObject({ error }),
  'chapter back': moved,
  'chapter list': v.strictObject({
    story: v.string(),
    run: runId,
    current: v.nullable(v.strictObject({ number: v.number(), id: v.string(), phase })),
    chapters: v.array(
      v.strictObject({
        id: v.string(),
        title: v.string(),
        auto_advance: v.boolean(),
        blocks_advance: v.boolean(),
      }),
    ),
    aborted,
    notes: v.array(note),
  }),
  'chapter next': v.union([moved, planned]),
  'chapter play': v.union([
    v.strictObject({ ...position, played: v.array(chapter) }),
    v.strictObject({
      rehearsal: v.strictObject({
        chapters: v.array(
          v.strictObject({
            number: v.number(),
            id: v.string(),
            title: v.string(),
            ...span,
            steps: plan.entries.steps,
          }),
        ),
        ...span,
        /** How many actions would be refused now. */
        refused: v.number(),
        notes: v.array(v.string()),
      }),
    }),
  ]),
  'chapter reset': v.union([
    v.strictObject({ run: v.null() }),
    v.strictObject({ run: runId, finished_at: v.nullable(time), verified, hypotheses }),
  ]),
  'chapter retry': moved,
  'chapter show': v.strictObject({
    chapter: v.strictObject({
      id: v.string(),
      title: v.string(),
      narration: v.string(),
      notes: v.optional(v.string()),
      hypothesis: v.array(v.looseObject({ expect: v.string() })),
      on_deviation: v.picklist(['stop', 'continue']),
      /** As the story has them, with every default filled in. */
      on_enter: v.array(v.looseObject({ do: v.string() })),
      auto_advance: v.boolean(),
      blocks_advance: v.boolean(),
    }),
    number: v.number(),
    of: v.number(),
    aborted,
    /** What its hypothesis came to; null: it has none, or it is not judged yet. */
    judged: v.nullable(hypothesis),
  }),
  'fault halt': v.strictObject({
    halted: halt,
    run: runId,
    faults: v.array(fault),
    schedules: v.array(listedSchedule),
    live_faults: v.array(fault),
  }),
  'fault inject': v.union([
    v.strictObject({ run: runId, fault, schedule: v.nullable(schedule), impact: v.array(impact) }),
    planned,
  ]),
  'fault kinds': v.union([v.strictObject({ kinds: v.array(kind) }), kind]),
  'fault list': v.strictObject({
    run: runId,
    faults: v.array(
      v.strictObject({
        ...fault.entries,
        /** Null where the engine was not asked. */
        drift: v.nullable(v.array(drift)),
        impact: v.nullable(impact),
      }),
    ),
    schedules: v.array(listedSchedule),
    /** Why the engine was not asked. */
    engine: v.nullable(v.string()),
    aborted,
    watchdog: v.nullable(v.picklist(['running', 'stopped', 'gone'])),
    /** Ids of live faults with a limit that no watchdog guards. */
    unguarded: v.array(v.string()),
    /** Ids of live faults whose limit is over. */
    overdue: v.array(v.string()),
    unfinished,
    halted: v.nullable(halt),
    /** Null without `--all-containers`. */
    containers: v.nullable(containers),
  }),
  'fault resume': v.strictObject({ resumed: v.nullable(halt), live_faults: v.array(fault) }),
  'fault recover': v.union([
    v.strictObject({
      run: runId,
      faults: v.array(fault),
      /** Those that ended with it. */
      schedules: v.array(listedSchedule),
      live_faults: v.array(fault),
      impact: v.array(impact),
      hypotheses,
      unfinished,
    }),
    planned,
  ]),
  'story check': v.strictObject({
    valid: v.literal(true),
    path: v.string(),
    name: v.string(),
    engine: v.picklist(OWN_CATALOGUE.engines.map(({ kind }) => kind)),
    chapters: v.array(v.strictObject({ id: v.string(), title: v.string() })),
    workload: v.nullable(v.string()),
    faults: v.array(targetCheck),
    estimate: v.strictObject({
      ...span,
      chapters: v.array(v.strictObject({ id: v.string(), ...span })),
    }),
    notes: v.array(v.string()),
  }),
  'story completion': v.strictObject({
    shell: v.picklist(['bash', 'zsh', 'fish']),
    script: v.string(),
  }),
  'story doctor': v.strictObject({
    problems: v.number(),
    warnings: v.number(),
    exit: v.number(),
    findings: v.array(doctorLine),
  }),
  'story init': v.strictObject({
    story: v.string(),
    path: v.nullable(v.string()),
    engine: v.picklist(OWN_CATALOGUE.engines.map(({ kind }) => kind)),
    service: v.string(),
    workload: drafted,
    protect: v.array(v.string()),
    notes: v.array(v.string()),
    text: v.optional(v.string()),
  }),
  'story import': v.strictObject({
    story: v.string(),
    path: v.nullable(v.string()),
    notes: v.array(v.string()),
    text: v.optional(v.string()),
  }),
  'story export': v.strictObject({
    path: v.nullable(v.string()),
    notes: v.array(v.string()),
    experiment: v.optional(v.record(v.string(), v.unknown())),
  }),
  'story note': v.strictObject({ run: v.string(), note }),
  'story report': v.union([
    v.strictObject({
      run: runId,
      format: v.picklist(FORMATS),
      /** Null where it is not written into a file; `text` is it then. */
      path: v.nullable(v.string()),
      verdict: reportVerdict,
      text: v.optional(v.string()),
    }),
    comparison,
  ]),
  'story runs': v.strictObject({
    runs: v.array(
      v.strictObject({
        run: v.string(),
        current: v.boolean(),
        /** Why it cannot be read; then there is no summary. */
        problem: v.nullable(v.string()),
        summary: v.nullable(v.strictObject(RunSummarySchema.entries)),
      }),
    ),
    /** There are older ones. */
    more: v.boolean(),
    pruned: v.nullable(
      v.strictObject({
        deleted: v.array(v.string()),
        kept: v.array(v.strictObject({ run: v.string(), reason: v.string() })),
      }),
    ),
  }),
  'workload start': v.union([
    v.strictObject({ run: runId, workload }),
    v.strictObject({
      run: runId,
      ended: v.string(),
      measured: v.nullable(measured),
      error: v.optional(error),
    }),
  ]),
  'workload stop': v.strictObject({ run: runId, workload, verified }),
  'workload watch': v.strictObject({
    run: runId,
    workload: v.nullable(watched),
    impact: v.array(impact),
  }),
} as const;
