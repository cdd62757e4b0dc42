/** A family of engines as one row: how a stack of it is opened, and what the journal keeps to find it again. */
import type { Story } from '../story/story.ts';
import type { Engine } from './engine.ts';

/** What of a story says which stack is meant. */
export type StackOf = Pick<Story, 'name' | 'compose' | 'services'>;

export interface EngineKind {
  /** As the story's `engine:` has it. */
  kind: string;
  /** gameday starts and stops its stacks. */
  owned: boolean;
  /** `folder`: the story's; `stateDir`: where an engine may keep what it owns. Both absolute. Imports what it needs then. */
  open(
    stack: StackOf,
    at: { folder: string; stateDir: string; allowRemote: boolean },
  ): Promise<Engine>;
  /** What the journal keeps beyond the project's name. No secrets: it is shown. */
  specOf(stack: StackOf): unknown;
  /** Compose files that the kept stack was named by, absolute; empty where it has none. */
  filesOf(spec: unknown): string[];
}
