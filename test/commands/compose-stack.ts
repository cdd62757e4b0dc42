/** A Compose stack of a test's own, brought up in a folder of its own, for commands that run in it. */

import type { TestDocker } from '../docker/docker.ts';
import { expectExit, type Folder, makeFolder } from './cli.ts';
import type { Ended } from './ended.ts';

/** A container as the engine shows it to somebody who is not gameday. */
export interface Seen {
  id: string;
  name: string;
  state: string;
  startedAt: string;
  restarts: number;
}

export interface Stack {
  docker: TestDocker;
  project: string;
  folder: Folder;
  compose(...args: string[]): Promise<string>;
  /** By label (`web-1`). */
  look(): Promise<Record<string, Seen>>;
  run(code: number, ...args: string[]): Promise<Ended>;
  cleanup(): Promise<void>;
}

export async function bringUp(
  docker: TestDocker,
  prefix: string,
  services: (image: string) => object,
  { isWaited = true, volumes = {} }: { isWaited?: boolean; volumes?: object } = {},
): Promise<Stack> {
  const project = docker.project(prefix);
  const model = { name: project, services: services(await docker.image('busybox')), volumes };
  const folder = makeFolder({ 'compose.yaml': JSON.stringify(model) });
  const compose = async (...args: string[]) =>
    (await docker.compose(['-p', project, ...args], { cwd: folder.path })).stdout;
  const stack: Stack = {
    docker,
    project,
    folder,
    compose,
    look: async () => {
      const ids = (
        await docker.docker([
          'ps',
          '-aq',
          '--filter',
          `label=com.docker.compose.project=${project}`,
        ])
      )
        .split('\n')
        .filter(Boolean);
      const all: any[] = ids.length > 0 ? JSON.parse(await docker.docker(['inspect', ...ids])) : [];
      const labelOf = (one: any) =>
        `${one.Config.Labels['com.docker.compose.service']}-${one.Config.Labels['com.docker.compose.container-number']}`;
      return Object.fromEntries(all.map((one) => [labelOf(one), seen(one)]));
    },
    run: (code, ...args) => expectExit(code, args, { cwd: folder.path, env: docker.env }),
    cleanup: async () => {
      await compose('down', '--timeout', '0', '--volumes');
      await folder.cleanup();
    },
  };
  try {
    await compose('up', '--detach', ...(isWaited ? ['--wait'] : []));
    return stack;
  } catch (error) {
    await stack.cleanup();
    throw error;
  }
}

function seen(one: any): Seen {
  return {
    id: one.Id,
    name: one.Name.slice(1),
    state: one.State.Status,
    startedAt: one.State.StartedAt,
    restarts: one.RestartCount,
  };
}
