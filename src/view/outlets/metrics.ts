/** A run and its workload in Prometheus' text format, as any scraper reads it. Pure. */
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

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const QUANTILES = [0.5, 0.99, 0.999];

/** `whole`: all windows since the load began, as one; null: nothing was measured. `recent`: the last second of them. */
export interface Measured {
  whole: Window | null;
  recent: Window | null;
}

type Labels = Record<string, string>;
type Value = [labels: Labels, value: number, suffix?: string];

/** Null: no run. */
export function renderMetrics(run: Run | null, { whole, recent }: Measured): string {
  const live = run ? liveFaults(run) : [];
  const metrics = [
    metric('gameday_live_faults', 'gauge', 'Faults that are live.', [[{}, live.length]]),
    metric(
      'gameday_fault',
      'gauge',
      'One for each live fault.',
      live.map(({ id, kind, targets, phase }) => [
        { fault: id, kind, phase, targets: targets.map(label).join(',') },
        1,
      ]),
    ),
  ];
  if (run) {
    const chapter = run.position.chapter ?? '';
    const info = { run: run.id, story: run.story.name, chapter };
    metrics.push(metric('gameday_run_info', 'gauge', 'The run, and its chapter.', [[info, 1]]));
  }
  if (whole) metrics.push(...ofLoad(whole));
  if (recent) metrics.push(...ofLastSecond(recent));
  return metrics.join('');
}

function ofLoad(whole: Window): string[] {
  const results: Value[] = [
    [{ result: 'ok' }, whole.ok],
    [{ result: 'timeout' }, whole.timeouts],
    ...Object.entries(whole.errors).map(([kind, count]): Value => [{ result: kind }, count]),
  ];
  return [
    metric('gameday_operations_total', 'counter', 'Operations that ended, by how.', results),
    metric(
      'gameday_operations_dropped_total',
      'counter',
      'Operations that were due and not issued.',
      [[{}, whole.dropped]],
    ),
    metric(
      'gameday_operation_duration_seconds',
      'histogram',
      'From when an operation was due until it came back.',
      histogram(whole.histogram),
    ),
  ];
}

function ofLastSecond({ ok, dt_ms, in_flight, histogram: seen }: Window): string[] {
  const values = QUANTILES.flatMap((share): Value[] => {
    const latencyMs = percentile(seen, share);
    return latencyMs === null ? [] : [[{ percentile: String(share * 100) }, latencyMs / 1000]];
  });
  return [
    metric('gameday_operations_per_second', 'gauge', 'That came back well, in the last second.', [
      [{}, dt_ms > 0 ? (ok * 1000) / dt_ms : 0],
    ]),
    metric('gameday_operations_in_flight', 'gauge', 'Operations that are under way.', [
      [{}, in_flight],
    ]),
    metric('gameday_latency_seconds', 'gauge', 'Percentiles of the last second.', values),
  ];
}

/** With a boundary an octave: ours has six. */
function histogram(seen: Histogram): Value[] {
  const values: Value[] = [];
  let [at, count, sumMs] = [0, 0, 0];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    if (seen[at] === bucket) {
      const here = seen[at + 1] as number;
      count += here;
      sumMs += here * latencyOf(bucket);
      at += 2;
    }
    const endMs = bucketEndMs(bucket);
    if (Number.isInteger(Math.log2(endMs)) && bucket < BUCKETS - 1)
      values.push([{ le: String(endMs / 1000) }, count, '_bucket']);
  }
  return [
    ...values,
    [{ le: '+Inf' }, count, '_bucket'],
    [{}, sumMs / 1000, '_sum'],
    [{}, count, '_count'],
  ];
}

function metric(name: string, type: string, help: string, values: readonly Value[]): string {
  const lines = values.map(
    ([labels, value, suffix = '']) => `${name}${suffix}${labelled(labels)} ${value}\n`,
  );
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
