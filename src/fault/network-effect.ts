/** What a fault does to the network of one target, as data: the effects of the ability `network`. Pure. */
import * as v from 'valibot';

const on = v.literal('network');

/** Which packets of the target. */
const TRAFFIC = {
  on,
  /** Services, or single instances (`redis-2`), at the other end; null: everything but the target itself. */
  peers: v.nullable(v.array(v.string())),
  /** `in`: what the target gets; `out`: what it sends. */
  direction: v.picklist(['in', 'out', 'both']),
  /** At either end; null: all of them, and what has no ports. */
  port: v.nullable(v.number()),
};

export const NetworkEffectSchema = v.variant('does', [
  /** `share`: of the packets, above 0, to 1. */
  v.object({ ...TRAFFIC, does: v.literal('drop'), share: v.number() }),
  /** What is sent is held back to a bandwidth. */
  v.object({
    ...TRAFFIC,
    does: v.literal('shape'),
    direction: v.literal('out'),
    bits_per_s: v.number(),
  }),
  /** What arrives arrives late, by a time that is `jitter_ms` more or less. */
  v.object({ ...TRAFFIC, does: v.literal('delay'), delay_ms: v.number(), jitter_ms: v.number() }),
  /** TCP connections are reset. */
  v.object({ ...TRAFFIC, does: v.literal('reset') }),
  /** Questions for names get no answer, or this one. `names`: null: for all of them. `address`: of a wrong answer, IPv4. */
  v.object({
    on,
    does: v.literal('no_dns'),
    names: v.nullable(v.array(v.string())),
    answer: v.optional(v.picklist(['nxdomain', 'servfail', 'wrong'])),
    address: v.optional(v.string()),
  }),
]);
export type NetworkEffect = v.InferOutput<typeof NetworkEffectSchema>;
/** What can be done to packets without netem. */
export type PacketEffect = Exclude<NetworkEffect, { does: 'delay' }>;
export type TrafficEffect = Exclude<PacketEffect, { does: 'no_dns' }>;
export type NamesEffect = Extract<NetworkEffect, { does: 'no_dns' }>;
export type ShapeEffect = Extract<NetworkEffect, { does: 'shape' }>;
