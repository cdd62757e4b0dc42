/** A family of engines as one row: all that is asked of it before, or without, a stack that is open. */
import type { EngineInStory } from '../fault/catalogue.ts';
import type { InstanceRow } from '../fault/instance.ts';
import type { StackRef } from '../fault/stack.ts';
import type { Story } from '../story/story.ts';
import type { DoctorLine } from '../terms/doctor-line.ts';
import type { Engine } from './engine.ts';
import type { StackFiles, StackOutline } from './stack-files.ts';

/** What of a story says which stack is meant. */
export type StackOf = Pick<
  Story,
  'name' | 'compose' | 'swarm' | 'kubernetes' | 'services' | 'tools'
>;

export interface EngineSite {
  /** The story's; absolute. */
  folder: string;
  /** Where an engine may keep what it owns; absolute. */
  stateDir: string;
  allowRemote: boolean;
  /** Of the run that goes on: then the stack is known, and none of its files, folders and variables is needed. Null: it is still to be found. */
  recorded: StackRef | null;
}

/** Where an engine is looked at without a stack that is open. */
export interface ExamineSite extends Pick<EngineSite, 'folder' | 'allowRemote'> {
  /** Null where there is no story that can be read. */
  stack: StackOf | null;
}

/** With which programs a stack runs, as far as they say. */
export interface EngineVersions {
  engine: { name: string; version: string | null; api: string | null } | null;
  /** Of Docker Compose. */
  compose: string | null;
}

export interface EngineKind<Opened extends Engine = Engine> {
  /** As the story's `engine:` has it. */
  kind: string;
  /** gameday starts and stops its stacks. */
  owned: boolean;
  /** How a story says which stack is meant. Absent: its name is enough. */
  story?: Omit<EngineInStory, 'kind'>;
  /** What is known of its stacks from files. Absent: nothing. */
  files?: StackFiles;
  /** Imports what `open` needs, so that it can do without the files of this package later. */
  load(): Promise<unknown>;
  /** Imports what it needs then. */
  open(stack: StackOf, at: EngineSite): Promise<Opened>;
  /**
   * Of a stack that is known by its name alone: where its engine is, without a secret, and from which folders its instances say
   * that they were started; of an engine on another machine, which is not asked, none. Absent: instances say nothing of that
   * sort. Throws Refusal `engine_unreachable`.
   */
  homes?(name: string): Promise<{ address: string; folders: string[] }>;
  /** The instances of a stack that is down, as its first start would make them. Of engines that own theirs. Throws Refusal. */
  planned?(stack: StackOf): Promise<InstanceRow[]>;
  /** Whether a host of a story has a meaning inside of its stacks alone, so that `reach` of the engine is needed. Absent: none has. */
  isInside?(host: string): boolean;
  /** For `story init`. Of engines whose stacks no file of this folder describes. Imports what it needs then. */
  outline?(): Promise<StackOutline<Opened>>;
  /** For `story doctor`: how the engine stands. Throws as `open` does. */
  examine(at: ExamineSite): Promise<DoctorLine[]>;
  /** For `story doctor`: how a stack on it stands that could be opened. Throws as the engine does. */
  examineStack(engine: Opened): Promise<DoctorLine[]>;
  /** For `story doctor --fix`: removes what killed commands of ours left beside stacks, and nothing else. Absent: they leave nothing. */
  tidy?(engine: Opened): Promise<DoctorLine[]>;
  /** For the record of a run. May start programs. Never rejects. */
  versions(at: ExamineSite): Promise<EngineVersions>;
}
