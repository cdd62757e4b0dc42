/** What a fault does to the speed of the disk under a folder of one target, as data: the effects of the ability `io`. Several overlap. Pure. */
import * as v from 'valibot';
import { PlaceSchema } from './place.ts';

export const IoEffectSchema = v.object({
  on: v.literal('io'),
  /** A folder, as the target sees it. */
  path: v.string(),
  /** Bytes a second that the target may read, and as many that it may write, on the disk under the folder; null: no limit. */
  bytes_per_s: v.nullable(v.number()),
  /** Programs that write to the disk and wait for it, one after the other; 0: none. */
  workers: v.number(),
  /** Where the folder is; left out while nobody has looked. */
  place: v.optional(PlaceSchema),
  /** Where the limit stands; left out where there is none, or while nobody has looked. */
  limit: v.optional(
    v.object({
      /** `major:minor` of the disk, as the kernel numbers it. */
      device: v.string(),
      /** Folder of the engine's machine: the control group of the target, which is another one after each start, with the same name. */
      group: v.string(),
    }),
  ),
  /** Of what writes beside the target, and the beginning of the names of its files: nobody else's. Left out where nothing does. */
  writer: v.optional(v.string()),
});
export type IoEffect = v.InferOutput<typeof IoEffectSchema>;
