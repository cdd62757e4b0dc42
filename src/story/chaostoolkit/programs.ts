/** Providers of an experiment as programs of a story: `process` as it is, `http` by curl. Pure. */
import type { HttpProvider, ProcessProvider } from './experiment.ts';
import { constant, quoted, shellWord, type Variables } from './words.ts';

/** A program: as a list where nothing of it is in the environment, and as a line for a shell. */
export interface Program {
  /** Null: it needs a shell. */
  argv: string[] | null;
  line: string;
}

export function processProgram(provider: ProcessProvider, variables: Variables): Program {
  const { path, arguments: given } = provider;
  // A text goes through a shell there, too.
  if (typeof given === 'string')
    return { argv: null, line: `${quoted(path)} ${withReferences(given, variables)}`.trim() };
  const words = (Array.isArray(given) ? given : Object.entries(given).flat())
    .filter((word) => word !== null && word !== '')
    .map(String);
  return programOf([path, ...words], variables);
}

/** The body goes to stdout; `more`: further arguments of curl. */
export function curlProgram(
  { url, method, headers, arguments: given, timeout, verify_tls }: HttpProvider,
  variables: Variables,
  more: readonly string[] = [],
): Program {
  const isGet = method.toUpperCase() === 'GET';
  const isJson = Object.entries(headers).some(
    ([name, value]) => /^content-type$/i.test(name) && /json/.test(String(value)),
  );
  const words = ['curl', '-sS', ...more];
  if (!isGet) words.push('-X', method.toUpperCase());
  if (!verify_tls) words.push('--insecure');
  const limit = Array.isArray(timeout) ? timeout.at(-1) : timeout;
  if (typeof limit === 'number') words.push('--max-time', String(limit));
  for (const [name, value] of Object.entries(headers))
    words.push('-H', `${name}: ${String(value)}`);
  if (given && isGet) words.push('--get');
  if (given && isJson && !isGet) words.push('--data', JSON.stringify(given));
  else if (given)
    for (const [name, value] of Object.entries(given))
      words.push('--data-urlencode', `${name}=${String(value)}`);
  return programOf([...words, url], variables);
}

function programOf(words: readonly string[], variables: Variables): Program {
  const fixed = words.map((word) => constant(word, variables));
  return {
    argv: fixed.every((word) => word !== null) ? (fixed as string[]) : null,
    line: words.map((word) => shellWord(word, variables)).join(' '),
  };
}

/** What is a line for a shell already: its variables as the shell has them. */
function withReferences(line: string, variables: Variables): string {
  return line.replaceAll(/\$\{([^{}]+)\}/g, (whole, name: string) =>
    variables.has(name.trim()) ? shellWord(whole, variables) : whole,
  );
}
