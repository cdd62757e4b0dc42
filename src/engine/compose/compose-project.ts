/**
 * Which containers are the stack. A project's name alone is no identity: two folders of the same name make two stacks of one
 * project. So the labels decide that say from which files a container was made, unless the project is given by name.
 * Lacks on purpose: any memory; each command finds out anew, or takes what a run has recorded.
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { COMPOSE_FILES } from '../../terms/compose-files.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { Labels } from '../docker/docker-answers.ts';
import { PROJECT_LABEL } from '../docker/docker-instance.ts';
import { certainName, findComposeFiles } from './compose-name.ts';

const FILES_LABEL = 'com.docker.compose.project.config_files';
export const FOLDER_LABEL = 'com.docker.compose.project.working_dir';

export interface Wish {
  /** Absolute; from where the stack is meant. */
  cwd: string;
  /** Absolute, or relative to `cwd`; empty: as `docker compose` finds them. */
  files: readonly string[];
  /** By a flag or the story; then nothing else counts. COMPOSE_PROJECT_NAME in the environment comes next, and leaves no doubt either. */
  project: string | null;
  profiles: readonly string[];
}

export interface FoundProject {
  project: string;
  /** Absolute: only containers that were made from these files are the stack; empty: every container of the project is. */
  madeFrom: readonly string[];
}

/** Labels of every container with a project label, or of those of one project. */
export type LabelsOf = (project?: string) => Promise<Labels[]>;

/** Throws Refusal `unsupported_stack`, `no_target`, `engine_unreachable`. */
export async function findProject(
  wish: Wish,
  env: NodeJS.ProcessEnv,
  labelsOf: LabelsOf,
): Promise<FoundProject> {
  const given = wish.project ?? env.COMPOSE_PROJECT_NAME;
  if (given) return { project: given, madeFrom: [] };
  const asking = () => import('./compose-ask-project.ts');
  const model =
    findComposeFiles(wish.cwd, wish.files, env) ??
    (await (await asking()).askForFiles(wish.cwd, env));
  const { files, folder } = model;
  if (files.length === 0) return findByFolder(folder, labelsOf);
  const name = certainName(model);
  if (name !== null && (await labelsOf(name)).some((labels) => isMadeFrom(labels, files)))
    return { project: name, madeFrom: files };
  const all = await labelsOf();
  // A container that says nothing of its files may be ours only under our own name.
  const running = projectsOf(
    all.filter((labels) => saysItsFiles(labels) && isMadeFrom(labels, files)),
  );
  const [only, second] = running;
  if (only !== undefined && second === undefined) return { project: only, madeFrom: files };
  const asked = name ?? (await (await asking()).askForName(model, wish.profiles));
  const named = all.filter((labels) => labels[PROJECT_LABEL] === asked);
  if (named.some((labels) => isMadeFrom(labels, files))) return { project: asked, madeFrom: files };
  if (second !== undefined) throw severalProjects(running, files[0] as string);
  if (named.length > 0) throw anotherStack(asked, named, files);
  return { project: asked, madeFrom: files };
}

/**
 * True unless a label tells that the container was made from other files. `files`: absolute. A file that is gone tells nothing
 * where the folder is the same: it was renamed.
 */
export function isMadeFrom(labels: Labels, files: readonly string[]): boolean {
  const home = labels[FOLDER_LABEL] ?? '';
  const theirs = filesIn(labels).map(real);
  const ours = files.map(real);
  if (theirs.some((file) => ours.includes(file))) return true;
  if (home === '') return theirs.length === 0;
  const isSameFolder = real(home) === real(dirname(files[0] as string));
  return isSameFolder && !theirs.every((file) => statSync(file, { throwIfNoEntry: false }));
}

/** Absolute: the files that a container was made from, as it says itself. */
export function filesIn(labels: Labels): string[] {
  // Compose v1 wrote the files as they were given, relative to the folder; `-` is a file that came over stdin.
  const written = (labels[FILES_LABEL] ?? '').split(',').filter((file) => file && file !== '-');
  return written.map((file) => resolve(labels[FOLDER_LABEL] || '/', file));
}

function saysItsFiles(labels: Labels): boolean {
  return Boolean(labels[FOLDER_LABEL] || labels[FILES_LABEL]);
}

/** Without files the folder's name is no claim: a stack of that name may be anybody's. */
async function findByFolder(folder: string, labelsOf: LabelsOf): Promise<FoundProject> {
  const home = real(folder);
  const here = (await labelsOf()).filter((labels) => {
    const theirs = labels[FOLDER_LABEL] ?? '';
    return theirs !== '' && real(theirs) === home;
  });
  const [project, second] = projectsOf(here);
  if (second !== undefined) throw severalProjects(projectsOf(here), folder);
  if (project !== undefined) {
    const files = here.flatMap((labels) => (labels[FILES_LABEL] ?? '').split(','));
    const named = files.filter((file) => file !== '' && file !== '-');
    return { project, madeFrom: [...new Set(named.map((file) => resolve(folder, file)))] };
  }
  throw new Refusal(
    'unsupported_stack',
    `There is no Compose file (looked for ${COMPOSE_FILES.join(', ')} in ${folder} and above), and no container was started from here.`,
    'Name the stack with --compose-file or --project, or run without Docker: --engine process',
  );
}

function projectsOf(all: readonly Labels[]): string[] {
  return [...new Set(all.flatMap((labels) => labels[PROJECT_LABEL] || []))].sort();
}

function severalProjects(projects: readonly string[], from: string): Refusal {
  return new Refusal(
    'unsupported_stack',
    `${projects.length} projects run from ${from}: ${projects.join(', ')}.`,
    `Say which one: --project ${projects[0]}`,
  );
}

function anotherStack(
  project: string,
  strangers: readonly Labels[],
  files: readonly string[],
): Refusal {
  const from = [...new Set(strangers.map((labels) => labels[FILES_LABEL] ?? ''))].join(', ');
  return new Refusal(
    'no_target',
    `Another stack bears the same project name: the containers of ${project} were made from ${from}, none from ${files.join(', ')}.`,
    `Bring yours up with a name of its own: \`docker compose -p NAME up -d\`. If the other one is meant: --project ${project}`,
  );
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
