/** What of a stack is known from files, before there is a story for it or an engine is asked: a part of an engine's row. */
import type { Choices, Draft, Frame } from '../story/draft/draft.ts';
import type { StackModel } from '../story/draft/draft-stack.ts';
import type { ClusterStack } from '../story/draft/draft-text.ts';
import type { StackOf } from './engine-kind.ts';

/** What a person said of the stack. */
export interface Said {
  /** Compose files; empty: as Docker Compose finds its own. */
  files: readonly string[];
  project: string | null;
  /** Of Kubernetes. */
  context: string | null;
}

/** A stack that a story can be drafted for. */
export interface DraftableStack {
  /** Absolute: where it was found. */
  folder: string;
  /** What it was found in: `compose.yaml`; null: in nothing, it is an example. */
  source: string | null;
  /** Somebody named its files, so that a nearer stack is not the one that is meant. */
  isNamed: boolean;
  /** `folder`: of the story; absolute. Throws Refusal. */
  open(folder: string, frame: Frame): Promise<OpenDraft>;
}

export interface OpenDraft {
  /** Services that can be broken, best first, with the reason. */
  offers: { service: string; why: string }[];
  /** Throws Refusal `no_target`, `unsupported_stack`, `usage`. */
  draft(choices: Choices): Draft;
}

export interface StackFiles {
  /** By a file of such a name a folder is known as the place of a stack; the first that is there counts. */
  names: readonly string[];
  /** Whether a stack of this engine is meant where there is no story, and by what: somebody said so, or it is there. Null: it is not. */
  isMeant(folder: string, said: Said): 'said' | 'found' | null;
  /** What the default story has to say of the stack of a folder. Throws Refusal where there is none. Absent: nothing. */
  standIn?(folder: string): Promise<Partial<StackOf>>;
  /** From here upwards. `isAsked`: for this engine and no other one. Null where there is none. Absent: it is written by hand. Throws Refusal. */
  find?(cwd: string, said: Said, isAsked: boolean): Promise<DraftableStack | null>;
  /** Of a stack that does not run. Rejects where they cannot be read. */
  services?(stack: StackOf, folder: string): Promise<string[]>;
}

/** How a stack that no file describes is drafted from what runs. */
export interface StackOutline<Opened> {
  /** Throws as the engine does. */
  read(engine: Opened): Promise<StackModel>;
  /** Which stack it is, as the engine's block of a story names it. Throws Refusal `unsupported_stack` where nobody has said that. */
  named(stack: StackOf): ClusterStack['named'];
  words: ClusterStack['words'];
}
