/** examples/anywhere in a folder of a test's own, with another block for the engine where the test's stack asks for it. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { TestDocker } from '../docker/docker.ts';
import { makeFolder } from './cli.ts';
import { bash, shim } from './shell.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/anywhere/', import.meta.url));

/**
 * Plays the chapters of the example by its own script. `edit`: from the block of the engine, as the example has it, to that of
 * the test. Resolves to the report.
 */
export async function playAnywhere(
  engine: 'process' | 'compose' | 'swarm' | 'kubernetes',
  edit: (block: string) => string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const folder = makeFolder();
  try {
    cpSync(EXAMPLE, folder.path, { recursive: true });
    const block = join(folder.path, `engine-${engine}.yaml`);
    writeFileSync(block, edit(readFileSync(block, 'utf8')));
    const bin = shim(folder.path);
    const played = await bash([join(folder.path, 'play.sh'), engine], {
      cwd: folder.path,
      bin,
      env,
    });
    expect(played.code, played.stderr).to.equal(0);
    expect(played.stdout).to.equal(`report-${engine}.md\n`);
    return readFileSync(join(folder.path, `report-${engine}.md`), 'utf8');
  } finally {
    await folder.cleanup();
  }
}

/** The same on the example's Compose stack, which is there for it alone, with what has to come of it. `more`: Compose files beside its own. */
export async function expectPlayedOnCompose(docker: TestDocker, ...more: string[]): Promise<void> {
  const project = docker.project('anywhere');
  const env = { ...docker.env, IMAGE: await docker.image('busybox') };
  const files = [join(EXAMPLE, 'compose.yaml'), ...more].flatMap((file) => ['--file', file]);
  const compose = (...args: string[]) =>
    docker.compose(['--project-name', project, ...files, ...args], { env });
  try {
    await compose('up', '--detach');
    const block = (text: string) => text.replace('project: shop', `project: ${project}`);
    expectHeld(await playAnywhere('compose', block, env));
  } finally {
    await compose('down', '--timeout', '0');
  }
}

/** Of a report, where each instance is started again. */
export function expectHeld(report: string): void {
  expect(report).to.include('**Held: all 4 expectations were met; 1 fault.**');
  expect(report).to.match(/Recovery: verified in .*: web-\d started, running/);
}
