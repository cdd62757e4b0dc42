/** One item of the steady state, as it was looked at. Stands in the journal. Pure. */
import * as v from 'valibot';

export const CheckedItemSchema = v.object({
  kind: v.picklist(['threshold', 'probe']),
  /** Of the probe, or what is measured: `p99`. */
  name: v.string(),
  /** What is wanted, as the story wrote it; empty for a probe. */
  wanted: v.string(),
  met: v.boolean(),
  /** In `unit`; null: it has no figure, or it could not be measured. */
  measured: v.nullable(v.number()),
  unit: v.nullable(v.string()),
  text: v.string(),
});
export type CheckedItem = v.InferOutput<typeof CheckedItemSchema>;
