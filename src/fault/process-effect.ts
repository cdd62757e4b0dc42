/** What a fault does to single processes of one target, as data: the effects of the ability `processes`. Pure. */
import * as v from 'valibot';

export const ProcessEffectSchema = v.object({
  on: v.literal('processes'),
  /** By which they were chosen. */
  name: v.string(),
  how: v.picklist(['kill', 'freeze']),
  /** Exactly these, as they were found just before the intent; left out while nobody has looked. */
  hit: v.optional(
    v.array(
      v.object({
        /** As the target itself counts. */
        pid: v.number(),
        /** When it began, in the kernel's ticks since the machine began: with the pid, nobody else's. */
        began: v.string(),
      }),
    ),
  ),
});
export type ProcessEffect = v.InferOutput<typeof ProcessEffectSchema>;
export type Hit = NonNullable<ProcessEffect['hit']>[number];
