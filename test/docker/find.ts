/**
 * Which Docker engine the tests may use: the user's own where one answers, else a throwaway one, else none with a reason.
 * Starts the throwaway engine; lacks its ways (`engine.sh`) and what the tests do with it (`docker.ts`).
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { RUN_MARK } from '../run-folder.ts';

const run = promisify(execFile);
const ENGINE_SCRIPT = join(import.meta.dirname, 'engine.sh');
const ANSWER_MS = 20_000;

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
export const throwawayDir = throwawayFolder(tmpdir());

/** Sockets stand in it, whose paths the kernel wants short; where the folder for temporary files is too long, `/tmp` has to do. */
export function throwawayFolder(temporary: string): string {
  const name = `gameday-test-docker-${process.getuid?.() ?? 0}`;
  const folder = join(resolve(temporary), name);
  return /^[\w./+-]{1,60}$/.test(folder) ? folder : join('/tmp', name);
}

export function environment(found: Found): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  // What a developer's shell says about some other stack is not about the stacks of the tests, nor what it says about
  // some other engine (certificates, a version of its API) about the throwaway one.
  for (const name of Object.keys(env)) {
    if (
      name.startsWith('COMPOSE_') ||
      name === 'DOCKER_CONTEXT' ||
      (found.config !== null && name.startsWith('DOCKER_'))
    )
      delete env[name];
  }
  env.DOCKER_HOST = found.host;
  if (found.config !== null) env.DOCKER_CONFIG = found.config;
  if (found.bin !== null) env.PATH = `${found.bin}${delimiter}${env.PATH ?? ''}`;
  return env;
}

/** Resolves to the engine, or to the reason why there is none. Takes half a minute where a throwaway engine must be fetched. */
export async function findDocker(): Promise<Found | string> {
  if (process.env.GAMEDAY_NO_DOCKER) return 'GAMEDAY_NO_DOCKER is set';
  const own = await findRunning();
  if (typeof own !== 'string') return own;
  if (!isDebian() || process.getuid?.() !== 0) {
    return `${own}, and a throwaway engine needs Debian and root; let \`docker version\` and \`docker compose version\` succeed for this user`;
  }
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
  try {
    await askDocker('version', '--format', '{{.Server.Version}}');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'there is no docker program';
    const at = process.env.DOCKER_HOST
      ? ` at DOCKER_HOST=${withoutUser(process.env.DOCKER_HOST)}`
      : '';
    return `no Docker engine answers${at} (${lastWords(error)})`;
  }
  try {
    await askDocker('compose', 'version');
  } catch (error) {
    return `the docker program has no \`docker compose\` (${lastWords(error)})`;
  }
  try {
    const host =
      process.env.DOCKER_HOST ||
      (await askDocker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'));
    if (!/^(unix|npipe):/.test(host))
      return `the Docker engine at ${withoutUser(host)} is not reached through a socket of this machine`;
    return { host, config: null, bin: null, packages: null };
  } catch (error) {
    return `the docker program does not say where its engine is (${lastWords(error)})`;
  }
}

async function askDocker(...args: string[]): Promise<string> {
  return (await run('docker', args, { timeout: ANSWER_MS })).stdout.trim();
}

function withoutUser(host: string): string {
  return host.replace(/\/\/[^/@]*@/, '//');
}

/** Why a docker program failed, as it says itself: the line that a developer would look up. */
function lastWords(error: unknown): string {
  const { killed, stderr, message } = error as {
    killed?: boolean;
    stderr?: string;
    message: string;
  };
  if (killed) return `no answer in ${ANSWER_MS / 1000} seconds`;
  return withoutUser((stderr?.trim() || message).split('\n').at(-1) as string);
}

export function isDebian(): boolean {
  return (
    existsSync('/etc/os-release') &&
    /^ID=["']?debian["']?$/m.test(readFileSync('/etc/os-release', 'utf8'))
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

/** Rejects with the reason that the scripts give (`fail` in `programs.sh`); all that they say is passed on as it comes. */
function script(args: string[]): Promise<void> {
  return new Promise((done, reject) => {
    // Several runs share it: it does not end with what one of them left.
    const { [RUN_MARK]: _mark, ...env } = process.env;
    const child = spawn('bash', [ENGINE_SCRIPT, ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text);
      said = (said + text).slice(-10_000);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return done();
      const reason = [...said.matchAll(/^\w+\.sh: failed: (.*)$/gm)].at(-1)?.[1];
      reject(
        new Error(
          reason ??
            `engine.sh ${args[0]} ended with ${signal ?? `exit code ${code}`}; its own lines, above, say why`,
        ),
      );
    });
  });
}
