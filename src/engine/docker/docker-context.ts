/**
 * Docker contexts as the docker CLI keeps them: a folder a context, named by the digest of its name. Reads files only.
 * Lacks on purpose: making or changing contexts, and what a context says of other things than its engine.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../terms/outcomes.ts';

export interface DockerTls {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  /** False: the certificate of the engine is not looked at, as DOCKER_TLS without DOCKER_TLS_VERIFY has it. */
  verify: boolean;
}

/** The name in config.json; null where there is none. A broken file counts as none, as for the docker CLI, which only warns. */
export function currentContext(dockerFolder: string): string | null {
  try {
    const { currentContext: name } = JSON.parse(
      readFileSync(join(dockerFolder, 'config.json'), 'utf8'),
    ) as { currentContext?: unknown };
    return typeof name === 'string' && name !== '' ? name : null;
  } catch {
    return null;
  }
}

/** Of those that somebody made; in the order of the alphabet. A folder that is no context counts for nothing. */
export function contextNamesIn(dockerFolder: string): string[] {
  const meta = join(dockerFolder, 'contexts', 'meta');
  const read = (folder: string): string[] => {
    try {
      const { Name: name } = JSON.parse(readFileSync(join(meta, folder, 'meta.json'), 'utf8')) as {
        Name?: unknown;
      };
      return typeof name === 'string' ? [name] : [];
    } catch {
      return [];
    }
  };
  return existsSync(meta) ? readdirSync(meta).flatMap(read).sort() : [];
}

/** Throws Refusal `engine_unreachable` for a context that does not exist or names no engine. */
export function readContext(
  dockerFolder: string,
  name: string,
): { host: string; tls: DockerTls | null } {
  const digest = createHash('sha256').update(name).digest('hex');
  const path = join(dockerFolder, 'contexts', 'meta', digest, 'meta.json');
  let endpoint: { Host?: string; SkipTLSVerify?: boolean } | undefined;
  try {
    endpoint = (
      JSON.parse(readFileSync(path, 'utf8')) as { Endpoints?: { docker?: typeof endpoint } }
    ).Endpoints?.docker;
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'does not exist'
        : `cannot be read (${path})`;
    throw new Refusal(
      'engine_unreachable',
      `The docker context "${name}" ${why}.`,
      'docker context ls',
      [],
      { cause: error },
    );
  }
  if (!endpoint?.Host)
    throw new Refusal(
      'engine_unreachable',
      `The docker context "${name}" names no engine.`,
      `docker context inspect ${name}`,
    );
  const files = readTlsFiles(join(dockerFolder, 'contexts', 'tls', digest, 'docker'));
  const hasTls = Object.keys(files).length > 0 || endpoint.SkipTLSVerify === true;
  return {
    host: endpoint.Host,
    tls: hasTls ? { ...files, verify: endpoint.SkipTLSVerify !== true } : null,
  };
}

/** Those of ca.pem, cert.pem and key.pem that the folder has. */
export function readTlsFiles(folder: string): Omit<DockerTls, 'verify'> {
  const found: Omit<DockerTls, 'verify'> = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = join(folder, `${name}.pem`);
    try {
      if (existsSync(path)) found[name] = readFileSync(path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      throw new Refusal(
        'engine_unreachable',
        `${path}, a key to the Docker engine, cannot be read: ${code}.`,
        `ls -l ${folder}`,
        [],
        {
          cause: error,
        },
      );
    }
  }
  return found;
}
