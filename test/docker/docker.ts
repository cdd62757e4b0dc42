/**
 * The Docker engine as the tests use it: images, Compose calls, and project names that are nobody else's.
 * A test file asks for it in `before` and skips its suite on null. Lacks the search for an engine: `find.ts`.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checksum } from '../../src/system/checksum.ts';
import { runFolder } from '../run-folder.ts';
import { environment, type Found, findDocker, isDebian } from './find.ts';
import { projectFile } from './projects.ts';

const run = promisify(execFile);
const IMAGE_SCRIPT = join(import.meta.dirname, 'image.sh');
const MAX_OUTPUT = 64 * 1024 * 1024;

/** For machines where the images cannot be made of Debian's packages. */
const PUBLIC_IMAGES = {
  busybox: 'busybox:1.36',
  redis: 'redis:7',
  nginx: 'nginx:1.26',
  etcd: 'quay.io/coreos/etcd:v3.5.17',
};
/** Published by nobody: it is built of the Dockerfile that users have. */
const TOOLS = {
  tag: 'gameday-test/tools:built',
  folder: join(import.meta.dirname, '..', '..', 'tools'),
};

const TOOLS_SCRIPT = join(TOOLS.folder, 'image-from-this-machine.sh');

type ImageName = keyof typeof PUBLIC_IMAGES | 'tools';

export interface TestDocker {
  /** For child processes: DOCKER_HOST is set, and `docker compose` is found. */
  env: NodeJS.ProcessEnv;
  /** `unix:///…` */
  host: string;
  /** Where Debian's packages stand unpacked, or would be by `packages.sh`. */
  packages: string;
  /** The image's tag, made or pulled if the engine lacks it. etcd has no shell on every machine; the others have one. */
  image(name: ImageName): Promise<string>;
  /** `docker compose …`; rejects with what it wrote on stderr. */
  compose(
    args: string[],
    options?: { cwd?: string; env?: NodeJS.ProcessEnv },
  ): Promise<{ stdout: string; stderr: string }>;
  /** `docker …`; resolves to stdout without the last newline. */
  docker(args: string[]): Promise<string>;
  /** A name for a Compose project that nobody else has; whatever of it is left is removed when the run of the tests ends. */
  project(prefix: string): string;
}

/** JSON of Found, or of the reason why there is none: what the global set-up hands to the test files, which may run in processes of their own. */
export const FOUND = 'GAMEDAY_TEST_DOCKER';
/** A file in the run's folder: a test has asked the engine for an image, which is the beginning of every stack. */
const ASKED = 'docker.asked';
export const isAsked = (folder: string) => existsSync(join(folder, ASKED));

let shared: Promise<TestDocker | null> | undefined;

/** Null: no Docker here, skip. Throws instead where GAMEDAY_REQUIRE_DOCKER insists on one. */
export function testDocker(): Promise<TestDocker | null> {
  shared ??= open();
  return shared;
}

async function open(): Promise<TestDocker | null> {
  const handed = process.env[FOUND];
  const found = handed ? (JSON.parse(handed) as Found | string) : await findDocker();
  if (typeof found !== 'string') return connect(found);
  if (process.env.GAMEDAY_REQUIRE_DOCKER)
    throw new Error(`GAMEDAY_REQUIRE_DOCKER is set, but ${found}.`);
  return null;
}

export function connect(found: Found): TestDocker {
  const env = environment(found);
  const images = new Map<string, Promise<string>>();
  return {
    env,
    host: found.host,
    packages: packagesOf(found),
    image(name) {
      writeFileSync(join(runFolder(), ASKED), '');
      const tag =
        images.get(name) ??
        (isDebian()
          ? makeImage(name, found, env)
          : name === 'tools'
            ? buildTools(env)
            : pullImage(PUBLIC_IMAGES[name], env));
      images.set(name, tag);
      return tag;
    },
    async compose(args, options = {}) {
      return await call(['compose', ...args], { ...options, env: { ...env, ...options.env } });
    },
    async docker(args) {
      return (await call(args, { env })).stdout.trimEnd();
    },
    project(prefix) {
      const name = `gameday-test-${prefix}-${randomBytes(4).toString('hex')}`;
      writeFileSync(join(runFolder(), projectFile(name)), '');
      return name;
    },
  };
}

async function makeImage(name: string, found: Found, env: NodeJS.ProcessEnv): Promise<string> {
  // An engine that outlives the run may have the tools of another checkout.
  const version = name === 'tools' ? checksum(readFileSync(TOOLS_SCRIPT, 'utf8')) : 'debian';
  const tag = `gameday-test/${name}:${version}`;
  await run('bash', [IMAGE_SCRIPT, name, tag, packagesOf(found)], {
    env,
    maxBuffer: MAX_OUTPUT,
  });
  return tag;
}

function packagesOf({ packages }: Found): string {
  return packages ?? join(runFolder(), 'packages');
}

async function buildTools(env: NodeJS.ProcessEnv): Promise<string> {
  await call(['build', '--tag', TOOLS.tag, TOOLS.folder], { env });
  return TOOLS.tag;
}

async function pullImage(tag: string, env: NodeJS.ProcessEnv): Promise<string> {
  const present = await call(['image', 'inspect', tag], { env }).catch(() => null);
  if (!present) await call(['pull', tag], { env });
  return tag;
}

/** Rejects with the command and its last lines on stderr. */
async function call(
  args: string[],
  options: { cwd?: string; env: NodeJS.ProcessEnv },
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await run('docker', args, { ...options, maxBuffer: MAX_OUTPUT });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').slice(-20).join('\n');
    throw new Error(`docker ${args.join(' ')}: ${said || (error as Error).message}`, {
      cause: error,
    });
  }
}
