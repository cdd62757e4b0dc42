/** The Compose stack of an example, brought up from a copy of its folder, for commands that play its story. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDocker } from '../docker/docker.ts';
import { expectExit, type Folder, makeFolder } from './cli.ts';

export interface ExampleStack {
  docker: TestDocker;
  folder: Folder;
  at(): { cwd: string; env: NodeJS.ProcessEnv };
  compose(...args: string[]): Promise<string>;
  cleanup(): Promise<void>;
}

/** `edit`: from the story, as the example has it, to that of the test. `env`: what its Compose file asks for. */
export async function bringUpExample(
  docker: TestDocker,
  name: string,
  edit: (story: string) => string,
  env: NodeJS.ProcessEnv,
): Promise<ExampleStack> {
  const folder = makeFolder();
  cpSync(join(import.meta.dirname, '../../examples', name), folder.path, { recursive: true });
  const story = join(folder.path, 'gameday.yaml');
  writeFileSync(story, edit(readFileSync(story, 'utf8')));
  const own = { ...docker.env, COMPOSE_PROJECT_NAME: docker.project(name), ...env };
  const at = () => ({ cwd: folder.path, env: own });
  const compose = async (...args: string[]) => (await docker.compose(args, at())).stdout;
  const remove = async () => {
    await compose('down', '--volumes', '--timeout', '0');
    await folder.cleanup();
  };
  try {
    await compose('up', '--detach', '--wait');
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    docker,
    folder,
    at,
    compose,
    cleanup: async () => {
      await expectExit(0, ['chapter', 'reset', '--wait'], at());
      await remove();
    },
  };
}
