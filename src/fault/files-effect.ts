/** What a fault does to one file or folder of one target, as data: the effects of the ability `files`. Pure. */
import * as v from 'valibot';
import { PlaceSchema } from './place.ts';

export const FilesEffectSchema = v.object({
  on: v.literal('files'),
  /** Of the file or folder, as the target sees it. */
  path: v.string(),
  how: v.picklist(['missing', 'readonly', 'permission']),
  /** Of the folder that it stands in; left out while nobody has looked. */
  place: v.optional(PlaceSchema),
  /** As it was before any fault; left out while nobody has looked. */
  was: v.optional(
    v.object({
      /** Tells it from what somebody else puts in its place. */
      inode: v.string(),
      /** The twelve bits of its mode, in octal digits. */
      mode: v.string(),
      /** What changes: its name, its mode, or the file system's own mark against any change, which counts for root as well. */
      by: v.picklist(['name', 'mode', 'mark']),
    }),
  ),
});
export type FilesEffect = v.InferOutput<typeof FilesEffectSchema>;
