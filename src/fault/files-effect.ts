/** What a fault does to one file or folder of one target, as data: the effects of the ability `files`. Pure. */
import * as v from 'valibot';
import { PlaceSchema } from './place.ts';

export const FilesEffectSchema = v.object({
  on: v.literal('files'),
  /** Of the file or folder, as the target sees it. */
  path: v.string(),
  how: v.picklist(['missing', 'readonly', 'permission']),
  /** Of the folder that it stands in. `layer`: the container's own, which goes with it. Left out while nobody has looked. */
  place: v.optional(v.union([PlaceSchema, v.object({ on: v.literal('layer') })])),
  /** How it is done and undone; left out while nobody has looked. */
  does: v.optional(
    v.variant('change', [
      /** It is renamed to this, in its own folder. Nobody else has such a name. */
      v.object({ change: v.literal('name'), to: v.string() }),
      /** Bits of its mode that it had, and has no more. */
      v.object({ change: v.literal('mode'), bits: v.number() }),
      /** The file system's own mark against any change, which counts for root as well. */
      v.object({ change: v.literal('mark') }),
    ]),
  ),
  /** Tells it from what somebody else puts in its place; empty where the number does not stay. Left out while nobody has looked. */
  inode: v.optional(v.string()),
});
export type FilesEffect = v.InferOutput<typeof FilesEffectSchema>;
