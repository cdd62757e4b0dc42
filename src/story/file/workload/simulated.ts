/** `kind: simulated`. */
import * as v from 'valibot';
import type { WorkloadSpec } from '../../workload-spec.ts';
import { about, mapping } from '../schema-shapes.ts';
import { wholeNumber } from '../schema-terms.ts';

export const SimulatedLoadSchema = about(
  v.pipe(
    mapping(
      {
        kind: v.literal('simulated'),
        baseline: v.optional(
          about(wholeNumber(1, 1_000_000_000), 'Operations a second while all is well.'),
          10_000,
        ),
      },
      'kind, baseline',
    ),
    v.transform((value) => value satisfies WorkloadSpec),
  ),
  'No load at all: a curve that is always labelled as simulated.',
);
