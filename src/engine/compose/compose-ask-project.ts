/**
 * Docker Compose's own answer to which files and which project are meant, where `.env` or a file says it in a way that only
 * Compose reads for certain: quotes, `export`, comments, several lines, other files by COMPOSE_ENV_FILES, variables in `name:`.
 */
import { Refusal } from '../../terms/outcomes.ts';
import { askCompose } from './compose-ask.ts';
import { parseAnswer } from './compose-model.ts';
import { type ComposeFiles, listedFiles } from './compose-name.ts';
import { mapping, text } from './compose-reduce.ts';

/** What COMPOSE_FILE lists: Compose fills in the variables of a file of ours, as it reads them. Throws as `askCompose` and `listedFiles` do. */
export async function askForFiles(cwd: string, env: NodeJS.ProcessEnv): Promise<ComposeFiles> {
  const asked = ['COMPOSE_FILE', 'COMPOSE_PATH_SEPARATOR'];
  const labels = Object.fromEntries(asked.map((name) => [name, `\${${name}-}`]));
  const services = { gameday: { image: 'gameday', labels } };
  const answer = await parseAnswer(
    await askOrSayProject({ cwd, env, text: JSON.stringify({ services }) }),
  );
  const read = mapping(mapping(mapping(answer.services).gameday).labels);
  return listedFiles(
    { cwd, env },
    text(read.COMPOSE_FILE) ?? '',
    text(read.COMPOSE_PATH_SEPARATOR) ?? '',
  );
}

/** The project's name by these files. Throws as `askCompose` does. */
export async function askForName(
  { cwd, env, files }: ComposeFiles,
  profiles: readonly string[],
): Promise<string> {
  const answer = await parseAnswer(await askOrSayProject({ cwd, env, files, profiles }));
  const name = text(answer.name);
  if (name !== null) return name;
  throw new Refusal(
    'unsupported_stack',
    `Docker Compose gives the project of ${files.join(', ')} no name.`,
    'Say which one: --project NAME',
  );
}

/** What is asked decides which stack is broken, so a refusal says how to do without the answer. */
async function askOrSayProject(question: Parameters<typeof askCompose>[0]): Promise<string> {
  try {
    return await askCompose(question);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const next =
      'Name the project, then no file is read: --project NAME (`docker compose ls` lists them).';
    throw new Refusal(
      error.code,
      `Which stack is meant cannot be told. ${error.message}`,
      next,
      [],
      {
        cause: error,
      },
    );
  }
}
