/** One look of a probe over the network: is it well or not, and in words why. Never rejects; keeps no connection. */
import type { Look, NetworkLook, ProbeOf } from '../story/probe-spec.ts';

/** What each look needs is imported once, when it is first asked for. */
const LOOKS = {
  http: () => import('./probes/http.ts'),
  tcp: () => import('./probes/tcp.ts'),
  prometheus: () => import('./probes/prometheus.ts'),
  alerts: () => import('./probes/alerts.ts'),
} satisfies Record<NetworkLook['look'] | 'alerts', () => Promise<unknown>>;

/** So that `look` needs no file of this package any more. */
export async function importLook(kind: keyof typeof LOOKS): Promise<void> {
  await LOOKS[kind]();
}

/** Given up when the signal comes; it then counts as not met, which nobody is told. */
export async function look(
  probe: ProbeOf<'http' | 'tcp' | 'prometheus'>,
  signal?: AbortSignal,
): Promise<Look> {
  switch (probe.look) {
    case 'http':
      return (await LOOKS.http()).lookHttp(probe, signal);
    case 'tcp':
      return (await LOOKS.tcp()).lookTcp(probe, signal);
    case 'prometheus':
      return (await LOOKS.prometheus()).lookPrometheus(probe, signal);
  }
}

/** Whether an alert fires, asked of the server that knows. Never rejects. */
export async function lookAlert(
  ...asked: Parameters<typeof import('./probes/alerts.ts').lookAlert>
): ReturnType<typeof import('./probes/alerts.ts').lookAlert> {
  return (await LOOKS.alerts()).lookAlert(...asked);
}
