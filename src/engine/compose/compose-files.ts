/** A Compose stack as its files tell it, where no engine is asked. The files are read by Docker Compose, when somebody wants to know. */
import { dirname, relative } from 'node:path';
import { type Choices, draftCompose, offers } from '../../story/draft/draft.ts';
import type { StackOf } from '../engine-kind.ts';
import type { DraftableStack, Said } from '../stack-files.ts';
import { type ComposeFiles, findComposeFiles } from './compose-name.ts';

/** For the names of services in a hint. */
const HINT_MS = 10_000;

export async function findStack(cwd: string, said: Said): Promise<DraftableStack | null> {
  const { files } = await composeFiles(cwd, said.files, process.env);
  return files.length === 0 ? null : stackOf(files, said);
}

/** Rejects where they cannot be read, or not in time. */
export async function readServiceNames({ compose }: StackOf, folder: string): Promise<string[]> {
  const { readComposeModel } = await import('./compose-model.ts');
  const model = await readComposeModel({ cwd: folder, ...compose, limitMs: HINT_MS });
  return model.services.map(({ name }) => name);
}

function stackOf(files: string[], { files: named, project }: Said): DraftableStack {
  const home = dirname(files[0] as string);
  return {
    folder: home,
    source: files.map((file) => relative(home, file)).join(', '),
    isNamed: named.length > 0 || Boolean(process.env.COMPOSE_FILE),
    open: async (folder, frame) => {
      const { readComposeModel } = await import('./compose-model.ts');
      const { lookAtPorts } = await import('../look-at-ports.ts');
      const query = { cwd: home, files, project, profiles: [] };
      const model = await lookAtPorts(await readComposeModel(query));
      const written = (await isFoundFrom(folder, files))
        ? []
        : files.map((file) => relative(folder, file));
      const draft = (choices: Choices) =>
        draftCompose({ model, files: written, project }, choices, frame);
      return { offers: offers(model), draft };
    },
  };
}

/** Whether Docker Compose finds these from there by itself, in anybody's shell. */
async function isFoundFrom(folder: string, files: string[]): Promise<boolean> {
  const { COMPOSE_FILE: _, ...env } = process.env;
  return isSame((await composeFiles(folder, [], env)).files, files);
}

/** As Docker Compose finds them, which is asked where nobody else can tell. */
async function composeFiles(
  cwd: string,
  named: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Pick<ComposeFiles, 'files'>> {
  const certain = findComposeFiles(cwd, named, env);
  if (certain !== null) return certain;
  const { askForFiles } = await import('./compose-ask-project.ts');
  return askForFiles(cwd, env);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
