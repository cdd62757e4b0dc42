/** Sends what is measured to a receiver of OTLP over HTTP (JSON), every few seconds for as long as the watchdog lives. */
import { type HrTime, ValueType } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  MeterProvider,
  type MetricData,
  type MetricProducer,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { Metric } from '../../view/outlets/figures.ts';
import { ANSWER_MS, sender, watched } from '../outlets/otlp.ts';
import { GoneStates } from './gone-states.ts';
import type { LoadFigures } from './load-figures.ts';

/** A fault may be over within a minute, which is the SDK's own default. */
const EVERY_MS = 5000;

/** Throws where the SDK refuses its own variables. `heard`: what came of each delivery; null: it arrived. */
export function openOtlpMetrics(
  url: string,
  figures: LoadFigures,
  env: Readonly<Record<string, string | undefined>>,
  heard: (problem: string | null) => void,
): { close(): Promise<void> } {
  const everyMs = Number(env.OTEL_METRIC_EXPORT_INTERVAL) || EVERY_MS;
  const openedMs = Date.now();
  const gone = new GoneStates();
  const producer: MetricProducer = {
    collect: async () => {
      const metrics = gone.add(figures.read(), performance.now());
      return collected(metrics, figures.sinceMs ?? openedMs);
    },
  };
  const provider = new MeterProvider({
    resource: sender(),
    readers: [
      new PeriodicExportingMetricReader({
        exporter: watched(new OTLPMetricExporter({ url, timeoutMillis: ANSWER_MS }), heard),
        exportIntervalMillis: everyMs,
        exportTimeoutMillis: Math.min(ANSWER_MS, everyMs),
        metricProducers: [producer],
      }),
    ],
  });
  return { close: () => provider.shutdown() };
}

/** `sinceMs`: epoch milliseconds from which on it was counted. */
function collected(metrics: readonly Metric[], sinceMs: number): CollectionResult {
  const times = { startTime: hrTime(sinceMs), endTime: hrTime(Date.now()) };
  return {
    resourceMetrics: {
      resource: sender(),
      scopeMetrics: [
        {
          scope: { name: 'gameday' },
          metrics: metrics.filter(isMeasured).map((metric) => dataOf(metric, times)),
        },
      ],
    },
    errors: [],
  };
}

function isMeasured(metric: Metric): boolean {
  return metric.kind === 'histogram' || metric.samples.length > 0;
}

function dataOf(metric: Metric, times: { startTime: HrTime; endTime: HrTime }): MetricData {
  const about = {
    descriptor: {
      name: metric.name,
      description: metric.help,
      unit: metric.unit,
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (metric.kind === 'histogram') {
    const { boundaries, counts, sum, count } = metric.value;
    const value = { buckets: { boundaries, counts }, sum, count };
    const dataPoints = [{ ...times, attributes: {}, value }];
    return { ...about, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = metric.samples.map((sample) => ({ ...times, ...sample }));
  return metric.kind === 'counter'
    ? { ...about, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...about, dataPointType: DataPointType.GAUGE, dataPoints };
}

/** Of epoch milliseconds. */
function hrTime(atMs: number): HrTime {
  return [Math.floor(atMs / 1000), (atMs % 1000) * 1_000_000];
}
