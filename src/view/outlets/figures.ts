/** A run and its workload as metrics: what Prometheus scrapes and what OpenTelemetry is sent are these. Pure. */
import { label } from '../../fault/instance.ts';
import {
  BUCKETS,
  bucketEndMs,
  type Histogram,
  latencyOf,
  percentile,
  type Window,
} from '../../impact/windows.ts';
import { liveFaults, type Run } from '../../run/run.ts';
import { liveSchedules, type Schedule } from '../../run/schedules.ts';

const QUANTILES = [0.5, 0.99, 0.999];

/** `whole`: all windows since the load began, as one; null: nothing was measured. `recent`: the last second of them. */
export interface Measured {
  whole: Window | null;
  recent: Window | null;
}

type Attributes = Record<string, string>;

interface Sample {
  attributes: Attributes;
  value: number;
}

export interface Distribution {
  /** Upper ends, seconds; the last bucket has none. */
  boundaries: number[];
  /** Of each bucket by itself; one more than boundaries. */
  counts: number[];
  /** Seconds. */
  sum: number;
  count: number;
}

interface Described {
  /** With dots, and without a unit or a suffix. */
  name: string;
  help: string;
  unit: '' | 's';
}

export type Metric = Described &
  (
    | { kind: 'gauge' | 'counter'; samples: Sample[] }
    /** 1 for each that is so; no other is named. */
    | { kind: 'state'; samples: Sample[] }
    | { kind: 'histogram'; value: Distribution }
  );

/** Null: no run. */
export function metricsOf(run: Run | null, { whole, recent }: Measured): Metric[] {
  return [
    ...ofFaults(run),
    ...ofSchedules(run),
    ...(whole ? ofLoad(whole) : []),
    ...(recent ? ofLastSecond(recent) : []),
  ];
}

function ofFaults(run: Run | null): Metric[] {
  const live = run ? liveFaults(run) : [];
  const metrics = [
    gauge('gameday.live_faults', 'Faults that are live.', one(live.length)),
    state(
      'gameday.fault',
      'One for each live fault.',
      live.map(({ id, kind, targets, phase }) => {
        return { fault: id, kind, phase, targets: targets.map(label).join(',') };
      }),
    ),
  ];
  if (!run) return metrics;
  const chapter = run.position.chapter ?? '';
  const about = { run: run.id, story: run.story.name, chapter };
  return [...metrics, state('gameday.run_info', 'The run, and its chapter.', [about])];
}

/** From the journal, so that nothing of it begins anew with another watchdog. */
function ofSchedules(run: Run | null): Metric[] {
  const schedules = run?.schedules ?? [];
  const live = run ? liveSchedules(run) : [];
  const about = ({ id, inject }: Schedule) => ({ schedule: id, kind: inject.kind });
  return [
    gauge('gameday.live_schedules', 'Schedules that go on.', one(live.length)),
    counter(
      'gameday.schedule.turns',
      'Turns of each schedule that came, by whether a fault was injected.',
      schedules.flatMap((each) => [
        { attributes: { ...about(each), result: 'injected' }, value: each.turns - each.skipped },
        { attributes: { ...about(each), result: 'skipped' }, value: each.skipped },
      ]),
    ),
    counter(
      'gameday.schedule.recoveries',
      'Faults of each schedule that were recovered and seen well.',
      schedules.map((each) => ({ attributes: about(each), value: each.recovered })),
    ),
  ];
}

function ofLoad(whole: Window): Metric[] {
  const results = { ok: whole.ok, timeout: whole.timeouts, ...whole.errors };
  return [
    counter(
      'gameday.operations',
      'Operations that ended, by how.',
      Object.entries(results).map(([result, value]) => ({ attributes: { result }, value })),
    ),
    counter(
      'gameday.operations.dropped',
      'Operations that were due and not issued.',
      one(whole.dropped),
    ),
    {
      name: 'gameday.operation.duration',
      help: 'From when an operation was due until it came back.',
      unit: 's',
      kind: 'histogram',
      value: distribution(whole.histogram),
    },
  ];
}

function ofLastSecond({ ok, dt_ms, in_flight, histogram: seen }: Window): Metric[] {
  const latencies = QUANTILES.flatMap((share): Sample[] => {
    const latencyMs = percentile(seen, share);
    const attributes = { percentile: String(share * 100) };
    return latencyMs === null ? [] : [{ attributes, value: latencyMs / 1000 }];
  });
  return [
    gauge(
      'gameday.operations_per_second',
      'That came back well, in the last second.',
      one(dt_ms > 0 ? (ok * 1000) / dt_ms : 0),
    ),
    gauge('gameday.operations_in_flight', 'Operations that are under way.', one(in_flight)),
    gauge('gameday.latency', 'Percentiles of the last second.', latencies, 's'),
  ];
}

/** With a boundary an octave: ours has six. */
function distribution(seen: Histogram): Distribution {
  const made: Distribution = { boundaries: [], counts: [], sum: 0, count: 0 };
  let [at, inBucket] = [0, 0];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    if (seen[at] === bucket) {
      const here = seen[at + 1] as number;
      inBucket += here;
      made.count += here;
      made.sum += (here * latencyOf(bucket)) / 1000;
      at += 2;
    }
    const endMs = bucketEndMs(bucket);
    if (!Number.isInteger(Math.log2(endMs)) || bucket === BUCKETS - 1) continue;
    made.boundaries.push(endMs / 1000);
    made.counts.push(inBucket);
    inBucket = 0;
  }
  made.counts.push(inBucket);
  return made;
}

function gauge(
  name: string,
  help: string,
  samples: Sample[],
  unit: Described['unit'] = '',
): Metric {
  return { name, help, unit, kind: 'gauge', samples };
}

function state(name: string, help: string, all: Attributes[]): Metric {
  const samples = all.map((attributes) => ({ attributes, value: 1 }));
  return { name, help, unit: '', kind: 'state', samples };
}

function counter(name: string, help: string, samples: Sample[]): Metric {
  return { name, help, unit: '', kind: 'counter', samples };
}

function one(value: number): Sample[] {
  return [{ attributes: {}, value }];
}
