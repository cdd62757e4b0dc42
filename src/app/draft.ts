/**
 * What `story init` works with: finds the stack, has the story drafted, and writes it where no story is yet.
 * Lacks on purpose: any guess; those are made in `story/draft*.ts`.
 */
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { DraftableStack, OpenDraft } from '../engine/stack-files.ts';
import { makeStateFolder } from '../journal/state-folder.ts';
import type { Frame } from '../story/draft/draft.ts';
import { findUpwards } from '../system/files.ts';
import { Refusal } from '../terms/outcomes.ts';
import { ENGINES, engineKind } from './engines.ts';

const PACKAGE = 'oclif-plugin-gameday';
const SCHEMA = 'gameday.schema.json';
const STORY = 'gameday.yaml';
const OTHER_STORIES = ['gameday.yml'];

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

export interface Drafting extends OpenDraft {
  /** Where it goes; absolute. */
  path: string;
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

/** The nearest one; of two in one folder, the engine's that comes first. */
async function findStack(wish: DraftWish): Promise<DraftableStack> {
  const { cwd, engine, files, project } = wish;
  const isRead = engine === null ? wish.context !== null : engineKind(engine).outline;
  if (isRead) return (await import('./draft-cluster.ts')).findClusterStack(wish);
  const rows = engine === null ? ENGINES : [engineKind(engine)];
  const said = { files, project, context: null };
  const found: DraftableStack[] = [];
  for (const row of rows) {
    const stack = await row.files?.find?.(cwd, said, engine !== null);
    if (stack) found.push(stack);
  }
  const [nearest] = found.toSorted(
    (a, b) => Number(b.isNamed) - Number(a.isNamed) || b.folder.length - a.folder.length,
  );
  if (nearest) return nearest;
  const names = rows.flatMap(({ files }) => (files?.find ? files.names : []));
  if (names.length === 0)
    throw new Refusal(
      'unsupported_stack',
      `A story for the engine ${engine} is written by hand.`,
      'Begin with an example: `story init --engine process --stdout`.',
    );
  throw new Refusal(
    'unsupported_stack',
    `There is no stack to write a story for (looked for ${names.join(', ')} in ${cwd} and above).`,
    'Run it in the folder of your compose.yaml, or name the file with --compose-file. `story init --engine process` writes an example that needs no Docker.',
  );
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
