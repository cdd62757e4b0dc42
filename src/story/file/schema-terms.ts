/** The plain values that the story's schema is made of: durations, rates, numbers, texts, URLs. */
import * as v from 'valibot';
import { formatDuration, parseDuration } from '../../terms/duration.ts';
import { hintFor, parsePlaceholders } from '../../terms/placeholders.ts';
import { didYouMean, expected, type Hint, say } from './schema-messages.ts';

const LONGEST_DURATION_MS = 7 * 24 * 3_600_000;

export const MAX_SEED = 2 ** 32 - 1;

/** The pattern of a duration, for editors. */
const DURATION = /^(?:0|(?:\d+(?:\.\d+)?(?:ms|s|m|h))+)$/;

/** `3s`; a bare 0 will do, any other bare number does not say what it counts. To milliseconds. */
export function duration(limits: { minMs?: number; maxMs?: number } = {}) {
  const { minMs = 0, maxMs = LONGEST_DURATION_MS } = limits;
  const what = 'a duration such as 1500ms, 3s or 2m';
  const message = expected(what, (value) =>
    typeof value === 'number'
      ? `Write ${value}s for seconds.`
      : 'Write it as 1500ms, 3s, 2m or 1h.',
  );
  const range = `between ${formatDuration(minMs)} and ${formatDuration(maxMs)}`;
  const written = v.pipe(v.string(message), v.regex(DURATION, message));
  return v.pipe(
    minMs > 0 ? written : v.union([written, v.literal(0)], message),
    v.transform((value) => parseDuration(String(value)) as number),
    v.check(
      (durationMs) => durationMs >= minMs && durationMs <= maxMs,
      (issue) => say(`expected a duration ${range}, got ${formatDuration(issue.input as number)}`),
    ),
  );
}

/** `500/s` or `30000/m`, to operations a second. */
export function rate() {
  const message = expected('a rate such as 500/s', (value) =>
    typeof value === 'number' ? `Write ${value}/s.` : 'Write it as 500/s or 30000/m.',
  );
  return v.pipe(
    v.string(message),
    v.regex(/^\d+(?:\.\d+)?\/[sm]$/, message),
    v.transform((text) => Number.parseFloat(text) / (text.endsWith('/m') ? 60 : 1)),
    v.check(
      (perSecond) => perSecond > 0 && perSecond <= 1_000_000,
      () => say('expected a rate above 0 and at most 1000000/s'),
    ),
  );
}

export function wholeNumber(min: number, max: number) {
  const message = expected(`a whole number from ${min} to ${max}`);
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

export function flag() {
  return v.boolean(
    expected('true or false', (value) =>
      value === 'yes' || value === 'on'
        ? 'Write true.'
        : value === 'no' || value === 'off'
          ? 'Write false.'
          : null,
    ),
  );
}

/** A text that is not empty. */
export function text(what: string) {
  const message = expected(what, (value) =>
    typeof value === 'number' || typeof value === 'boolean'
      ? `Put it into quotes: "${value}".`
      : null,
  );
  return v.pipe(v.string(message), v.regex(/\S/, message));
}

/** A text that may be empty. */
export function prose(what: string) {
  return v.string(
    expected(what, (value) =>
      value === null
        ? 'Write the text, or take the key out.'
        : 'Put the text into quotes, or under a | on lines of its own.',
    ),
  );
}

export function matching(pattern: RegExp, what: string, hint: Hint = null) {
  const message = expected(what, hint);
  return v.pipe(v.string(message), v.regex(pattern, message));
}

/** `pattern` names the schemes. */
export function url(pattern: RegExp, example: string) {
  return v.pipe(
    matching(pattern, `a URL such as ${example}`, (value) =>
      typeof value === 'string' && !value.includes('://')
        ? `Write ${example.replace(/:.*/, '')}://${value}.`
        : null,
    ),
    v.check((value) => !pattern.test(value) || URL.canParse(value), 'this is not a URL'),
  );
}

const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):(\d{1,5})$/;

/** `host:port`; an IPv6 address stands in brackets. As it is written: see `hostAndPort`. */
export function address() {
  return v.pipe(
    matching(ADDRESS, 'host:port', (value) =>
      typeof value === 'number' ? `Write 127.0.0.1:${value}.` : null,
    ),
    v.check(
      (value) => Number(ADDRESS.exec(value)?.[2] ?? 1) <= 65_535,
      () => say('the port must be at most 65535'),
    ),
  );
}

export function hostAndPort(value: string): { host: string; port: number } {
  const [, host, port] = ADDRESS.exec(value) as RegExpExecArray;
  return { host: (host as string).replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** Says which placeholder of these texts there is not. */
export function knownPlaceholders<Value extends string | string[]>() {
  const unknownIn = (value: unknown) =>
    [value].flat().flatMap((each) => parsePlaceholders(String(each)).unknown)[0];
  return v.check<Value, (issue: v.CheckIssue<Value>) => string>(
    (value) => unknownIn(value) === undefined,
    ({ input }) =>
      say(`${unknownIn(input)} is no placeholder`, hintFor(unknownIn(input) as string)),
  );
}

export function httpUrl() {
  return url(/^https?:\/\/\S+$/, 'http://127.0.0.1:8080/healthz');
}

/** Of an environment variable. What is no name may be the secret itself, and is not repeated. */
export function variableName() {
  const message = () =>
    say(
      'expected the name of an environment variable',
      'Write the name, such as SLACK_URL; what it holds stays in the environment.',
    );
  return v.pipe(v.string(message), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, message));
}

export function one<const Names extends readonly string[]>(names: Names, what: string) {
  return v.picklist(
    names,
    expected(`${what}: ${names.join(', ')}`, (value) =>
      typeof value === 'string' ? didYouMean(value, names) : null,
    ),
  );
}

/** Letters and digits of any script; the rest becomes hyphens. Empty when nothing is left. */
export function slug(title: string): string {
  const plain = title.normalize('NFKD').replaceAll(/[\u0300-\u036f]/g, '');
  return plain
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
}

/** Of a story and of a process service, which is also a folder's name. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** A story's name made from a folder's. */
export function nameFrom(folder: string): string {
  return NAME.test(folder) ? folder : slug(folder).slice(0, 63) || 'story';
}
