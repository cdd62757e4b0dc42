/** Where the trace of a run is sent: the story says, or OpenTelemetry's own variables. What they hold is never said. Pure. */
import type { TelemetrySpec } from '../../story/outlet-spec.ts';

type Env = Readonly<Record<string, string | undefined>>;

const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const ALL = 'OTEL_EXPORTER_OTLP_ENDPOINT';

/** Null: nobody asks for a trace. */
export function receiverOf(
  spec: TelemetrySpec | null,
  env: Env,
): { url: string } | { problem: string } | null {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none')
    return null;
  const found = wantedOf(spec, env);
  if (found === null) return null;
  if (found.address === '')
    return { problem: `the environment has no ${found.from}, so that no trace is sent` };
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol === 'grpc' && spec === null)
    return { problem: `${found.from} is for gRPC, and gameday sends over HTTP: no trace is sent` };
  const url = URL.parse(found.address);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    return { problem: `${found.from} holds no http address, so that no trace is sent` };
  return { url: found.isWhole ? url.href : `${found.address.replace(/\/+$/, '')}/v1/traces` };
}

/** `from`: what has named it. `isWhole`: with the path of traces. */
function wantedOf(
  spec: TelemetrySpec | null,
  env: Env,
): { address: string; from: string; isWhole: boolean } | null {
  const held = (name: string) => env[name]?.trim() ?? '';
  if (spec) {
    const { endpoint, endpoint_env } = spec;
    if (endpoint !== null) return { address: endpoint, from: 'endpoint', isWhole: false };
    const from = endpoint_env as string;
    return { address: held(from), from, isWhole: false };
  }
  if (held(TRACES) !== '') return { address: held(TRACES), from: TRACES, isWhole: true };
  return held(ALL) === '' ? null : { address: held(ALL), from: ALL, isWhole: false };
}
