/** The Compose projects that the tests of a run made: a file for each in the run's folder, whose name is the project's. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SUFFIX = '.project';

export const projectFile = (project: string) => `${project}${SUFFIX}`;

export function projectsIn(folder: string): string[] {
  return readdirSync(folder).flatMap((file) =>
    file.endsWith(SUFFIX) ? file.slice(0, -SUFFIX.length) : [],
  );
}

/** By label, so that it needs no Compose file; what the test has removed already is not there. `env`: of the engine. */
export async function removeProject(project: string, env: NodeJS.ProcessEnv): Promise<void> {
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
