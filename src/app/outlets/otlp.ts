/** What traces and metrics share on their way out by OpenTelemetry's SDK. Loaded only where one of them is asked for. */
import { createHash } from 'node:crypto';
import { TraceFlags } from '@opentelemetry/api';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';

/** For one delivery, with all that is tried of it. */
export const ANSWER_MS = 2000;
/** What ends meanwhile is sent together. */
export const EVERY_MS = 1000;

/** Who sends: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` may say otherwise. */
export function sender() {
  return resourceFromAttributes({ 'service.name': 'gameday' }).merge(
    detectResources({ detectors: [envDetector] }),
  );
}

/** Every process of a run makes the same ids. `run`: `traceKeyOf` of it; `key`: of the span. */
export function spanContextOf(run: string, key: string) {
  return {
    traceId: idOf(run, 16),
    spanId: idOf(`${run} ${key}`, 8),
    traceFlags: TraceFlags.SAMPLED,
  };
}

/** Hexadecimal digits; never all zero, as the hash of a text is not. */
function idOf(text: string, bytes: number): string {
  return createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, bytes * 2);
}

interface Exporter<Batch, Result extends { error?: Error }> {
  export(batch: Batch, done: (result: Result) => void): void;
}

/** Makes it say what came of each delivery: why it failed, without the address; null: it arrived. */
export function watched<Batch, Result extends { error?: Error }, E extends Exporter<Batch, Result>>(
  exporter: E,
  heard: (problem: string | null) => void,
): E {
  const exportBatch = exporter.export.bind(exporter);
  exporter.export = (batch, done) =>
    exportBatch(batch, (result) => {
      heard(result.error ? reasonOf(result.error) : null);
      done(result);
    });
  return exporter;
}

/** Without the address. */
export function reasonOf(error: Error): string {
  const codeOf = (of: unknown) => (of as { code?: unknown } | undefined)?.code;
  const code = codeOf(error) ?? codeOf(error.cause);
  if (typeof code === 'number') return `answered ${code}`;
  return typeof code === 'string' ? code : 'no answer in time';
}
