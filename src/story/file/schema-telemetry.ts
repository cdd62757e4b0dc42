/** The part of the story's schema that says where the run goes as a trace. Keys and tokens stay in the environment. */
import * as v from 'valibot';
import type { TelemetrySpec } from '../outlet-spec.ts';
import { about, exactlyOne, mapping } from './schema-shapes.ts';
import { httpUrl, variableName } from './schema-terms.ts';

export const TelemetrySchema = about(
  v.pipe(
    mapping(
      {
        endpoint: v.optional(
          about(httpUrl(), 'A receiver of OTLP over HTTP, without `/v1/traces`.', [
            'http://127.0.0.1:4318',
          ]),
        ),
        endpoint_env: v.optional(
          about(variableName(), 'The environment variable that holds its address.', [
            'COLLECTOR_URL',
          ]),
        ),
      },
      'endpoint or endpoint_env',
    ),
    exactlyOne(
      ['endpoint', 'endpoint_env'],
      'Write `endpoint: http://127.0.0.1:4318`, or `endpoint_env: COLLECTOR_URL`.',
    ),
    v.transform(
      ({ endpoint, endpoint_env }): TelemetrySpec => ({
        endpoint: endpoint ?? null,
        endpoint_env: endpoint_env ?? null,
      }),
    ),
  ),
  'Where the run goes as a trace of OpenTelemetry, in place of OTEL_EXPORTER_OTLP_ENDPOINT. Headers come from OTEL_EXPORTER_OTLP_HEADERS alone.',
  [{ endpoint: 'http://127.0.0.1:4318' }],
);
