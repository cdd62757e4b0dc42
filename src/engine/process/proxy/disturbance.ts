/** What the rules of one instance come to together at one moment: what a connection has to obey. Pure. */
import type { HttpEffect } from '../../../fault/http-effect.ts';
import type { Rule, Rules, Traffic } from './protocol.ts';

/** `in`: to the process; `out`: from it. */
export type Way = 'in' | 'out';

type Does<D extends Traffic['does']> = Extract<Traffic, { does: D }>;

export interface Delay {
  ms: number;
  jitter_ms: number;
}

/** A bandwidth, and when the next byte may go. Shared by all connections of the instance. */
export interface Limit {
  readonly bytes_per_ms: number;
  /** By the clock of `performance.now()`. */
  free_at: number;
}

/** An exchange (a request with its answer) that is lost is cut where it goes in, or where its answer comes out. */
export interface Loss {
  share: number;
  direction: Way | 'both';
}

export interface Disturbance {
  reset: boolean;
  held: Record<Way, boolean>;
  delays: Record<Way, Delay[]>;
  limits: Limit[];
  losses: Loss[];
  http: Rule<HttpEffect>[];
}

export const UNDISTURBED: Disturbance = {
  reset: false,
  held: { in: false, out: false },
  delays: { in: [], out: [] },
  limits: [],
  losses: [],
  http: [],
};

/** `limits`: by fault, as they were until now, so that a change elsewhere gives nobody a fresh start. */
export function disturbanceOf(rules: Rules, now: number, limits: Map<string, Limit>): Disturbance {
  const network = rules.network.filter((rule) => holds(rule, now));
  const of = <D extends Traffic['does']>(does: D) =>
    network.flatMap(({ fault, effect }) =>
      effect.does === does ? { fault, effect: effect as Does<D> } : [],
    );
  const goes = (way: Way, { direction }: Traffic) => direction === way || direction === 'both';
  const cuts = of('drop').filter(({ effect }) => effect.share === 1);
  const delays = (way: Way): Delay[] =>
    of('delay')
      .filter(({ effect }) => goes(way, effect))
      .map(({ effect }) => ({ ms: effect.delay_ms, jitter_ms: effect.jitter_ms }));
  const held = (way: Way) => cuts.some(({ effect }) => goes(way, effect));
  const shapes = of('shape');
  for (const fault of limits.keys())
    if (!shapes.some((shape) => shape.fault === fault)) limits.delete(fault);
  return {
    reset: of('reset').length > 0,
    held: { in: held('in'), out: held('out') },
    delays: { in: delays('in'), out: delays('out') },
    limits: shapes.map(({ fault, effect }) => {
      const bytes_per_ms = effect.bits_per_s / 8000;
      const known = limits.get(fault);
      const limit = known?.bytes_per_ms === bytes_per_ms ? known : { bytes_per_ms, free_at: 0 };
      limits.set(fault, limit);
      return limit;
    }),
    losses: of('drop')
      .filter(({ effect }) => effect.share < 1)
      .map(({ effect: { share, direction } }) => ({ share, direction })),
    http: rules.http.filter((rule) => holds(rule, now)),
  };
}

export function holds({ until }: Pick<Rule<unknown>, 'until'>, now: number): boolean {
  return until === null || until > now;
}

/** When the next of them ends, in epoch milliseconds; null: none does by itself. */
export function nextEnd({ network, http }: Rules, now: number): number | null {
  const ends = [...network, ...http].flatMap(({ until }) =>
    until !== null && until > now ? until : [],
  );
  return ends.length > 0 ? Math.min(...ends) : null;
}
