/** One look of a probe over the network: is it well or not, and in words why. Never rejects; keeps no connection. */
import type { Look, ProbeOf } from '../story/probe-spec.ts';

/** Given up when the signal comes; it then counts as not met, which nobody is told. */
export async function look(
  probe: ProbeOf<'http' | 'tcp' | 'prometheus'>,
  signal?: AbortSignal,
): Promise<Look> {
  switch (probe.look) {
    case 'http':
      return (await import('./probes/http.ts')).lookHttp(probe, signal);
    case 'tcp':
      return (await import('./probes/tcp.ts')).lookTcp(probe, signal);
    case 'prometheus':
      return (await import('./probes/prometheus.ts')).lookPrometheus(probe, signal);
  }
}
