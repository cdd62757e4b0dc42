/** What a fault does to the room on a file system of one target, as data: the effects of the ability `disk`. Pure. */
import * as v from 'valibot';

/** Where the file is that takes the room. */
export const PlaceSchema = v.variant('on', [
  /** `inside`: the folder from the volume's own root on, without slashes at its ends. */
  v.object({ on: v.literal('volume'), volume: v.string(), inside: v.string() }),
  /** A folder of the engine's machine. */
  v.object({ on: v.literal('bind'), source: v.string(), inside: v.string() }),
  /** In the memory of the target, for as long as it runs. */
  v.object({ on: v.literal('tmpfs') }),
]);
export type Place = v.InferOutput<typeof PlaceSchema>;

export const DiskEffectSchema = v.object({
  on: v.literal('disk'),
  /** A folder, as the target sees it. */
  path: v.string(),
  /** What is left free, of the whole file system: above 0, to 1. */
  leave: v.number(),
  /** Left out while nobody has looked. */
  place: v.optional(PlaceSchema),
});
export type DiskEffect = v.InferOutput<typeof DiskEffectSchema>;
