/**
 * Which story, which stack and which state folder a command is about. The nearest folder upwards that has one of the
 * known files is the place, as `docker compose` looks for its own. Reads files; runs nothing that stands in them.
 */
import { dirname, join, resolve } from 'node:path';
import type { StackRef } from '../fault/stack.ts';
import { refuseForeign } from '../journal/state-folder.ts';
import type { Run } from '../run/run.ts';
import type { Story } from '../story/story.ts';
import { checksum } from '../system/checksum.ts';
import { findUpwards } from '../system/files.ts';
import { Refusal } from '../terms/outcomes.ts';
import { engineKind, STACK_FILES } from './engines.ts';
import { type KindsOf, readStory, readStoryFile, storyWithoutFile } from './read-story.ts';
import { refuseForeignFile } from './trust.ts';

const STORY_FILES = ['gameday.yaml', 'gameday.yml'];
const PLACE_FILES = [...STORY_FILES, '.gameday', ...STACK_FILES];

/** The flags that say which stack is meant. */
export interface PlaceFlags {
  /** Null: the default story, even where a story file could be found. */
  story?: string | null | undefined;
  'compose-file'?: string[] | undefined;
  project?: string | undefined;
  'state-dir'?: string | undefined;
  engine?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
  /** No flag: the stack as a run has recorded it, where no flag says anything else. */
  recorded?: StackRef | undefined;
  /** No flag: the folder of the stack that the flags name, from where things are looked for then; absolute. */
  home?: string | undefined;
}

export interface Place {
  story: Story;
  /** Absolute; null for the default story. */
  storyPath: string | null;
  /** Of the story file's text, to see that somebody edited it in the middle of a run. */
  digest: string;
  /** Absolute; relative paths of the story count from here. */
  folder: string;
  stateDir: string;
  /** Of the run that goes on; null: the stack is still to be found. */
  recorded: StackRef | null;
  /** Where the module of a `plugin` workload is, URL or absolute path; null: it needs none, or nobody offers it. */
  workloadModule: string | null;
  /** The story could not be read, and this is another one in its place. */
  isStandIn?: true;
}

/** Only where the state is, for commands that need no story. Throws Refusal `not_trusted` for a folder that was found and is another user's. */
export function findStateDir(flags: PlaceFlags, cwd: string): string {
  if (flags['state-dir']) return resolve(cwd, flags['state-dir']);
  const folder = flags.story ? dirname(resolve(cwd, flags.story)) : findFolder(flags.home ?? cwd);
  const stateDir = join(folder, '.gameday');
  refuseForeign(stateDir);
  return stateDir;
}

/** Where a run under way stands; what the flags say wins, so that `fault recover` alone recovers what `fault inject -p shop` broke. */
export function flagsOfRun(flags: PlaceFlags, run: Run, cwd: string): PlaceFlags {
  if (flags.story && resolve(cwd, flags.story) !== run.story.path) return flags;
  const { engine } = run;
  const isTyped =
    flags.project !== undefined ||
    flags['compose-file'] !== undefined ||
    flags.context !== undefined ||
    flags.namespace !== undefined ||
    (flags.engine ?? engine.kind) !== engine.kind;
  return {
    ...flags,
    story: flags.story ?? run.story.path,
    engine: flags.engine ?? engine.kind,
    recorded: isTyped ? undefined : engine,
  };
}

/** Throws Refusal `story_not_found`, `not_trusted` or `invalid_story`, the last with every problem of the file. */
export async function readPlace(
  flags: PlaceFlags,
  cwd: string,
  kinds: KindsOf = {},
): Promise<Place> {
  const at = flags.home ?? cwd;
  const storyPath = flags.story
    ? resolve(cwd, flags.story)
    : flags.story === null
      ? null
      : findStoryFile(at);
  const folder = storyPath ? dirname(storyPath) : findFolder(at);
  const stateDir = findStateDir(flags, cwd);
  const text = storyPath ? readStoryFile(storyPath) : '';
  const story = storyPath
    ? await readStory(text, storyPath, folder, kinds)
    : await storyWithoutFile(flags, folder);
  const files = flags['compose-file']?.map((file) => resolve(cwd, file)) ?? story.compose.files;
  return {
    story: {
      ...story,
      engine: (flags.engine as Story['engine'] | undefined) ?? story.engine,
      compose: { ...story.compose, files, project: flags.project ?? story.compose.project },
      kubernetes: clusterOf(flags, story),
      swarm: { ...story.swarm, stack: flags.project ?? story.swarm.stack },
    },
    storyPath,
    digest: checksum(text),
    folder,
    stateDir,
    recorded: flags.recorded ?? null,
    workloadModule: null,
  };
}

/** A flag says a part of it anew; a half of it alone names no namespace. */
function clusterOf({ context, namespace }: PlaceFlags, { kubernetes }: Story): Story['kubernetes'] {
  const named = {
    context: context ?? kubernetes?.context,
    namespace: namespace ?? kubernetes?.namespace,
  };
  return named.context === undefined || named.namespace === undefined
    ? null
    : {
        context: named.context,
        namespace: named.namespace,
        kubeconfig: kubernetes?.kubeconfig ?? null,
      };
}

/**
 * For what only recovers: where the run under way stands. The journal has all that a Compose stack needs for it, so that neither
 * the story nor a Compose file, a folder or a variable has to be there still; `note` says what could not be read. Throws as
 * `readPlace` does for an engine that starts its instances from the story.
 */
export async function readPlaceToMend(
  flags: PlaceFlags,
  run: Run,
  cwd: string,
): Promise<{ place: Place; note: string | null }> {
  const { 'compose-file': _files, ...others } = flags;
  const isOther = flags.project !== undefined && flags.project !== run.engine.project;
  const where = flagsOfRun(isOther ? flags : { ...others, project: undefined }, run, cwd);
  try {
    return { place: await readPlace(where, cwd, { lenient: true }), note: null };
  } catch (error) {
    if (!(error instanceof Refusal) || !where.recorded || engineKind(run.engine.kind).owned)
      throw error;
    return {
      place: await placeWithoutStory(where, run, cwd),
      note: `${error.message} What the run broke is recovered without it.`,
    };
  }
}

async function placeWithoutStory(flags: PlaceFlags, run: Run, cwd: string): Promise<Place> {
  const { path: storyPath, digest } = run.story;
  const place = await readPlace({ ...flags, story: null }, cwd);
  return {
    ...place,
    story: { ...place.story, workload: null },
    storyPath,
    digest,
    folder: storyPath === null ? place.folder : dirname(storyPath),
    stateDir: findStateDir(flags, cwd),
    isStandIn: true,
  };
}

function findStoryFile(cwd: string): string | null {
  const path = findUpwards(cwd, STORY_FILES);
  if (path !== null) refuseForeignFile(path, `If you mean it, name it: --story ${path}`);
  return path;
}

/** A story can be found from here. */
export function hasStory(cwd: string): boolean {
  return findUpwards(cwd, STORY_FILES) !== null;
}

/** Something says that this folder, or one above it, is where a stack or its state is. */
export function isSomewhere(cwd: string): boolean {
  return findUpwards(cwd, PLACE_FILES) !== null;
}

/** The nearest such folder; where there is none, this one. */
export function findFolder(cwd: string): string {
  const found = findUpwards(cwd, PLACE_FILES);
  return found === null ? cwd : dirname(found);
}
