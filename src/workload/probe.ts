/** One look of a probe over the network: is it well or not, and in words why. Never rejects; keeps no connection. */
import type { Look, NetworkLook, ProbeOf } from '../story/probe-spec.ts';

/** What each look needs is imported once, when it is first asked for. */
const LOOKS = {
  http: () => import('./probes/http.ts'),
  tcp: () => import('./probes/tcp.ts'),
  prometheus: () => import('./probes/prometheus.ts'),
} satisfies Record<NetworkLook['look'], () => Promise<unknown>>;

/** So that `look` needs no file of this package any more. */
export async function importLook(kind: NetworkLook['look']): Promise<void> {
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
