/** The sorts of parameters that our own kinds have. Pure. */
import * as v from 'valibot';
import { formatDuration, parseDuration } from '../terms/duration.ts';
import type { Param } from './contribution.ts';

/** A duration, in ms; may be left out. */
export function durationParam(
  help: string,
  example: string,
  limits: { minMs?: number; maxMs?: number } = {},
): Param<number | undefined> {
  return { help, example, schema: v.optional(durationSchema(example, limits)) };
}

/** A duration, in ms. */
export function requiredDurationParam(
  help: string,
  example: string,
  limits: { minMs?: number; maxMs?: number } = {},
): Param<number> {
  return { help, example, schema: durationSchema(example, limits) };
}

function durationSchema(example: string, { minMs = 0, maxMs = 3_600_000 }) {
  const range = `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as ${example}`;
  return v.pipe(
    v.string(`expected ${range}`),
    v.check((text) => {
      const durationMs = parseDuration(text);
      return durationMs !== null && durationMs >= minMs && durationMs <= maxMs;
    }, `expected ${range}`),
    v.transform((text) => parseDuration(text) as number),
  );
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

/** The name of a process, or the beginning of what it calls itself. */
export function processParam(help: string): Param<string> {
  const message = 'expected the name of a process, such as nginx';
  const schema = v.pipe(v.string(message), v.trim(), v.regex(/^[^\p{C}]{1,60}$/u, message));
  return { help, example: 'nginx', schema };
}

/** An absolute path, without a slash at its end. */
export function pathParam(help: string, example: string): Param<string> {
  const message = `expected an absolute path, such as ${example}`;
  const schema = v.pipe(
    v.string(message),
    v.regex(/^\/[^\p{C}]*$/u, message),
    v.check((path) => !path.split('/').includes('..'), message),
    v.transform((path) => path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')),
  );
  return { help, example, schema };
}

/** An address of IPv4; may be left out. */
export function addressParam(help: string, example: string): Param<string | undefined> {
  const message = `expected an address such as ${example}`;
  return { help, example, schema: v.optional(v.pipe(v.string(message), v.ipv4(message))) };
}

/** A port, from a text or a number; may be left out. */
export function portParam(help: string, example = '6379'): Param<number | undefined> {
  const message = `expected a port from 1 to 65535, such as ${example}`;
  const schema = v.pipe(
    v.union([v.string(), v.number()], message),
    v.transform(Number),
    v.integer(message),
    v.minValue(1, message),
    v.maxValue(65_535, message),
  );
  return { help, example, schema: v.optional(schema) };
}

/** A share, from a text such as `30%`: above 0, to 1. */
export function shareParam(help: string, example: string): Param<number> {
  return { help, example, schema: shareSchema(example) };
}

/** As `shareParam`; may be left out. */
export function optionalShareParam(help: string, example: string): Param<number | undefined> {
  return { help, example, schema: v.optional(shareSchema(example)) };
}

function shareSchema(example: string) {
  const message = `expected a share above 0% up to 100%, such as ${example}`;
  return v.pipe(
    v.string(message),
    v.regex(/^\d+(\.\d+)?\s*%$/, message),
    v.transform((text) => Number.parseFloat(text) / 100),
    v.check((share) => share > 0 && share <= 1, message),
  );
}

/** The beginning of an HTTP path; may be left out. */
export function urlPathParam(help: string, example: string): Param<string | undefined> {
  const message = `expected a path, such as ${example}`;
  const schema = v.optional(v.pipe(v.string(message), v.regex(/^\/[!-~]*$/, message)));
  return { help, example, schema };
}

/** A status of HTTP that ends an exchange, from a text or a number; may be left out. */
export function statusParam(help: string, example: string): Param<number | undefined> {
  const schema = numberSchema(example, { min: 200, max: 599, whole: true });
  return { help, example, schema: v.optional(schema) };
}

/** A number, from a text or a number. */
export function numberParam(
  help: string,
  example: string,
  limits: { min: number; max: number; whole?: boolean },
): Param<number> {
  return { help, example, schema: numberSchema(example, limits) };
}

/** As `numberParam`; may be left out. */
export function optionalNumberParam(
  help: string,
  example: string,
  limits: { min: number; max: number; whole?: boolean },
): Param<number | undefined> {
  return { help, example, schema: v.optional(numberSchema(example, limits)) };
}

function numberSchema(
  example: string,
  { min, max, whole = false }: { min: number; max: number; whole?: boolean },
) {
  const message = `expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}, such as ${example}`;
  return v.pipe(
    v.union([v.string(message), v.number()], message),
    v.check((written) => String(written).trim() !== '', message),
    v.transform(Number),
    v.number(message),
    v.check((number) => !whole || Number.isInteger(number), message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

const MB = 1024 ** 2;
const BYTES = { b: 1, kb: 1024, mb: MB, gb: 1024 * MB };
const BITS = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/** A size, as `64mb`; to bytes; may be left out. */
export function optionalSizeParam(
  help: string,
  example: string,
  { minBytes }: { minBytes: number },
): Param<number | undefined> {
  const message = `expected a size such as ${example}, from ${minBytes / MB}mb on`;
  const limits = { min: minBytes, max: Number.MAX_SAFE_INTEGER };
  return { help, example, schema: v.optional(quantity(BYTES, limits, message)) };
}

/** Bytes a second, as `1mb/s`, or `1mb`; may be left out. */
export function sizePerSecondParam(help: string, example: string): Param<number | undefined> {
  const message = `expected a size a second from 16kb/s on, such as ${example}`;
  const limits = { min: 16 * 1024, max: Number.MAX_SAFE_INTEGER };
  const plain = v.pipe(
    v.string(message),
    v.transform((text) => text.trim().replace(/\/s$/i, '')),
    quantity(BYTES, limits, message),
  );
  return { help, example, schema: v.optional(plain) };
}

/** A bandwidth, as `1mbit`; to bits a second. */
export function bandwidthParam(help: string, example: string): Param<number> {
  const message = `expected a bandwidth from 1kbit to 10gbit, such as ${example}`;
  return { help, example, schema: quantity(BITS, { min: 1e3, max: 1e10 }, message) };
}

/** A number with a unit, to a whole number of the smallest one. */
function quantity(
  units: Record<string, number>,
  { min, max }: { min: number; max: number },
  message: string,
) {
  return v.pipe(
    v.string(message),
    v.transform((text) => {
      const [, figure, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim()) ?? [];
      return Math.floor(Number(figure) * (units[unit.toLowerCase()] ?? Number.NaN));
    }),
    v.number(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

/** One of some words; may be left out. */
export function wordParam<const W extends string>(
  help: string,
  values: readonly W[],
): Param<W | undefined> {
  const schema = v.optional(v.picklist(values, `expected one of ${values.join(', ')}`));
  return { help, example: values[0] as string, schema, values };
}
