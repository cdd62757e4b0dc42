/** The package as npm would publish it, and the npm client that installs it. Packs what is built; builds nothing. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Long, and everything that npm is asked for is in its answer. */
const MAX_OUTPUT = 64 * 1024 * 1024;

export interface Tarball {
  /** Absolute. */
  path: string;
  /** Bytes of the tarball, and of what is in it. */
  size: number;
  unpackedSize: number;
  /** Paths in the package. */
  files: string[];
}

export async function packTarball(into: string): Promise<Tarball> {
  // Without scripts: `prepare` would build anew, under the feet of the tests that run beside this one.
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', into],
    { cwd: ROOT, maxBuffer: MAX_OUTPUT },
  );
  const packed = Object.values(JSON.parse(stdout))[0] as {
    filename: string;
    size: number;
    unpackedSize: number;
    files: { path: string }[];
  };
  const { filename, size, unpackedSize, files } = packed;
  return { path: join(into, filename), size, unpackedSize, files: files.map((file) => file.path) };
}

/** Installs packages into a project of its own; makes it where there is none. Rejects with what npm wrote on stderr. */
export async function install(folder: string, ...specs: string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...specs], {
    cwd: folder,
    maxBuffer: MAX_OUTPUT,
  });
}

/** False: no registry can be asked from here, and what needs one is skipped. */
export async function hasRegistry(): Promise<boolean> {
  try {
    await run('npm', [
      'view',
      '@oclif/core',
      'version',
      '--fetch-retries=0',
      '--fetch-timeout=15000',
    ]);
    return true;
  } catch {
    return false;
  }
}
