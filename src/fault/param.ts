/** The sorts of parameters that our own kinds have. Pure. */
import * as v from 'valibot';
import { formatDuration, parseDuration } from '../terms/duration.ts';
import type { Param } from './contribution.ts';

/** A duration, in ms; may be left out. */
export function durationParam(
  help: string,
  example: string,
  { minMs = 0, maxMs = 3_600_000 } = {},
): Param<number | undefined> {
  const range = `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as ${example}`;
  const written = v.pipe(
    v.string(`expected ${range}`),
    v.check((text) => {
      const durationMs = parseDuration(text);
      return durationMs !== null && durationMs >= minMs && durationMs <= maxMs;
    }, `expected ${range}`),
    v.transform((text) => parseDuration(text) as number),
  );
  return { help, example, schema: v.optional(written) };
}

/** Names, as a list or parted by commas; may be left out. `all`, where it is offered, is the same as none. */
export function namesParam(
  help: string,
  example: string,
  { of = 'services' } = {},
): Param<string[] | undefined> {
  const message = `expected ${of}, such as ${example}, or all`;
  const schema = v.pipe(
    v.union([v.string(message), v.array(v.string(message), message)], message),
    v.transform((written) =>
      (typeof written === 'string' ? written.split(',') : written).map((name) => name.trim()),
    ),
    v.check(
      (names) => names.length > 0 && names.every((name) => /^[\w.-]{1,253}$/.test(name)),
      message,
    ),
    v.transform((names) => (names.includes('all') ? undefined : [...new Set(names)])),
  );
  return { help, example, schema: v.optional(schema) };
}

/** A port, from a text or a number; may be left out. */
export function portParam(help: string): Param<number | undefined> {
  const message = 'expected a port from 1 to 65535, such as 6379';
  const schema = v.pipe(
    v.union([v.string(), v.number()], message),
    v.transform(Number),
    v.integer(message),
    v.minValue(1, message),
    v.maxValue(65_535, message),
  );
  return { help, example: '6379', schema: v.optional(schema) };
}

/** A share, from a text such as `30%`: above 0, to 1. */
export function shareParam(help: string, example: string): Param<number> {
  const message = `expected a share above 0% up to 100%, such as ${example}`;
  const schema = v.pipe(
    v.string(message),
    v.regex(/^\d+(\.\d+)?\s*%$/, message),
    v.transform((text) => Number.parseFloat(text) / 100),
    v.check((share) => share > 0 && share <= 1, message),
  );
  return { help, example, schema };
}

const BITS: Record<string, number> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/** A bandwidth, from a text such as `1mbit`, in bits a second. */
export function bandwidthParam(help: string, example: string): Param<number> {
  const message = `expected a bandwidth from 1kbit to 10gbit, such as ${example}`;
  const schema = v.pipe(
    v.string(message),
    v.regex(/^\d+(\.\d+)?\s*[kmg]?bit$/, message),
    v.transform((text) => {
      const [, number = '', unit = ''] = /^([\d.]+)\s*(\w+)$/.exec(text) ?? [];
      return Math.round(Number(number) * (BITS[unit] ?? Number.NaN));
    }),
    v.check((bits) => bits >= 1e3 && bits <= 1e10, message),
  );
  return { help, example, schema };
}

/** One of some words; may be left out. */
export function wordParam<const W extends string>(
  help: string,
  values: readonly W[],
): Param<W | undefined> {
  const schema = v.optional(v.picklist(values, `expected one of ${values.join(', ')}`));
  return { help, example: values[0] as string, schema, values };
}
