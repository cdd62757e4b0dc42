/** What all kinds of the network family have. */
import { namesParam, portParam, wordParam } from '../param.ts';

export const NETWORK = {
  family: 'network',
  /** They overlap: the rules of each are its own. */
  holds: null,
  /** A container's network is made anew with it; before a process there is a proxy that stays. */
  on_restart: 'by_engine',
  /** Such a fault may cut off who would undo it. */
  default_duration_ms: 300_000,
} as const;

export const towardParam = namesParam(
  'services, or single instances, at the other end (default: all)',
  'redis',
);
export const portParamOf = portParam('at either end (default: all ports)');

export function directionParamOf(byDefault: string) {
  const help = `which packets, seen from the target (default: ${byDefault})`;
  return wordParam(help, ['both', 'in', 'out']);
}

export const directionParam = directionParamOf('both');
