/** What there is to choose from: the app makes it of our own rows and those of plugins, and hands it to whoever reads a story. Pure. */
import type { FaultKinds } from './fault-kind.ts';

export interface Catalogue {
  kinds: FaultKinds;
  engines: readonly EngineInStory[];
  /** The kind of the engine of a story that names none. */
  default_engine: string;
}

/** How a story says which stack of an engine it means. */
export interface EngineInStory {
  /** As `engine:` has it. */
  kind: string;
  /** The key that says it; null: the story's name is enough. */
  key: string | null;
  /** Where the key must be there: what is missing without it, and what to write. */
  needs: { what: string; write: string } | null;
  /** What names the services of the stack, as a plural; null: the key does. */
  services_in: string | null;
}
