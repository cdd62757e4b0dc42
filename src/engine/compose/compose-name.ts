/**
 * Which Compose files and which project's name are meant, as far as that is certain without asking Docker Compose: files that
 * are named or have a default name, a `name:` that is a plain word, the name of a folder. Where `.env` or a file says it in any
 * other way, the answer is null, and Compose itself is asked (`compose-ask.ts`): a name that was read otherwise than Compose
 * reads it would have another stack broken.
 * Lacks on purpose: the rest of the Compose model; that is `compose-model.ts`.
 */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { findUpwards } from '../../system/files.ts';
import { COMPOSE_FILES, COMPOSE_OVERRIDES } from '../../terms/compose-files.ts';
import { Refusal } from '../../terms/outcomes.ts';

export interface ComposeFiles {
  /** Absolute, in the order in which Compose merges them; empty where there is none. */
  files: string[];
  /** Absolute: the project's folder. */
  folder: string;
  /** Where Compose is to be started, so that it finds the same; absolute. */
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** What Compose takes from the environment, or from `.env`, before it reads a file. */
export type Setting = 'COMPOSE_FILE' | 'COMPOSE_PATH_SEPARATOR' | 'COMPOSE_PROJECT_NAME';

/**
 * The files that are named, that COMPOSE_FILE lists, or that have a default name here or above; null where `.env` lists them in
 * a way that only Compose reads for certain. Throws Refusal `unsupported_stack` for a file that is listed and does not exist.
 */
export function findComposeFiles(
  cwd: string,
  named: readonly string[],
  env: NodeJS.ProcessEnv,
): ComposeFiles | null {
  if (named.length > 0) return composeFiles({ cwd, env }, named, '');
  const listed = readSetting('COMPOSE_FILE', [cwd], env);
  const separator = readSetting('COMPOSE_PATH_SEPARATOR', [cwd], env);
  if (listed === null || (listed && separator === null)) return null;
  return listedFiles({ cwd, env }, listed ?? '', separator ?? '');
}

/** What COMPOSE_FILE lists; the default names where it is empty. Throws as `findComposeFiles` does. */
export function listedFiles(
  at: Pick<ComposeFiles, 'cwd' | 'env'>,
  listed: string,
  separator: string,
): ComposeFiles {
  const files = listed.split(separator || delimiter).filter((file) => file !== '');
  return composeFiles(
    at,
    files.length > 0 ? files : defaultFiles(at.cwd),
    ' (COMPOSE_FILE names it)',
  );
}

function composeFiles(
  { cwd, env }: Pick<ComposeFiles, 'cwd' | 'env'>,
  given: readonly string[],
  by: string,
): ComposeFiles {
  const files = given.map((file) => resolve(cwd, file));
  const missing = files.filter((file) => !statSync(file, { throwIfNoEntry: false })?.isFile());
  if (missing.length > 0)
    throw new Refusal(
      'unsupported_stack',
      `There is no Compose file ${missing.join(' and no ')}${by}.`,
      'Name the right one with --compose-file.',
    );
  return { files, folder: files[0] === undefined ? cwd : dirname(files[0]), cwd, env };
}

/** Those of this folder, or of the nearest one above that has any. */
function defaultFiles(cwd: string): string[] {
  const file = findUpwards(cwd, COMPOSE_FILES);
  if (file === null) return [];
  const folder = dirname(file);
  const override = COMPOSE_OVERRIDES.find((name) => existsSync(join(folder, name)));
  return override === undefined ? [file] : [file, join(folder, override)];
}

/** The project's name by these files and folder; null where only Compose can tell it. */
export function certainName({ files, folder, cwd, env }: ComposeFiles): string | null {
  const given = readSetting(
    'COMPOSE_PROJECT_NAME',
    files[0] === undefined ? [cwd] : [cwd, folder],
    env,
  );
  if (given === null) return null;
  if (given) return given;
  for (const file of files.toReversed()) {
    const written = nameIn(file);
    if (written === null) return null;
    if (written !== '') return written;
  }
  // Compose takes the folder's name as the shell has it, which a symbolic link can make another one than the system's.
  return isAnotherWay(env.PWD, cwd) ? null : normalised(basename(folder));
}

/** Lower case, without what is no letter, digit, dash or underscore, and without dashes and underscores in front; null if nothing is left. */
export function normalised(name: string): string | null {
  const usable = name.toLowerCase().replace(/[^a-z0-9_-]/g, '');
  return usable.replace(/^[_-]+/, '') || null;
}

function isAnotherWay(pwd: string | undefined, cwd: string): boolean {
  if (!pwd || pwd === cwd) return false;
  try {
    return pwd !== process.cwd() && realpathSync(pwd) === realpathSync(process.cwd());
  } catch {
    return false;
  }
}

/** Undefined: surely not set. Null: only Compose can tell. */
function readSetting(
  name: Setting,
  folders: readonly string[],
  env: NodeJS.ProcessEnv,
): string | undefined | null {
  if (env[name] !== undefined) return env[name];
  if (/^(1|t|true)$/i.test(env.COMPOSE_DISABLE_ENV_FILE ?? '')) return undefined;
  if (env.COMPOSE_ENV_FILES) return null;
  for (const folder of new Set(folders)) {
    const found = settingIn(join(folder, '.env'), name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A line of `.env` that every reader reads alike: blank, a comment, or a name with a plain value or one in whole quotes. */
const EVEN_LINE = /^\s*(?:#.*|(?:export\s+)?[A-Za-z_]\w*=(?:[^'"`\\]*|'[^'\\]*'|"[^"\\$]*")\s*)?$/;

function settingIn(path: string, name: Setting): string | undefined | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code) ? undefined : null;
  }
  const [before, after, ...more] = text.split(name);
  if (after === undefined) return undefined;
  const value = /^=([\w./:;,|@+-]+)[ \t]*\r?(?:\n|$)/.exec(after)?.[1];
  const lines = (before as string).split('\n');
  const isAtStart = /^(?:export +)?$/.test(lines.pop() as string);
  const isPlain = isAtStart && more.length === 0 && lines.every((line) => EVEN_LINE.test(line));
  return isPlain && value !== undefined ? value : null;
}

/** What YAML takes for something else than a text. */
const NO_TEXT = /^(?:y|n|yes|no|on|off|true|false|null)$/;

/** The top-level `name:` where it is a plain word; empty where there is surely none; null: only a reader of YAML can tell. */
function nameIn(file: string): string | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  if (!/\bname["']?\s*:/.test(text)) return /^\?/m.test(text) ? null : '';
  if (text.startsWith('{')) return nameInJson(text);
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(?:#|$)/.test(line));
  if (/^---\s*$/.test(lines[0] ?? '')) lines.shift();
  if (
    /^\s/.test(lines[0] ?? '') ||
    lines.some((line) => /^(?:---|\.\.\.|<<|[?{}[\]%&!*])/.test(line))
  )
    return null;
  const [line, ...others] = lines.filter((each) => /^["']?name["']?\s*:/.test(each));
  if (line === undefined) return '';
  const word = /^(name|"name"|'name')\s*:\s+(["']?)([a-z0-9][a-z0-9_-]*)\2(?:\s+#.*)?\s*$/.exec(
    line,
  );
  const [, , quote, name = ''] = word ?? [];
  if (others.length > 0 || name === '') return null;
  return quote !== '' || (/^[a-z]/.test(name) && !NO_TEXT.test(name)) ? name : null;
}

function nameInJson(text: string): string | null {
  try {
    const { name = '' } = JSON.parse(text) as { name?: unknown };
    return typeof name === 'string' && /^(?:[a-z0-9][a-z0-9_-]*)?$/.test(name) ? name : null;
  } catch {
    return null;
  }
}
