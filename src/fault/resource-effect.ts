/** What a fault does to the resources of one target, as data. Several overlap: the strictest limit of each holds. Pure. */
import * as v from 'valibot';

export const ResourceEffectSchema = v.object({
  on: v.literal('resources'),
  /** Processors that it may use at most: 0.5. */
  cpus: v.optional(v.number()),
  /** Bytes that it may use at most, swap included. */
  memory: v.optional(v.number()),
});
export type ResourceEffect = v.InferOutput<typeof ResourceEffectSchema>;
