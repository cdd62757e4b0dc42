/**
 * Which Docker engine the tests may use: the user's own where one answers, else a throwaway one, else none with a reason.
 * Starts the throwaway engine; lacks its ways (`engine.sh`) and what the tests do with it (`docker.ts`).
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ENGINE_SCRIPT = join(import.meta.dirname, 'engine.sh');

/** Found engine; what is null stays as the user's own environment has it. */
export interface Found {
  /** `unix:///…` or `npipe://…`: always on this machine, since the tests reach published ports on 127.0.0.1. */
  host: string;
  config: string | null;
  /** Folder to put first on PATH. */
  bin: string | null;
  /** Where Debian's packages stand unpacked; null: not yet. */
  packages: string | null;
}

/** The one throwaway engine of this user; runs at the same time share it. */
export const throwawayDir = join(tmpdir(), `gameday-test-docker-${process.getuid?.() ?? 0}`);

export function environment(found: Found): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, DOCKER_HOST: found.host };
  // What a developer's shell says about some other stack is not about the stacks of the tests.
  for (const name of Object.keys(env))
    if (name.startsWith('COMPOSE_') || name === 'DOCKER_CONTEXT') delete env[name];
  if (found.config !== null) env.DOCKER_CONFIG = found.config;
  if (found.bin !== null) env.PATH = `${found.bin}${delimiter}${env.PATH ?? ''}`;
  return env;
}

/** Resolves to the engine, or to the reason why there is none. Takes half a minute where a throwaway engine must be fetched. */
export async function findDocker(): Promise<Found | string> {
  if (process.env.GAMEDAY_NO_DOCKER) return 'GAMEDAY_NO_DOCKER is set';
  const own = await findRunning();
  if (typeof own !== 'string') return own;
  if (!isDebian() || process.getuid?.() !== 0)
    return `${own}, and a throwaway engine needs Debian and root`;
  try {
    await startThrowaway();
    return {
      host: `unix://${throwawayDir}/docker.sock`,
      config: join(throwawayDir, 'config'),
      bin: join(throwawayDir, 'bin'),
      packages: throwawayDir,
    };
  } catch (error) {
    return `${own}, and ${(error as Error).message}`;
  }
}

/** The engine that `docker` of this shell means, if it answers, is local and has Compose v2. */
async function findRunning(): Promise<Found | string> {
  const options = { timeout: 20_000 };
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}'], options);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'there is no docker program'
      : 'no Docker engine answers';
  }
  try {
    await run('docker', ['compose', 'version'], options);
    const { stdout } = await run(
      'docker',
      ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'],
      options,
    );
    const host = process.env.DOCKER_HOST || stdout.trim();
    if (!/^(unix|npipe):/.test(host))
      return `the Docker engine at ${host.replace(/\/\/[^/@]*@/, '//')} is not on this machine`;
    return { host, config: null, bin: null, packages: null };
  } catch {
    return 'the docker program has no `docker compose`';
  }
}

export function isDebian(): boolean {
  return (
    existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
  );
}

/** Ends by itself when this process is gone (see `engine.sh`), unless GAMEDAY_KEEP_DOCKER asks to keep it for the next run. */
async function startThrowaway(): Promise<void> {
  const keep = Boolean(process.env.GAMEDAY_KEEP_DOCKER);
  await script(['up', throwawayDir, ...(keep ? [] : [String(process.pid)])]);
}

/** Takes this process off the list of users; the last one ends the engine. Does nothing where no throwaway engine runs. */
export async function leaveThrowaway(): Promise<void> {
  if (!process.env.GAMEDAY_KEEP_DOCKER && existsSync(throwawayDir))
    await script(['down', throwawayDir, String(process.pid)]);
}

function script(args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', [ENGINE_SCRIPT, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code, signal) =>
      code === 0
        ? resolve()
        : reject(new Error(`engine.sh ${args[0]} ended with ${signal ?? `exit code ${code}`}`)),
    );
  });
}
