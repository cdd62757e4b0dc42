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

/** How much each packet's lot depends on that of the one before it: above 0, to 1; absent: not at all. */
const CORRELATION = { correlation: v.optional(v.number()) };

/** Of what waits in a queue of its own on the target: its number among those there, which the engine has chosen. */
const SLOT = { slot: v.optional(v.number()) };

/** Of packets, some of which meet it. `share`: above 0, to 1. */
const SOME = { ...TRAFFIC, ...CORRELATION, ...SLOT, share: v.number() };

export const NetworkEffectSchema = v.variant('does', [
  /** They are lost. */
  v.object({ ...SOME, does: v.literal('drop') }),
  /** They arrive twice. */
  v.object({ ...SOME, does: v.literal('duplicate') }),
  /** They arrive with a wrong bit. */
  v.object({ ...SOME, does: v.literal('corrupt') }),
  /** They arrive late by this time, and so behind those that were sent after them. */
  v.object({ ...SOME, does: v.literal('reorder'), delay_ms: v.number() }),
  /** What is sent is held back to a bandwidth. */
  v.object({
    ...TRAFFIC,
    does: v.literal('shape'),
    ...SLOT,
    direction: v.literal('out'),
    bits_per_s: v.number(),
  }),
  /** What arrives arrives late, by a time that is `jitter_ms` more or less. `distribution`: of that; absent: uniform. */
  v.object({
    ...TRAFFIC,
    ...CORRELATION,
    ...SLOT,
    does: v.literal('delay'),
    delay_ms: v.number(),
    jitter_ms: v.number(),
    distribution: v.optional(v.picklist(['normal', 'pareto', 'paretonormal'])),
  }),
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
export type NamesEffect = Extract<NetworkEffect, { does: 'no_dns' }>;
export type ShapeEffect = Extract<NetworkEffect, { does: 'shape' }>;
