/** A family of engines as one row: how a stack of it is opened, and what the journal keeps to find it again. */
import type { StackRef } from '../fault/stack.ts';
import type { Story } from '../story/story.ts';
import type { Engine } from './engine.ts';

/** What of a story says which stack is meant. */
export type StackOf = Pick<Story, 'name' | 'compose' | 'services' | 'tools'>;

export interface EngineSite {
  /** The story's; absolute. */
  folder: string;
  /** Where an engine may keep what it owns; absolute. */
  stateDir: string;
  allowRemote: boolean;
  /** Of the run that goes on: then the stack is known, and none of its files, folders and variables is needed. Null: it is still to be found. */
  recorded: StackRef | null;
}

export interface EngineKind {
  /** As the story's `engine:` has it. */
  kind: string;
  /** gameday starts and stops its stacks. */
  owned: boolean;
  /** Imports what `open` needs, so that it can do without the files of this package later. */
  load(): Promise<unknown>;
  /** Imports what it needs then. */
  open(stack: StackOf, at: EngineSite): Promise<Engine>;
  /** What the journal keeps beyond the project's name. No secrets: it is shown. */
  specOf(stack: StackOf, engine: Engine): unknown;
}
