/** What is done to a cluster: to a machine of it (the ability `node`), or to how many instances a service has (`scale`). Pure. */
import * as v from 'valibot';

export const NodeEffectSchema = v.object({
  on: v.literal('node'),
  to: v.picklist(['drained', 'cordoned']),
});
export type NodeEffect = v.InferOutput<typeof NodeEffectSchema>;

export const ScaleEffectSchema = v.object({ on: v.literal('scale'), to: v.number() });
export type ScaleEffect = v.InferOutput<typeof ScaleEffectSchema>;

/** The target is ended, and another made in its place, where the budgets of the cluster allow it. */
export interface EvictionEffect {
  on: 'eviction';
}
