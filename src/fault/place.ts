/** Where a folder of one target really is, so that it is reached also when the target is down, gone, or another one. Pure. */
import * as v from 'valibot';

export const PlaceSchema = v.variant('on', [
  /** `inside`: the folder from the volume's own root on, without slashes at its ends. */
  v.object({ on: v.literal('volume'), volume: v.string(), inside: v.string() }),
  /** A folder of the engine's machine. */
  v.object({ on: v.literal('bind'), source: v.string(), inside: v.string() }),
  /** In the memory of the target, for as long as it runs. */
  v.object({ on: v.literal('tmpfs') }),
]);
export type Place = v.InferOutput<typeof PlaceSchema>;
