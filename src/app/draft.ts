/**
 * What `story init` works with: finds the stack, has the story drafted, and writes it where no story is yet.
 * Lacks on purpose: any guess; those are made in `story/draft*.ts`.
 */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type ComposeFiles, findComposeFiles } from '../engine/compose/compose-name.ts';
import { makeStateFolder } from '../journal/state-folder.ts';
import {
  type Choices,
  type Draft,
  draftCompose,
  draftProcess,
  type Frame,
  offers,
} from '../story/draft/draft.ts';
import type { ProcessService } from '../story/story.ts';
import { findUpwards } from '../system/files.ts';
import { COMPOSE_FILES } from '../terms/compose-files.ts';
import { Refusal } from '../terms/outcomes.ts';

const PACKAGE = 'oclif-plugin-gameday';
const SCHEMA = 'gameday.schema.json';
const STORY = 'gameday.yaml';
const OTHER_STORIES = ['gameday.yml'];
const PROCFILE = 'Procfile';

export interface DraftWish {
  cwd: string;
  engine: string | null;
  /** Empty: as Docker Compose finds its own. */
  files: string[];
  project: string | null;
  /** Of a cluster. */
  context: string | null;
  namespace: string | null;
  allowRemote: boolean;
  /** Null: gameday.yaml beside what the stack was found in. */
  output: string | null;
  /** Null: .gameday beside the story. */
  stateDir: string | null;
  /** Only shown, so that nothing is in its way. */
  shownOnly: boolean;
  /** How a command is typed here. */
  spell: (id: string) => string;
}

export interface Drafting {
  /** Services that can be broken, best first, with the reason. */
  offers: { service: string; why: string }[];
  /** Throws Refusal `no_target`, `unsupported_stack`, `usage`. */
  draft(choices: Choices): Draft;
  /** Where it goes; absolute. */
  path: string;
  /** For people: what was not as usual. */
  notes: string[];
  /** Throws Refusal `file_exists`, `usage`, `state_unwritable`. Resolves to what did not work and does no harm, or null. */
  save(text: string): string | null;
}

/** Throws Refusal `unsupported_stack` where there is nothing to write a story for, `file_exists` where there is one. */
export async function openDraft(wish: DraftWish): Promise<Drafting> {
  const found = await findStack(wish);
  const path = wish.output === null ? join(found.folder, STORY) : resolve(wish.cwd, wish.output);
  const folder = dirname(path);
  if (!wish.shownOnly)
    refuseExisting(
      wish.output === null ? [path, ...OTHER_STORIES.map((name) => join(folder, name))] : [path],
    );
  const schema = findSchema(folder, wish.stateDir ?? join(folder, '.gameday'));
  const frame: Frame = { source: found.source, schema: schema?.from ?? null, spell: wish.spell };
  return { ...(await found.open(folder, frame)), path, save: (text) => save(path, text, schema) };
}

export interface FoundStack {
  folder: string;
  source: string | null;
  /** `folder`: of the story. */
  open(folder: string, frame: Frame): Promise<Pick<Drafting, 'offers' | 'draft' | 'notes'>>;
}

/** Engines whose stacks are read from what runs. */
const CLUSTERS = ['swarm', 'kubernetes'];

async function findStack(wish: DraftWish): Promise<FoundStack> {
  const isCluster = wish.engine === null ? wish.context !== null : CLUSTERS.includes(wish.engine);
  if (isCluster) return (await import('./draft-cluster.ts')).findClusterStack(wish);
  const { files } =
    wish.engine === 'process'
      ? { files: [] }
      : await composeFiles(wish.cwd, wish.files, process.env);
  const procfile = wish.engine === 'compose' ? null : findUpwards(wish.cwd, [PROCFILE]);
  const [compose] = files;
  const isMeant = wish.files.length > 0 || Boolean(process.env.COMPOSE_FILE);
  const composeIsNear =
    compose !== undefined &&
    (procfile === null || isMeant || dirname(compose).length >= dirname(procfile).length);
  if (composeIsNear) return composeStack(wish, files);
  if (procfile !== null) return processStack(procfile);
  if (wish.engine === 'process')
    return {
      folder: wish.cwd,
      source: null,
      open: async (folder, frame) => fromServices(null, folder, frame),
    };
  const looked = `${COMPOSE_FILES.join(', ')}${wish.engine === null ? ' and Procfile' : ''} in ${wish.cwd} and above`;
  const message = `There is no stack to write a story for (looked for ${looked}).`;
  const next =
    'Run it in the folder of your compose.yaml, or name the file with --compose-file. `story init --engine process` writes an example that needs no Docker.';
  throw new Refusal('unsupported_stack', message, next);
}

