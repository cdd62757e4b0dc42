/**
 * Two runs or more beside each other: what got better, what got worse, and what differs by no more than chance and the measurement
 * itself. Pure. Of several runs before, their mean is compared, and how far they lie apart counts as chance, too.
 */
import * as v from 'valibot';
import { REPORT_VERSION } from './report.ts';

const number = v.nullable(v.number());
const latency = v.nullable(v.object({ p50_ms: number, p99_ms: number }));

/** What is needed of a report, also of one that was read from a file. */
export const ComparedSchema = v.object({
  v: v.literal(REPORT_VERSION),
  run: v.object({ id: v.string(), story: v.object({ name: v.string(), digest: v.string() }) }),
  verdict: v.object({ deviated: v.number(), not_measured: v.number() }),
  workloads: v.array(v.object({ kind: v.string(), simulated: v.boolean() })),
  verified: v.nullable(v.object({ lost: v.object({ count: v.number() }) })),
  faults: v.array(
    v.object({
      kind: v.string(),
      chapter: v.nullable(v.string()),
      impact: v.nullable(
        v.object({
          baseline: number,
          operations_lost: number,
          depth: number,
          detect_ms: number,
          recovered_after_injection_ms: number,
          recovered_after_undo_ms: number,
          before: latency,
          during: latency,
        }),
      ),
    }),
  ),
});
export type Compared = v.InferOutput<typeof ComparedSchema>;

export interface ComparedRow {
  /** Of the run, or of a fault: `kill in fault-injection`. */
  about: string;
  name: string;
  unit: 'ops/s' | 'ms' | 'operations' | 'share' | 'items' | 'keys';
  before: number | null;
  after: number | null;
  /** Differences up to this say nothing. */
  noise: number;
  /** `unknown`: one of the two was not measured. */
  change: 'better' | 'worse' | 'same' | 'unknown';
  /** Worse by more than what was allowed. */
  failed: boolean;
}

export interface Comparison {
  /** Ids of the runs before, and of the one that is compared with them. */
  before: string[];
  after: string;
  /** What makes them hard to compare. */
  differences: ('story' | 'workload' | 'simulated')[];
  rows: ComparedRow[];
}

interface Measure {
  name: string;
  unit: ComparedRow['unit'];
  better: 'higher' | 'lower';
  noise(before: number, after: number): number;
}

const share = (part: number, least: number) => (before: number) => Math.max(least, part * before);
/** A window is 250 ms, and each of two times is known to about two of them. */
const WINDOWS_MS = 1000;
const none = () => 0;

/** Latencies are good to 6 % each; the slowest hundredth wavers more. */
const OF_FAULT: (Measure & { of(impact: Impact): number | null })[] = [
  {
    name: 'rate before the fault',
    unit: 'ops/s',
    better: 'higher',
    noise: share(0.05, 1),
    of: ({ baseline }) => baseline,
  },
  {
    name: 'p50 before the fault',
    unit: 'ms',
    better: 'lower',
    noise: share(0.15, 1),
    of: ({ before }) => before?.p50_ms ?? null,
  },
  {
    name: 'p99 before the fault',
    unit: 'ms',
    better: 'lower',
    noise: share(0.3, 5),
    of: ({ before }) => before?.p99_ms ?? null,
  },
  {
    name: 'p99 during the fault',
    unit: 'ms',
    better: 'lower',
    noise: share(0.3, 25),
    of: ({ during }) => during?.p99_ms ?? null,
  },
  {
    name: 'operations lost',
    unit: 'operations',
    better: 'lower',
    // Counts waver by their square root.
    noise: (before, after) => 2 * Math.sqrt(before + after + 1),
    of: ({ operations_lost }) => operations_lost,
  },
  {
    name: 'lowest rate',
    unit: 'share',
    better: 'higher',
    noise: () => 0.1,
    of: ({ depth }) => depth,
  },
  {
    name: 'time to detect',
    unit: 'ms',
    better: 'lower',
    noise: () => WINDOWS_MS,
    of: ({ detect_ms }) => detect_ms,
  },
  {
    name: 'well again after the undo',
    unit: 'ms',
    better: 'lower',
    noise: () => WINDOWS_MS,
    of: ({ recovered_after_undo_ms }) => recovered_after_undo_ms,
  },
];
type Impact = NonNullable<Compared['faults'][number]['impact']>;

