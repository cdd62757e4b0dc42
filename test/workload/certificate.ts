/** A certificate of a test's own, made by openssl, that nobody trusts until told to. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  key: string;
  cert: string;
  /** The file with the certificate. */
  path: string;
}

/** Null where there is no openssl. `name`: whom it is for. */
export function makeCertificate(folder: string, name: string): Certificate | null {
  const [key, path] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    path,
  ];
  const { error, status, stderr } = spawnSync('openssl', [...args, ...subject], {
    encoding: 'utf8',
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return null;
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(path, 'utf8'), path };
}