function composeStack(wish: DraftWish, files: string[]): FoundStack {
  const home = dirname(files[0] as string);
  return {
    folder: home,
    source: files.map((file) => relative(home, file)).join(', '),
    open: async (folder, frame) => {
      const { readComposeModel } = await import('../engine/compose/compose-model.ts');
      const { lookAtPorts } = await import('./draft-look.ts');
      const query = { cwd: home, files, project: wish.project, profiles: [] };
      const model = await lookAtPorts(await readComposeModel(query), { onlyOpen: false });
      const named = (await isFoundFrom(folder, files))
        ? []
        : files.map((file) => relative(folder, file));
      const draft = (choices: Choices) =>
        draftCompose({ model, files: named, project: wish.project }, choices, frame);
      return { offers: offers(model), draft, notes: [] };
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
  const { askForFiles } = await import('../engine/compose/compose-ask-project.ts');
  return askForFiles(cwd, env);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

async function processStack(procfile: string): Promise<FoundStack> {
  const { parseProcfile } = await import('../engine/process/procfile.ts');
  const home = dirname(procfile);
  const services = parseProcfile(readFileSync(procfile, 'utf8'), home);
  return {
    folder: home,
    source: PROCFILE,
    open: async (_, frame) => fromServices(services, home, frame),
  };
}

function fromServices(
  services: Record<string, ProcessService> | null,
  folder: string,
  frame: Frame,
): Pick<Drafting, 'offers' | 'draft' | 'notes'> {
  const draft = (choices: Choices) => draftProcess(services, basename(folder), choices, frame);
  const { service: best } = draft({ service: null, url: null });
  const names = Object.keys(services ?? {});
  const offered = [best, ...names.filter((name) => name !== best)].map((service) => ({
    service,
    why: 'it is in the Procfile.',
  }));
  return { offers: services === null ? [] : offered, draft, notes: [] };
}

interface Schema {
  /** From the story's folder, as the modeline has it. */
  from: string;
  /** To be copied from here to there, where the project has no package of its own to point at. */
  copy: { source: string; stateDir: string } | null;
}

/**
 * Where editors find the JSON Schema: in the project's own node_modules if gameday is installed there, else in a copy in
 * the state folder. Neither asks a server for it, and both fit the gameday that is installed.
 */
function findSchema(folder: string, stateDir: string): Schema | null {
  const installed = findUpwards(folder, [join('node_modules', PACKAGE, SCHEMA)]);
  if (installed !== null) return { from: relative(folder, installed), copy: null };
  const source = findUpwards(import.meta.dirname, [SCHEMA]);
  if (source === null) return null;
  return { from: relative(folder, join(stateDir, SCHEMA)), copy: { source, stateDir } };
}

function save(path: string, text: string, schema: Schema | null): string | null {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw unwritten(path, error as NodeJS.ErrnoException);
  }
  if (!schema?.copy) return null;
  try {
    makeStateFolder(schema.copy.stateDir);
    copyFileSync(schema.copy.source, join(schema.copy.stateDir, SCHEMA));
    return null;
  } catch (error) {
    return `Editors will not find the JSON Schema: ${(error as Error).message}`;
  }
}

function unwritten(path: string, error: NodeJS.ErrnoException): Refusal {
  if (error.code === 'EEXIST') return exists(path);
  const isPlace = ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(error.code ?? '');
  // Nobody's file was there before: what stands there now is the half of ours.
  if (!isPlace) rmSync(path, { force: true });
  const message = `The story cannot be written to ${path}: ${error.code}.`;
  return new Refusal(
    isPlace ? 'usage' : 'state_unwritable',
    message,
    'Write it elsewhere with --output, or show it with --stdout.',
    [],
    {
      cause: error,
    },
  );
}

function refuseExisting(paths: readonly string[]): void {
  const there = paths.find((path) => existsSync(path));
  if (there !== undefined) throw exists(there);
}

function exists(path: string): Refusal {
  return new Refusal(
    'file_exists',
    `${path} is there already, and a story is never overwritten.`,
    'Write to another file with --output, or show it with --stdout.',
  );
}
