/**
 * Which story, which stack and which state folder a command is about. The nearest folder upwards that has one of the
 * known files is the place, as `docker compose` looks for its own. Reads files; runs nothing that stands in them.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Catalogue } from '../fault/catalogue.ts';
import type { Run } from '../run/run.ts';
import type { Story } from '../story/story.ts';
import { type Problem, Refusal } from '../terms/outcomes.ts';
import { engineKind } from './engines.ts';

const STORY_FILES = ['gameday.yaml', 'gameday.yml'];
const COMPOSE_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
const PROCFILE = 'Procfile';

/** The flags that say which stack is meant. */
export interface PlaceFlags {
  /** Null: the default story, even where a story file could be found. */
  story?: string | null | undefined;
  'compose-file'?: string[] | undefined;
  project?: string | undefined;
  'state-dir'?: string | undefined;
  engine?: string | undefined;
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
  /** Where the module of a `plugin` workload is, URL or absolute path; null: it needs none, or nobody offers it. */
  workloadModule: string | null;
}

/** Which kinds of fault a story may name beyond our own. */
export interface KindsOf {
  /** Asked only where the story names a kind that is not ours. */
  plugins?: () => Promise<Catalogue>;
  /** Any: for what recovers, and injects nothing. */
  lenient?: boolean;
}

/** Only where the state is, for commands that need no story. */
export function findStateDir(flags: PlaceFlags, cwd: string): string {
  if (flags['state-dir']) return resolve(cwd, flags['state-dir']);
  return join(flags.story ? dirname(resolve(cwd, flags.story)) : findFolder(cwd), '.gameday');
}

/** Where a run under way stands; what the flags say wins, so that `fault recover` alone mends what `fault inject -p shop` broke. */
export function flagsOfRun(flags: PlaceFlags, run: Run, cwd: string): PlaceFlags {
  if (flags.story && resolve(cwd, flags.story) !== run.story.path) return flags;
  const files = engineKind(run.engine.kind).filesOf(run.engine.spec);
  return {
    'state-dir': flags['state-dir'],
    story: flags.story ?? run.story.path,
    engine: flags.engine ?? run.engine.kind,
    project: flags.project ?? run.engine.project,
    'compose-file': flags['compose-file'] ?? (files.length > 0 ? files : undefined),
  };
}

/** Throws Refusal `story_not_found` or `invalid_story`, the latter with every problem of the file. */
export async function readPlace(
  flags: PlaceFlags,
  cwd: string,
  kinds: KindsOf = {},
): Promise<Place> {
  const storyPath = flags.story
    ? resolve(cwd, flags.story)
    : flags.story === null
      ? null
      : findStoryFile(cwd);
  const folder = storyPath ? dirname(storyPath) : findFolder(cwd);
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
    },
    storyPath,
    digest: createHash('sha256').update(text).digest('hex').slice(0, 16),
    folder,
    stateDir,
    workloadModule: null,
  };
}

/**
 * For what only mends: where the run under way stands, also when its story has been broken or removed meanwhile. The Compose
 * engine needs nothing of it to bring containers back; `note` says so then. Throws as `readPlace` does.
 */
export async function readPlaceToMend(
  flags: PlaceFlags,
  run: Run,
  cwd: string,
): Promise<{ place: Place; note: string | null }> {
  const where = flagsOfRun(flags, run, cwd);
  try {
    return { place: await readPlace(where, cwd, { lenient: true }), note: null };
  } catch (error) {
    const isUnreadable =
      error instanceof Refusal &&
      (error.code === 'invalid_story' || error.code === 'story_not_found');
    if (
      !isUnreadable ||
      run.engine.kind !== 'compose' ||
      run.story.path === null ||
      where === flags
    )
      throw error;
    const place = await readPlace({ ...where, story: null }, cwd);
    const { path: storyPath, digest } = run.story;
    const note = `${error.message} What the run broke is recovered without it.`;
    return {
      place: {
        ...place,
        story: { ...place.story, workload: null },
        storyPath,
        digest,
        folder: dirname(storyPath),
        stateDir: findStateDir(flags, cwd),
      },
      note,
    };
  }
}

function readStoryFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Refusal(
      'story_not_found',
      `The story ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}.`,
      'story init',
      [],
      {
        cause: error,
      },
    );
  }
}

async function readStory(
  text: string,
  path: string,
  folder: string,
  { plugins, lenient = false }: KindsOf,
): Promise<Story> {
  const { parseStory } = await import('../story/file/parse.ts');
  const { OWN_CATALOGUE } = await import('./catalogue.ts');
  const parse = (catalogue: Catalogue) => parseStory(text, { path, folder, catalogue });
  let result = parse(lenient ? await lenientCatalogue(text, OWN_CATALOGUE) : OWN_CATALOGUE);
  const isKind = (problem: Problem) => /\binject\.kind$/.test(problem.path);
  if ('problems' in result && result.problems.some(isKind) && plugins)
    result = parse(await plugins());
  if ('story' in result) return result.story;
  // Relative, as compilers say it, so that editors and terminals can jump there.
  const problems = result.problems.map((problem) => ({
    file: relative(process.cwd(), path),
    ...problem,
  }));
  throw new Refusal(
    'invalid_story',
    `${path} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}.`,
    'story check',
    problems,
  );
}

async function lenientCatalogue(text: string, catalogue: Catalogue): Promise<Catalogue> {
  const { withUnknownKinds } = await import('../story/file/unknown-kinds.ts');
  return withUnknownKinds(text, catalogue);
}

async function storyWithoutFile(flags: PlaceFlags, folder: string): Promise<Story> {
  const { defaultStory } = await import('../story/default-story.ts');
  const hasCompose =
    Boolean(flags['compose-file'] ?? flags.project ?? process.env.COMPOSE_FILE) ||
    COMPOSE_FILES.some((file) => existsSync(join(folder, file)));
  const name = basename(folder);
  if (flags.engine !== 'process' && (hasCompose || !existsSync(join(folder, PROCFILE))))
    return defaultStory({ name, engine: 'compose' });
  const { parseProcfile } = await import('../engine/process/procfile.ts');
  return {
    ...defaultStory({ name, engine: 'process' }),
    services: readProcfile(join(folder, PROCFILE), parseProcfile, folder),
  };
}

function readProcfile<T>(
  path: string,
  parse: (text: string, folder: string) => T,
  folder: string,
): T {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Refusal(
      'unsupported_stack',
      `The process engine needs services, and there is neither a story nor a ${PROCFILE} in ${folder}.`,
      'story init --engine process',
      [],
      {
        cause: error,
      },
    );
  }
  return parse(text, folder);
}

function findStoryFile(cwd: string): string | null {
  for (const folder of upwards(cwd))
    for (const file of STORY_FILES) if (existsSync(join(folder, file))) return join(folder, file);
  return null;
}

function findFolder(cwd: string): string {
  for (const folder of upwards(cwd))
    if (
      [...STORY_FILES, '.gameday', ...COMPOSE_FILES, PROCFILE].some((file) =>
        existsSync(join(folder, file)),
      )
    )
      return folder;
  return cwd;
}

function* upwards(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}
