/**
 * What Docker Compose says when it refuses files, fit to be shown: in one line, without warnings, and without any value of the
 * environment or of `.env`, which it prints now and then and which may be a secret.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHORTEST = 3;
const HIDDEN = '***';

/** As the middle of a sentence. `values`: from `readValues`. */
export function sayWithout(values: readonly string[], stderr: string): string {
  const text = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/level=(?:warning|info|debug)/.test(line))
    .slice(-3)
    .map((line) => line.trim())
    .join('; ')
    // What follows these words is the value itself, whole or in part.
    .replace(
      /(invalid interpolation format for [\w.[\]-]*\w).*/i,
      '$1; a dollar that is meant as one is written $$$$',
    )
    .replace(/(invalid template|quoted value|\bnear)\b[: ].*/i, '$1')
    .replace(/(failed to read .*?: line \d+: [^"'`]*).*/, '$1');
  const hidden = values.reduce((all, value) => all.replaceAll(value, HIDDEN), text);
  return hidden.trim().replace(/[.:]$/, '') || 'it gave no reason';
}

/** What must not be shown, longest first: the words of `.env` in these folders, and the variables that the files name. */
export function readValues(
  folders: readonly string[],
  files: readonly string[],
  env: NodeJS.ProcessEnv,
): string[] {
  const written = folders.flatMap((folder) =>
    read(join(folder, '.env'))
      .split('\n')
      .filter((line) => !/^\s*#/.test(line))
      .flatMap((line) => {
        const value = line.replace(/^[^=:]*[=:]\s*/, '');
        return [value.trim(), ...value.split(/[\s"'`]+/)];
      }),
  );
  const names = files.flatMap((file) =>
    [...read(file).matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name]) => name as string),
  );
  const set = names.flatMap((name) => env[name] ?? []);
  return [...new Set([...written, ...set])]
    .filter((value) => value.length >= SHORTEST)
    .filter((value) => !folders.some((folder) => folder.includes(value)))
    .toSorted((a, b) => b.length - a.length);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
