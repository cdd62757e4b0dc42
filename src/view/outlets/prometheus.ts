/** Metrics in Prometheus' text format, as any scraper reads it. Pure. */
import type { Distribution, Metric } from './figures.ts';

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Line = [suffix: string, labels: Record<string, string>, value: number];

export function renderPrometheus(metrics: readonly Metric[]): string {
  return metrics
    .map((metric) => {
      const name = nameOf(metric);
      const lines = linesOf(metric).map(
        ([suffix, labels, value]) => `${name}${suffix}${labelled(labels)} ${value}\n`,
      );
      return `# HELP ${name} ${metric.help}\n# TYPE ${name} ${typeOf(metric)}\n${lines.join('')}`;
    })
    .join('');
}

function typeOf({ kind }: Metric): string {
  return kind === 'state' ? 'gauge' : kind;
}

/** As a collector of OpenTelemetry makes it, too, so that a dashboard fits both. */
function nameOf({ name, unit, kind }: Metric): string {
  const seconds = unit === 's' ? '_seconds' : '';
  const total = kind === 'counter' ? '_total' : '';
  return `${name.replaceAll('.', '_')}${seconds}${total}`;
}

function linesOf(metric: Metric): Line[] {
  if (metric.kind === 'histogram') return ofDistribution(metric.value);
  return metric.samples.map(({ attributes, value }) => ['', attributes, value]);
}

function ofDistribution({ boundaries, counts, sum, count }: Distribution): Line[] {
  let below = 0;
  const buckets = boundaries.map((end, index): Line => {
    below += counts[index] as number;
    return ['_bucket', { le: String(end) }, below];
  });
  return [...buckets, ['_bucket', { le: '+Inf' }, count], ['_sum', {}, sum], ['_count', {}, count]];
}

function labelled(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
