/**
 * Once for the whole run of the tests, also with `--parallel`: finds or starts the Docker engine before the first test,
 * and afterwards removes what tests left on it and ends it if it was ours. Loaded by `.mocharc.json` through `require`.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { makeRunFolder } from '../run-folder.ts';
import { HANDED } from './docker.ts';
import { environment, type Found, findDocker, leaveThrowaway } from './find.ts';

const run = promisify(execFile);

export async function mochaGlobalSetup(): Promise<void> {
  const folder = makeRunFolder();
  process.env[HANDED.folder] = folder;
  const found = await findDocker();
  process.env[HANDED.found] = JSON.stringify(found);
  if (typeof found === 'string' && process.env.GAMEDAY_REQUIRE_DOCKER) {
    throw new Error(`The Docker tests must run (GAMEDAY_REQUIRE_DOCKER is set), but ${found}.`);
  }
}

export async function mochaGlobalTeardown(): Promise<void> {
  const folder = process.env[HANDED.folder];
  const found = JSON.parse(process.env[HANDED.found] ?? '""') as Found | string;
  if (!folder || !existsSync(folder)) return;
  if (typeof found === 'string') return removeFolder(folder);
  const projects = readdirSync(folder).flatMap((file) =>
    file.endsWith('.project') ? [file.slice(0, -'.project'.length)] : [],
  );
  try {
    for (const project of projects) await removeProject(project, environment(found));
  } finally {
    await leaveThrowaway();
  }
  removeFolder(folder);
  if (projects.length === 0 && process.env.GAMEDAY_REQUIRE_DOCKER)
    throw new Error('No test asked for a stack on Docker, though GAMEDAY_REQUIRE_DOCKER is set.');
}

/** Only here: what a run that was killed has left is found by its folder. */
function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** By label, so that it needs no Compose file; what the test has removed already is not there. */
async function removeProject(project: string, env: NodeJS.ProcessEnv): Promise<void> {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`, '--quiet'];
  for (const [list, remove] of [
    [
      ['ps', '--all'],
      ['rm', '--force', '--volumes'],
    ],
    [
      ['network', 'ls'],
      ['network', 'rm'],
    ],
    [
      ['volume', 'ls'],
      ['volume', 'rm', '--force'],
    ],
  ] as const) {
    const { stdout } = await run('docker', [...list, ...filter], { env });
    const ids = stdout.split('\n').filter(Boolean);
    if (ids.length > 0) await run('docker', [...remove, ...ids], { env });
  }
}
