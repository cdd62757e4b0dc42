/**
 * Gives a run of the tests one folder for all that it makes, and ends what earlier runs left whose mocha is dead (Ctrl-C,
 * `kill -9`). Loaded by `.mocharc.json` after `docker/global-setup.ts`, which makes the folder and finds the engine.
 *
 * The folder is the temporary folder of the whole run, and each process that is started in the run has its path in its
 * environment. So what a run left is what stands in the folder, what has that mark or works in it, and what its Compose
 * projects (`*.project` in it) have on the engine. Nothing is ever found by a name alone.
 */
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOUND } from './docker/docker.ts';
import { environment, type Found } from './docker/find.ts';
import { projectsIn, removeProject } from './docker/projects.ts';
import { isRunOver, processesOf, RUN_FOLDER, RUN_MARK, removeRunFolder } from './run-folder.ts';

export async function mochaGlobalSetup(): Promise<void> {
  const folder = process.env[RUN_MARK];
  if (!folder) throw new Error('test/sweep.ts needs test/docker/global-setup.ts before it.');
  const found: unknown = JSON.parse(process.env[FOUND] ?? 'null');
  const swept = await sweep(tmpdir(), found && typeof found === 'object' ? (found as Found) : null);
  if (swept.length > 0)
    process.stdout.write(`Swept what ${swept.length} earlier runs of the tests left.\n`);
  process.env.TMPDIR = folder;
}

export async function mochaGlobalTeardown(): Promise<void> {
  const folder = process.env[RUN_MARK];
  if (!folder) return;
  delete process.env.TMPDIR;
  const left = await endProcesses(folder);
  if (left > 0) process.stdout.write(`${left} processes outlived the tests, and were ended.\n`);
  removeRunFolder(folder);
}

/** The folders of runs that are over, in `parent`, with all that belongs to them gone. What the engine refuses stays for the next time. */
export async function sweep(parent: string, engine: Found | null): Promise<string[]> {
  const over = readdirSync(parent)
    .filter((name) => RUN_FOLDER.test(name))
    .map((name) => join(parent, name))
    .filter(
      (folder) =>
        isRunOver(folder) &&
        statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.(),
    );
  for (const folder of over) {
    await endProcesses(folder);
    if (!(await removeProjects(folder, engine))) continue;
    removeRunFolder(folder);
  }
  return over;
}

/** How many there were. What starts while it looks is found by the next look, since a dead process starts nothing. */
async function endProcesses(folder: string): Promise<number> {
  const ended = new Set<number>();
  for (let times = 0; times < 100; times++) {
    const left = processesOf(folder);
    if (left.length === 0) break;
    for (const pid of left) {
      ended.add(pid);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended, or is another user's.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return ended.size;
}

/** By label. False where there are some and no engine to ask, or it failed. */
async function removeProjects(folder: string, engine: Found | null): Promise<boolean> {
  const projects = projectsIn(folder);
  if (projects.length === 0) return true;
  if (engine === null) return false;
  try {
    for (const project of projects) await removeProject(project, environment(engine));
    return true;
  } catch {
    return false;
  }
}
