/** Which stack on which engine, as the journal keeps it: enough to find it again without the story, its files or a flag. */
import * as v from 'valibot';

export const StackRefSchema = v.object({
  /** The engine's row: `compose`, `swarm`, `process`. */
  kind: v.string(),
  project: v.string(),
  /** What that engine needs beyond the project's name; its own. */
  spec: v.unknown(),
  /** The engine itself, as it tells itself from others; null where it did not say. */
  identity: v.nullable(v.string()),
});
export type StackRef = v.InferOutput<typeof StackRefSchema>;
