/**
 * One parameter of a kind of fault. From this one row come its key in the story, its flag, its completion, its line in the
 * help, in `fault kinds` and in the docs, and its place in the JSON Schema. Pure.
 */
import * as v from 'valibot';
import { formatDuration, parseDuration } from '../terms/duration.ts';

export interface Param<T = unknown> {
  /** One line, in the help and the docs. */
  help: string;
  /** As a user writes it, in the story and after the flag. */
  example: string;
  /** From what a user wrote to the value that the kind's `effect` gets; undefined where it is left out. */
  schema: v.GenericSchema<unknown, T>;
  /** What TAB offers. */
  values?: readonly string[];
}

export type Params = Readonly<Record<string, Param>>;
export type ValuesOf<P extends Params> = {
  [K in keyof P]: P[K] extends Param<infer T> ? T : never;
};

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

/** One of some words; may be left out. */
export function wordParam<const W extends string>(
  help: string,
  values: readonly W[],
): Param<W | undefined> {
  const schema = v.optional(v.picklist(values, `expected one of ${values.join(', ')}`));
  return { help, example: values[0] as string, schema, values };
}
