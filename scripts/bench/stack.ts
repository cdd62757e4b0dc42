/** A stack of real containers for the benchmarks: their own, in a project of their own, removed at the end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestDocker, testDocker } from '../../test/docker/docker.ts';
import { inFolder } from '../measure.ts';

export interface Stack {
  docker: TestDocker;
  folder: string;
  project: string;
}

/** `story`: with one that names the tools image, a small volume and a process beside the first one, for the kinds that need them. */
export async function withStack(
  { scale, story = false }: { scale: number; story?: boolean },
  work: (stack: Stack) => Promise<void>,
): Promise<void> {
  const docker = await testDocker();
  if (!docker) return console.log('\nno Docker here: left out');
  const project = docker.project('bench');
  const image = await docker.image('busybox');
  const more = story
    ? 'init: true, tmpfs: ["/data:size=20m"], command: [sh, -c, "sleep 3600 & wait"]'
    : 'command: [sleep, "3600"]';
  const compose = `name: ${project}\nservices: { web: { image: "${image}", ${more}, stop_grace_period: 0s, scale: ${scale} } }\n`;
  await inFolder({ 'compose.yaml': compose }, async (folder) => {
    if (story)
      writeFileSync(
        join(folder, 'gameday.yaml'),
        `name: bench\ncompose: { project: ${project} }\ntools: { image: "${await docker.image('tools')}" }\nchapters: [{ title: One }]\n`,
      );
    try {
      await docker.compose(['up', '--detach'], { cwd: folder });
      await work({ docker, folder, project });
    } finally {
      await docker.compose(['down', '--timeout', '0'], { cwd: folder });
    }
  });
}
