/**
 * How thresholds on what the workload measures are written: those that say that the stack is well (`>= 50% of baseline`),
 * and those that say that it is too ill to go on (`< 20% of baseline`). One table for each, so that a story cannot have one
 * for the other by a slip of the hand.
 */

import * as v from 'valibot';
import type { Threshold } from '../../impact/steady-state.ts';
import { parseDuration } from '../../terms/duration.ts';
import { about } from './schema-shapes.ts';
import { matching } from './schema-terms.ts';

export type Measure = Threshold['measure'];
type Term = { pattern: RegExp; like: string };

const THROUGHPUT = String.raw`(\d+(?:\.\d+)?) *(% of baseline|\/s)$`;
const ERRORS = String.raw`(\d+(?:\.\d+)?) *(%)$`;
const P99 = String.raw`((?:\d+(?:\.\d+)?(?:ms|s|m|h))+)$`;
const BELOW = '^(<=|<) *';
const ABOVE = '^(>=|>) *';

const terms = (throughput: Term, errors: Term, p99: Term): Record<Measure, Term> => ({
  throughput,
  errors,
  p99,
});

/** What has to hold. */
export const WELL = terms(
  { pattern: new RegExp(ABOVE + THROUGHPUT), like: '">= 50% of baseline" or ">= 100/s"' },
  { pattern: new RegExp(BELOW + ERRORS), like: '"<= 1%"' },
  { pattern: new RegExp(BELOW + P99), like: '"<= 250ms"' },
);

/** What must not come to hold. */
export const ILL = terms(
  { pattern: new RegExp(BELOW + THROUGHPUT), like: '"< 20% of baseline" or "< 50/s"' },
  { pattern: new RegExp(ABOVE + ERRORS), like: '"> 20%"' },
  { pattern: new RegExp(ABOVE + P99), like: '"> 2s"' },
);

export const MEASURES = Object.keys(WELL) as Measure[];

export function threshold(written: typeof WELL, measure: Measure, description: string) {
  const { pattern, like } = written[measure];
  return about(
    matching(pattern, `a threshold such as ${like}`),
    description,
    [...like.matchAll(/"([^"]*)"/g)].map(([, example]) => example as string),
  );
}

/** The keys of an item that says that the stack is well. */
export const WELL_KEYS = {
  throughput: v.optional(
    threshold(
      WELL,
      'throughput',
      'Operations a second, against those before the fault or as a number.',
    ),
  ),
  errors: v.optional(threshold(WELL, 'errors', 'Share of operations that fail.')),
  p99: v.optional(
    threshold(WELL, 'p99', 'The time within which 99 % of the operations come back.'),
  ),
};

const UNITS: Record<string, Threshold['unit']> = {
  '% of baseline': '% of baseline',
  '/s': 'ops/s',
  '%': '%',
};

/** `text` matches the pattern. */
export function toThreshold(written: typeof WELL, measure: Measure, text: string): Threshold {
  const [, operator, value, unit] = written[measure].pattern.exec(text) as RegExpExecArray;
  const common = { measure, text, operator: operator as Threshold['operator'] };
  if (measure === 'p99')
    return { ...common, value: parseDuration(value as string) as number, unit: 'ms' };
  return { ...common, value: Number(value), unit: UNITS[unit as string] as Threshold['unit'] };
}
