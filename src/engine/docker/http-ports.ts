/** At which port of a container its HTTP server is asked. Pure. */
import type { Hindrance } from '../engine.ts';
import type { Listener } from './http-rules.ts';

/** `wanted`: by the user; absent: the only one that there is. `exposed`: those that the container says itself. */
export function findPort(
  wanted: number | undefined,
  listeners: readonly Listener[],
  exposed: readonly number[],
): number | Hindrance {
  const open = listeners.flatMap(({ port, isInner }) => (isInner ? [] : port));
  const ports = [...new Set(open)].sort((a, b) => a - b);
  const meant = ports.filter((port) => exposed.includes(port));
  const next = 'Say with --port which one is meant.';
  if (ports.length === 0)
    return { why: 'it listens on no TCP port that can be reached from outside', next };
  const heard = `it listens on ${ports.length === 1 ? 'port' : 'the ports'} ${ports.join(', ')}`;
  if (wanted !== undefined)
    return ports.includes(wanted) ? wanted : { why: `${heard}, and not on ${wanted}`, next };
  const [only, another] = meant.length > 0 ? meant : ports;
  return only !== undefined && another === undefined ? only : { why: heard, next };
}
