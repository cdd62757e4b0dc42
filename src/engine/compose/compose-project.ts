/**
 * Which project's containers are the stack: what the files say, checked against what runs. Somebody may have brought the same
 * files up under another name; then the labels tell, and only if they leave no doubt.
 * Lacks on purpose: any memory; each command finds out anew.
 */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Refusal } from '../../terms/outcomes.ts';
import { type ComposeFiles, nameProject } from './compose-name.ts';
import { type Labels, PROJECT_LABEL } from './docker-instance.ts';

export interface Wish {
  cwd: string;
  /** By a flag or the story; then nothing else counts. COMPOSE_PROJECT_NAME comes next, and leaves no doubt either. */
  project: string | null;
  profiles: readonly string[];
}

/** `labelsOf` lists the labels of every container with a project label, or those of one project. Throws Refusal `unsupported_stack`. */
export async function findProject(
  wish: Wish,
  model: ComposeFiles,
  labelsOf: (project?: string) => Promise<Labels[]>,
): Promise<string> {
  const { files, folder, env } = model;
  const given = wish.project ?? env.COMPOSE_PROJECT_NAME;
  if (given) return given;
  const name = await nameProject(model);
  // Without files the folder's name is no claim: a stack of that name may be anybody's.
  const claims = name !== null && files.length > 0;
  if (claims && (await labelsOf(name)).length > 0) return name;
  const others = projectsFrom(await labelsOf(), files, folder);
  const [only, second] = others;
  if (only !== undefined && second === undefined) return only;
  if (second !== undefined) {
    const from = files[0] ?? folder;
    throw new Refusal(
      'unsupported_stack',
      `${others.length} projects run from ${from}: ${others.join(', ')}.`,
      `Say which one: --project ${only}`,
    );
  }
  if (claims) return name;
  const looked =
    files.length > 0
      ? files.join(', ')
      : `compose.yaml, compose.yml, docker-compose.yml and docker-compose.yaml in ${folder} and above`;
  const message =
    files.length > 0
      ? `${looked} gives the project no name.`
      : `There is no Compose file (looked for ${looked}), and no container was started from here.`;
  throw new Refusal(
    'unsupported_stack',
    message,
    'Name the stack with --compose-file or --project, or run without Docker: --engine process',
  );
}

/** Projects of containers that were started from these files (or from this folder where there are none), each once, in order. */
function projectsFrom(all: readonly Labels[], files: readonly string[], folder: string): string[] {
  const first = files[0] === undefined ? null : real(files[0]);
  const home = real(folder);
  const found = all.filter((labels) => {
    const workingDir = labels['com.docker.compose.project.working_dir'] ?? '';
    if (first === null) return workingDir !== '' && real(workingDir) === home;
    // Compose v1 wrote the files as they were given, relative to the folder.
    const config = labels['com.docker.compose.project.config_files'] ?? '';
    return config
      .split(',')
      .some((file) => file !== '' && real(resolve(workingDir || '/', file)) === first);
  });
  return [...new Set(found.flatMap((labels) => labels[PROJECT_LABEL] || []))].sort();
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
