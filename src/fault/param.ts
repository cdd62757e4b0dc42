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

/** One of some words; may be left out. */
export function wordParam<const W extends string>(
  help: string,
  values: readonly W[],
): Param<W | undefined> {
  const schema = v.optional(v.picklist(values, `expected one of ${values.join(', ')}`));
  return { help, example: values[0] as string, schema, values };
}
