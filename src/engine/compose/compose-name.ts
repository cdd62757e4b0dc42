/**
 * Which Compose files and which project are meant, found as `docker compose` finds them, in a millisecond instead of the hundred
 * that its own `config` takes: explicit files, COMPOSE_FILE, or the default names in this folder and those above; then the
 * top-level `name:`, or the folder's name. `.env` counts for all of them.
 * Lacks on purpose: the rest of the Compose model; that is `compose-model.ts`.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { Refusal } from '../../terms/outcomes.ts';
import { interpolate } from './compose-variables.ts';

/** In Compose's order of preference. */
const FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

export interface ComposeFiles {
  /** Absolute, in the order in which Compose merges them; empty where there is none. */
  files: string[];
  /** Absolute: the project's folder. */
  folder: string;
  /** The environment with what `.env` adds. */
  env: NodeJS.ProcessEnv;
}

/** Throws Refusal `unsupported_stack` for a file that is named and does not exist. */
export function findComposeFiles(
  cwd: string,
  named: readonly string[],
  env: NodeJS.ProcessEnv,
): ComposeFiles {
  const known = withDotEnv(env, named[0] === undefined ? cwd : dirname(resolve(cwd, named[0])));
  const listed =
    known.COMPOSE_FILE?.split(known.COMPOSE_PATH_SEPARATOR || delimiter).filter(
      (file) => file !== '',
    ) ?? [];
  const given = named.length > 0 ? named : listed;
  const files = given.length > 0 ? given.map((file) => resolve(cwd, file)) : defaultFiles(cwd);
  const missing = files.filter((file) => !statSync(file, { throwIfNoEntry: false })?.isFile());
  if (missing.length > 0) {
    const by = named.length > 0 ? '' : ' (COMPOSE_FILE names it)';
    throw new Refusal(
      'unsupported_stack',
      `There is no Compose file ${missing.join(' and no ')}${by}.`,
      'Name the right one with --compose-file.',
    );
  }
  const folder = files[0] === undefined ? cwd : dirname(files[0]);
  return { files, folder, env: withDotEnv(known, folder) };
}

/** Those of this folder, or of the nearest one above that has any. */
function defaultFiles(cwd: string): string[] {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const first = (names: readonly string[]) =>
      names.map((name) => join(folder, name)).find((path) => existsSync(path));
    const file = first(FILES);
    const override = first(OVERRIDES);
    if (file) return override ? [file, override] : [file];
    if (dirname(folder) === folder) return [];
  }
}

/** What is set already wins. */
function withDotEnv(env: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  if (/^(1|t|true)$/i.test(env.COMPOSE_DISABLE_ENV_FILE ?? '')) return env;
  const paths = env.COMPOSE_ENV_FILES?.split(',').map((path) => resolve(folder, path)) ?? [
    join(folder, '.env'),
  ];
  const added: Record<string, string | undefined> = {};
  for (const path of paths.filter((each) => statSync(each, { throwIfNoEntry: false })?.isFile())) {
    for (const [name, value] of Object.entries(parseEnv(readFileSync(path, 'utf8')))) {
      added[name] = filledIn(value ?? '', { ...added, ...env }, path);
    }
  }
  return { ...added, ...env };
}

/** The project's name by these files and folder; null where nothing usable is left of it. Throws Refusal `unsupported_stack`. */
export async function nameProject({ files, folder, env }: ComposeFiles): Promise<string | null> {
  for (const file of files.toReversed()) {
    const written = await nameIn(file);
    if (written !== null) return normalised(filledIn(written, env, file));
  }
  return normalised(basename(folder));
}

/** Lower case, without what is no letter, digit, dash or underscore, and without dashes and underscores in front; null if nothing is left. */
export function normalised(name: string): string | null {
  const usable = name.toLowerCase().replace(/[^a-z0-9_-]/g, '');
  return usable.replace(/^[_-]+/, '') || null;
}

/** The last document that has a `name:` wins. */
async function nameIn(file: string): Promise<string | null> {
  const text = readFileSync(file, 'utf8');
  // Most files have none, and then the parser is not even loaded.
  if (!/\bname["']?\s*:/.test(text)) return null;
  const { isMap, parseAllDocuments } = await import('yaml');
  let name: string | null = null;
  for (const { contents } of parseAllDocuments(text)) {
    const found = isMap(contents) ? contents.get('name') : null;
    if ((typeof found === 'string' && found !== '') || typeof found === 'number')
      name = String(found);
  }
  return name;
}

function filledIn(text: string, env: NodeJS.ProcessEnv, path: string): string {
  try {
    return interpolate(text, (name) => env[name]);
  } catch (error) {
    throw new Refusal(
      'unsupported_stack',
      `${path}: ${(error as Error).message}.`,
      'Correct the file, or name the stack with --project.',
      [],
      {
        cause: error,
      },
    );
  }
}
