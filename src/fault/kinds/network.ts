/** What all kinds of the network family have. */
import { namesParam, optionalShareParam, portParam, wordParam } from '../param.ts';

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
/** Of what a packet waits for on its way out. */
const outwardsParam = directionParamOf('out');

export const correlationParam = optionalShareParam(
  'how much the lot of each packet depends on the one before it (default: not at all)',
  '25%',
);

/** Parameters of what becomes of the packets that a target sends. */
export const OUTWARDS = {
  correlation: correlationParam,
  toward: towardParam,
  port: portParamOf,
  direction: outwardsParam,
};

interface Outwards {
  correlation?: number | undefined;
  toward?: string[] | undefined;
  port?: number | undefined;
  direction?: 'in' | 'out' | 'both' | undefined;
}

/** What they make of an effect. */
export function outwardsEffect({ correlation, toward, port, direction }: Outwards) {
  return {
    on: 'network' as const,
    peers: toward ?? null,
    direction: direction ?? ('out' as const),
    port: port ?? null,
    ...(correlation && { correlation }),
  };
}
