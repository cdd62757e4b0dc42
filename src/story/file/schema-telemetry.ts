/** The part of the story's schema that says what of a run goes where by OpenTelemetry. Keys and tokens stay in the environment. */
import * as v from 'valibot';
import { type TelemetrySpec, TRACED_PER_SECOND } from '../outlet-spec.ts';
import { expected } from './schema-messages.ts';
import { about, mapping, notBeside } from './schema-shapes.ts';
import { httpUrl, one, rate, variableName } from './schema-terms.ts';

const NONE = 'none';

export const TelemetrySchema = about(
  v.pipe(
    mapping(
      {
        endpoint: v.optional(
          about(httpUrl(), 'A receiver of OTLP over HTTP, without `/v1/traces` or `/v1/metrics`.', [
            'http://127.0.0.1:4318',
          ]),
        ),
        endpoint_env: v.optional(
          about(variableName(), 'The environment variable that holds its address.', [
            'COLLECTOR_URL',
          ]),
        ),
        trace_requests: v.optional(
          about(
            v.union(
              [one([NONE], 'none'), rate()],
              expected('a rate such as 5/s, or none', (value) =>
                typeof value === 'number' ? `Write ${value}/s.` : null,
              ),
            ),
            'So many requests of an `http` workload carry a `traceparent` with the flag `sampled`, and are spans of their own. Default: 1/s; none: no request.',
            ['5/s'],
          ),
        ),
      },
      'endpoint or endpoint_env, trace_requests',
    ),
    notBeside(
      { endpoint_env: ['endpoint'] },
      'Write `endpoint: http://127.0.0.1:4318`, or `endpoint_env: COLLECTOR_URL`.',
    ),
    v.transform(
      ({ endpoint, endpoint_env, trace_requests = TRACED_PER_SECOND }): TelemetrySpec => ({
        endpoint: endpoint ?? null,
        endpoint_env: endpoint_env ?? null,
        traced_per_second: trace_requests === NONE ? 0 : trace_requests,
      }),
    ),
  ),
  'Where the run goes by OpenTelemetry: its trace, its metrics. Without an address: OTEL_EXPORTER_OTLP_ENDPOINT. Headers come from OTEL_EXPORTER_OTLP_HEADERS alone.',
  [{ endpoint: 'http://127.0.0.1:4318' }],
);
