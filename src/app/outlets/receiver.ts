/** Where traces and metrics of a run are sent: the story says, or OpenTelemetry's own variables. What they hold is never said. Pure. */
import type { TelemetrySpec } from '../../story/outlet-spec.ts';

type Env = Readonly<Record<string, string | undefined>>;

export type Signal = 'traces' | 'metrics';

/** Of the two, how its lack is said. */
const NONE: Record<Signal, string> = {
  traces: 'no trace is sent',
  metrics: 'no metrics are sent',
};

const ALL = 'OTEL_EXPORTER_OTLP_ENDPOINT';

/** Null: nobody asks for it. */
export function receiverOf(
  signal: Signal,
  spec: TelemetrySpec | null,
  env: Env,
): { url: string } | { problem: string } | null {
  const name = signal.toUpperCase();
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env[`OTEL_${name}_EXPORTER`] === 'none')
    return null;
  const found = wantedOf(name, spec, env);
  if (found === null) return null;
  const { address, from } = found;
  const none = NONE[signal];
  if (address === '') return { problem: `the environment has no ${from}, so that ${none}` };
  const protocol = env[`OTEL_EXPORTER_OTLP_${name}_PROTOCOL`] ?? env.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol === 'grpc' && found.isStandard)
    return { problem: `${from} is for gRPC, and gameday sends over HTTP: ${none}` };
  const url = URL.parse(address);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    return { problem: `${from} holds no http address, so that ${none}` };
  return { url: found.isWhole ? url.href : `${address.replace(/\/+$/, '')}/v1/${signal}` };
}

interface Wanted {
  address: string;
  /** What has named it. */
  from: string;
  /** With the path of the signal. */
  isWhole: boolean;
  /** By a variable of OpenTelemetry's, of which others say more. */
  isStandard: boolean;
}

function wantedOf(name: string, spec: TelemetrySpec | null, env: Env): Wanted | null {
  const held = (variable: string) => env[variable]?.trim() ?? '';
  const { endpoint = null, endpoint_env = null } = spec ?? {};
  if (endpoint !== null)
    return { address: endpoint, from: 'endpoint', isWhole: false, isStandard: false };
  if (endpoint_env !== null)
    return { address: held(endpoint_env), from: endpoint_env, isWhole: false, isStandard: false };
  const one = `OTEL_EXPORTER_OTLP_${name}_ENDPOINT`;
  if (held(one) !== '') return { address: held(one), from: one, isWhole: true, isStandard: true };
  if (held(ALL) === '') return null;
  return { address: held(ALL), from: ALL, isWhole: false, isStandard: true };
}
