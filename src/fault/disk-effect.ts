/** What a fault does to the room on a file system of one target, as data: the effects of the ability `disk`. Pure. */
import * as v from 'valibot';
import { PlaceSchema } from './place.ts';

export const DiskEffectSchema = v.object({
  on: v.literal('disk'),
  /** A folder, as the target sees it. */
  path: v.string(),
  /** What is left free, of the whole file system: above 0, to 1. */
  leave: v.number(),
  /** Where the file is that takes the room; left out while nobody has looked. */
  place: v.optional(PlaceSchema),
});
export type DiskEffect = v.InferOutput<typeof DiskEffectSchema>;
