/** What there is to choose from: the app makes it of our own rows and those of plugins, and hands it to whoever reads a story. Pure. */
import type { FaultKinds } from './fault-kind.ts';

export interface Catalogue {
  kinds: FaultKinds;
  /** Names of the engines' rows. */
  engines: readonly string[];
}
