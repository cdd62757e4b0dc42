/**
 * Once for the whole run of the tests, also with `--parallel`: finds or starts the Docker engine before the first test,
 * and afterwards removes what tests left on it and ends it if it was ours. Loaded by `.mocharc.json` through `require`.
 */
import { existsSync } from 'node:fs';
import { makeRunFolder, RUN_MARK, removeRunFolder } from '../run-folder.ts';
import { FOUND, isAsked } from './docker.ts';
import { environment, type Found, findDocker, leaveThrowaway } from './find.ts';
import { projectsIn, removeProject } from './projects.ts';

export async function mochaGlobalSetup(): Promise<void> {
  process.env[RUN_MARK] = makeRunFolder();
  const found = await findDocker();
  process.env[FOUND] = JSON.stringify(found);
  if (typeof found === 'string' && process.env.GAMEDAY_REQUIRE_DOCKER) {
    throw new Error(`The Docker tests must run (GAMEDAY_REQUIRE_DOCKER is set), but ${found}.`);
  }
}

export async function mochaGlobalTeardown(): Promise<void> {
  const folder = process.env[RUN_MARK];
  const found = JSON.parse(process.env[FOUND] ?? '""') as Found | string;
  if (!folder || !existsSync(folder)) return;
  if (typeof found === 'string') return removeRunFolder(folder);
  const projects = projectsIn(folder);
  const asked = isAsked(folder);
  try {
    for (const project of projects) await removeProject(project, environment(found));
  } finally {
    await leaveThrowaway();
  }
  // Only here: what a run that was killed has left is found by its folder.
  removeRunFolder(folder);
  if (!asked && process.env.GAMEDAY_REQUIRE_DOCKER)
    throw new Error('No test used the Docker engine, though GAMEDAY_REQUIRE_DOCKER is set.');
}
