/** What a fault does to the clock of one target, as data: the effects of the ability `clock`. Pure. */
import * as v from 'valibot';

export const ClockEffectSchema = v.object({
  on: v.literal('clock'),
  /** By how much the target's clock is ahead of the machine's; below 0: behind it. */
  offset_ms: v.number(),
});
export type ClockEffect = v.InferOutput<typeof ClockEffectSchema>;