const OF_RUN: (Measure & { of(run: Compared): number | null })[] = [
  {
    name: 'expectations that deviated',
    unit: 'items',
    better: 'lower',
    noise: none,
    of: ({ verdict }) => verdict.deviated,
  },
  {
    name: 'expectations not measured',
    unit: 'items',
    better: 'lower',
    noise: none,
    of: ({ verdict }) => verdict.not_measured,
  },
  {
    name: 'acknowledged writes lost',
    unit: 'keys',
    better: 'lower',
    noise: none,
    of: ({ verified }) => verified?.lost.count ?? null,
  },
];

/** `before`: at least one. `allowed`: a share that something may be worse by; null: nothing fails. */
export function compare(
  before: readonly Compared[],
  after: Compared,
  allowed: number | null,
): Comparison {
  const faults = [before, [after]].map((runs) => runs.map(faultsByPlace));
  const [earlier, [now]] = faults as [Map<string, Impact>[], [Map<string, Impact>]];
  const places = [...new Set([...earlier.flatMap((each) => [...each.keys()]), ...now.keys()])];
  const rows = [
    ...OF_RUN.map((measure) =>
      rowOf('the run', measure, before.map(measure.of), measure.of(after), allowed),
    ),
    ...places.flatMap((place) =>
      OF_FAULT.map((measure) => {
        const of = (known: Map<string, Impact>) => {
          const impact = known.get(place);
          return impact ? measure.of(impact) : null;
        };
        return rowOf(place, measure, earlier.map(of), of(now), allowed);
      }),
    ),
  ];
  return {
    before: before.map(({ run }) => run.id),
    after: after.run.id,
    differences: differencesOf([...before, after]),
    // What neither of them has is no difference.
    rows: rows.filter((row) => row.before !== null || row.after !== null),
  };
}

/** The same fault of another run is the one of the same kind in the same chapter, in their order. */
function faultsByPlace({ faults }: Compared): Map<string, Impact> {
  const places = new Map<string, Impact>();
  const counts = new Map<string, number>();
  for (const { kind, chapter, impact } of faults) {
    const place = chapter === null ? `${kind} by hand` : `${kind} in ${chapter}`;
    const times = (counts.get(place) ?? 0) + 1;
    counts.set(place, times);
    if (impact) places.set(times > 1 ? `${place} (${times})` : place, impact);
  }
  return places;
}

function rowOf(
  about: string,
  { name, unit, better, noise }: Measure,
  earlier: readonly (number | null)[],
  after: number | null,
  allowed: number | null,
): ComparedRow {
  const known = earlier.filter((each) => each !== null);
  const row = { about, name, unit, after };
  if (known.length === 0 || after === null) {
    const before = known.length > 0 ? meanOf(known) : null;
    return { ...row, before, noise: 0, change: 'unknown', failed: false };
  }
  const before = meanOf(known);
  const most = Math.max(noise(before, after), 2 * deviationOf(known));
  const worseBy = better === 'higher' ? before - after : after - before;
  const change = Math.abs(worseBy) <= most ? 'same' : worseBy > 0 ? 'worse' : 'better';
  const failed = allowed !== null && change === 'worse' && worseBy > allowed * Math.abs(before);
  return { ...row, before, noise: most, change, failed };
}

function differencesOf(runs: readonly Compared[]): Comparison['differences'] {
  const several = (of: (run: Compared) => string) => new Set(runs.map(of)).size > 1;
  const isSimulated = runs.some(({ workloads }) => workloads.some(({ simulated }) => simulated));
  return [
    ...(several(({ run }) => run.story.digest) ? (['story'] as const) : []),
    ...(several(({ workloads }) => workloads.map(({ kind }) => kind).join())
      ? (['workload'] as const)
      : []),
    ...(isSimulated ? (['simulated'] as const) : []),
  ];
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

/** Of a sample; 0 for a single one. */
function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
