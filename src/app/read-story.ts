/** The story of a place: as its file says it, or the default one where there is no file. */

import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { EngineKind } from '../engine/engine-kind.ts';
import type { Catalogue } from '../fault/catalogue.ts';
import type { Story } from '../story/story.ts';
import { type Problem, Refusal } from '../terms/outcomes.ts';
import { currentFolder } from './current-folder.ts';
import { DEFAULT_ENGINE, ENGINES, engineKind } from './engines.ts';
import { refuseForeignFile } from './trust.ts';

/** The flags that say which stack the default story is for. */
interface StackFlags {
  'compose-file'?: string[] | undefined;
  project?: string | undefined;
  engine?: string | undefined;
  context?: string | undefined;
}

/** Which kinds of fault a story may name beyond our own. */
export interface KindsOf {
  /** Asked only where the story names a kind that is not ours. */
  plugins?: () => Promise<Catalogue>;
  /** Any: for what recovers, and injects nothing. */
  lenient?: boolean;
}

export function readStoryFile(path: string): string {
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

export async function readStory(
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
    file: relative(currentFolder(), path),
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

export async function storyWithoutFile(flags: StackFlags, folder: string): Promise<Story> {
  const { defaultStory } = await import('../story/default-story.ts');
  const { kind, files } = engineMeant(flags, folder);
  const story = defaultStory({ name: basename(folder), engine: kind });
  if (!files?.standIn) return story;
  // What stands in these is run.
  for (const path of files.names.map((name) => join(folder, name)))
    if (existsSync(path))
      refuseForeignFile(path, `Write a story of your own: story init --engine ${kind}`);
  return { ...story, ...(await files.standIn(folder)) };
}

/** What somebody said counts more than what is there. */
function engineMeant(flags: StackFlags, folder: string): EngineKind {
  if (flags.engine !== undefined) return engineKind(flags.engine);
  const said = {
    files: flags['compose-file'] ?? [],
    project: flags.project ?? null,
    context: flags.context ?? null,
  };
  const meant = ENGINES.map((row) => ({ row, by: row.files?.isMeant(folder, said) ?? null }));
  const found = meant.find(({ by }) => by === 'said') ?? meant.find(({ by }) => by === 'found');
  return found?.row ?? DEFAULT_ENGINE;
}
