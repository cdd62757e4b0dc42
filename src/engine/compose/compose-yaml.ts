/**
 * Compose files read by ourselves, for machines where Docker Compose is not at hand: overrides, includes, extends,
 * merge keys, profiles, variables. Looks at what a first story needs, and no further: nothing is validated.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { isCollection, isScalar, parseDocument, Scalar, visit, YAMLMap } from 'yaml';
import { Refusal } from '../../terms/outcomes.ts';
import type { ModelQuery } from './compose-model.ts';
import { findComposeFiles, nameProject } from './compose-name.ts';
import { list, mapping, type Raw, text } from './compose-reduce.ts';
import { interpolate } from './compose-variables.ts';

/** Files that include or extend one another deeper than this go round in a circle. */
const DEEPEST = 20;
/** What stands for the tags `!reset` and `!override` until the files are merged. */
const RESET = '\0reset';
const OVERRIDE = '\0override';

type Variables = Record<string, string | undefined>;

/** Throws Refusal `unsupported_stack` that names the file. */
export async function readComposeYaml(query: ModelQuery): Promise<{ raw: Raw; name: string }> {
  const found = findComposeFiles(query.cwd, query.files, query.env ?? process.env);
  if (found.files.length === 0) {
    throw new Refusal(
      'unsupported_stack',
      `There is no Compose file in ${query.cwd} or above it.`,
      'Name one with --compose-file.',
    );
  }
  const raw = readProject(found.files, found.env, 0);
  const odd = Object.keys(mapping(raw.services)).find((each) => !/^[\w.-]+$/.test(each));
  if (odd !== undefined)
    throw refusal(found.files.join(', '), `${JSON.stringify(odd)} cannot be the name of a service`);
  const active = [...query.profiles, ...(found.env.COMPOSE_PROFILES ?? '').split(',')];
  const services = Object.entries(mapping(raw.services)).filter(([, service]) => {
    const profiles = list(mapping(service).profiles);
    return (
      profiles.length === 0 ||
      active.includes('*') ||
      profiles.some((profile) => active.includes(String(profile)))
    );
  });
  const name =
    query.project ?? found.env.COMPOSE_PROJECT_NAME ?? (await nameProject(found)) ?? 'stack';
  return { raw: { services: Object.fromEntries(services) }, name };
}

/** Several files of one project, the later ones over the earlier ones, with what they include underneath. */
function readProject(files: string[], variables: Variables, depth: number): Raw {
  let project: Raw = {};
  for (const file of files) {
    const raw = readFile(file, variables, depth);
    for (const entry of list(raw.include))
      project = merge(readInclude(entry, dirname(file), variables, depth), project) as Raw;
    project = merge(project, {
      ...raw,
      services: extendAll(mapping(raw.services), file, variables, depth),
    }) as Raw;
  }
  return project;
}

function readInclude(entry: unknown, folder: string, variables: Variables, depth: number): Raw {
  const { path, env_file } =
    typeof entry === 'string' ? { path: entry, env_file: undefined } : mapping(entry);
  const files = (Array.isArray(path) ? path : [path]).map((each) => resolve(folder, String(each)));
  const envFiles =
    env_file === undefined
      ? [join(dirname(files[0] as string), '.env')]
      : (Array.isArray(env_file) ? env_file : [env_file]).map((each) =>
          resolve(folder, String(each)),
        );
  return readProject(files, Object.assign({}, ...envFiles.map(readEnvFile), variables), depth + 1);
}

function extendAll(services: Raw, file: string, variables: Variables, depth: number): Raw {
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [
      name,
      extended(mapping(service), services, file, variables, depth),
    ]),
  );
}

function extended(
  service: Raw,
  siblings: Raw,
  file: string,
  variables: Variables,
  depth: number,
): Raw {
  if (depth > DEEPEST) throw refusal(file, 'its services extend one another in a circle');
  const { extends: base, ...own } = service;
  if (base === undefined) return service;
  const from = typeof base === 'string' ? { service: base } : mapping(base);
  const elsewhere = text(from.file);
  const path = elsewhere === null ? file : resolve(dirname(file), elsewhere);
  const others = elsewhere === null ? siblings : mapping(readFile(path, variables, depth).services);
  const name = String(from.service);
  if (!Object.hasOwn(others, name)) throw refusal(path, `there is no service ${name} to extend`);
  return merge(extended(mapping(others[name]), others, path, variables, depth + 1), own) as Raw;
}

function readFile(path: string, variables: Variables, depth: number): Raw {
  if (depth > DEEPEST) throw refusal(path, 'files include one another in a circle');
  let written: string;
  try {
    written = readFileSync(path, 'utf8');
  } catch (error) {
    throw refusal(path, `it cannot be read: ${(error as NodeJS.ErrnoException).code}`, error);
  }
  try {
    const document = parseDocument(written, { merge: true, logLevel: 'error' });
    if (document.errors[0]) throw document.errors[0];
    visit(document, { Node: (_, node) => replaceTag(node) });
    return located(
      mapping(deepMap(document.toJS(), (value) => interpolate(value, (name) => variables[name]))),
      dirname(path),
    );
  } catch (error) {
    throw refusal(path, (error as Error).message.split('\n')[0] as string, error);
  }
}

/** With the folders of what is built made absolute, since files of other folders are merged into one model. */
function located(raw: Raw, folder: string): Raw {
  const services = Object.entries(mapping(raw.services)).map(([name, service]) => {
    const { build, ...rest } = mapping(service);
    if (build === undefined || build === RESET) return [name, service];
    const { context = '.', ...options } =
      typeof build === 'string' ? { context: build } : mapping(build);
    return [name, { ...rest, build: { ...options, context: resolve(folder, String(context)) } }];
  });
  return { ...raw, services: Object.fromEntries(services) };
}

function replaceTag(node: unknown): Scalar | YAMLMap | undefined {
  if (!isScalar(node) && !isCollection(node)) return undefined;
  if (node.tag === '!reset') return new Scalar(RESET);
  if (node.tag !== '!override') return undefined;
  delete node.tag;
  const marked = new YAMLMap();
  marked.set(OVERRIDE, node);
  return marked;
}

function deepMap(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => deepMap(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, deepMap(each, change)]),
  );
}

/** Lists that say one thing as a whole. */
const WHOLE_LISTS = ['command', 'entrypoint', 'test'];

/** Mappings are merged key by key, lists are joined, all else is replaced. */
function merge(below: unknown, above: unknown, key = ''): unknown {
  if (above === RESET) return undefined;
  if (typeof above === 'object' && above !== null && Object.hasOwn(above, OVERRIDE))
    return (above as Raw)[OVERRIDE];
  if (Array.isArray(below) && Array.isArray(above) && !WHOLE_LISTS.includes(key))
    return [...below, ...above];
  if (!isMapping(above)) return above === undefined ? below : above;
  const result: Raw = isMapping(below) ? { ...below } : {};
  for (const [name, value] of Object.entries(above))
    result[name] = merge(result[name], value, name);
  return result;
}

function isMapping(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readEnvFile(path: string): Variables {
  return existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
}

function refusal(path: string, why: string, cause?: unknown): Refusal {
  return new Refusal(
    'unsupported_stack',
    `${path}: ${why}.`,
    'Correct the Compose file, or name another with --compose-file.',
    [],
    { cause },
  );
}
